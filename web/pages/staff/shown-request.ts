import type { ProofCheck, RequestState } from '../../../db/schema/requests.ts';
import type { Language } from '../../i18n/index.ts';
import type { ChecklistSlot } from '../../sending/rules.ts';
import type { Fate } from './fates.ts';
import type { ShownForms } from './forms.tsx';
import type { ShownMailShares } from './mail-shares.tsx';
import type { NewRequestValues } from './new-request-form.ts';
import type { ShownProof } from './states.tsx';

/** A request as its page in the console shows it. */
export interface ShownRequest extends ShownForms, Omit<ShownMailShares, 'state'> {
  title: string;
  /** Left out where there is only one. */
  team?: string;
  instructions: string;
  state: RequestState;
  /** The portal's own address for it, whole. */
  link?: string;
  createdAt: Date;
  deadline?: { at: Date; zone: string; graceUntil?: Date };
  /** In Nextcloud, below the account's files. */
  folderPath?: string;
  /** Whose folder it is, where it is not the portal's. */
  folderOf?: string;
  passwordSet: boolean;
  languages: readonly Language[];
  nextcloudPageAllowed: boolean;
  /** Files that came another way are looked for. */
  isLookedAt: boolean;
  takeBackMinutes: number;
  retention?: { days: number; from?: Date };
  fates: Pick<NewRequestValues, Fate> & { deleteAfterDays: number };
  destinations: string[];
  checklist: ChecklistSlot[];
  proof?: ShownProof & { checks: ProofCheck[] };
}
