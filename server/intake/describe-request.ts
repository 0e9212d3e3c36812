import { type ChecklistItemRow, checklistOf } from '../../db/queries/checklist.ts';
import { listRequests, type RequestFilter } from '../../db/queries/request-lists.ts';
import { destinationsOf } from '../../db/queries/requests.ts';
import type { TeamScope } from '../../db/queries/teams.ts';
import type { ProofCheck } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { type Page, type PageAsked, pageOf } from '../lib/pages.ts';
import type { Intake } from './context.ts';
import { sealedLinkContext } from './open-request.ts';
import { sealedShareContext } from './proof.ts';
import { settingsOf } from './request-content.ts';

/** A request as the API and the command line tell it. Dates are ISO 8601 in UTC. */
export interface RequestDescription extends ReturnType<typeof settingsOf> {
  id: string;
  state: 'draft' | 'open' | 'closed' | 'archived';
  /** The team that it belongs to. */
  team: string;
  title: string;
  link: string | null;
  folder: string | null;
  /** In whose Nextcloud account the folder is. */
  nextcloudUser: string;
  hasPassword: boolean;
  /** The second way in; null where it is not allowed, or the request not open. */
  nextcloudPage: NextcloudPage | null;
  /** By name. */
  destinations: string[];
  items: ItemDescription[];
  share: {
    state: 'proven' | 'refused' | 'gone';
    permissions: number;
    provenAt: string;
    checks: ProofCheck[];
  } | null;
  submissions: number;
  files: number;
  createdAt: string;
}

/** The share's own page in Nextcloud. */
export interface NextcloudPage {
  url: string;
  password: string;
}

/** A checklist item: what is expected by name. */
export interface ItemDescription {
  /** What the tus metadata `item` names. */
  id: string;
  label: string;
  required: boolean;
  maxFileBytes: number | null;
  maxFiles: number | null;
  allowedTypes: string[];
}

export const describeItem = ({
  id,
  label,
  required,
  maxFileBytes,
  maxFiles,
  allowedTypes,
}: ChecklistItemRow): ItemDescription => ({ id, label, required, maxFileBytes, maxFiles, allowedTypes });

/** The address that submitters are given for a token. */
export const linkUrl = (publicUrl: URL, token: string): string => new URL(`/r/${token}`, publicUrl).href;

/** Null where it is not allowed. */
export const nextcloudPageOf = (
  { sealing }: Intake,
  { request, share, account }: Pick<Listed, 'request' | 'share' | 'account'>,
): NextcloudPage | null => {
  const isOpen = request.state === 'open' && share !== null && share.state !== 'gone';
  if (!isOpen || !request.nextcloudPageAllowed) return null;
  const context = sealedShareContext(request.id);
  return {
    url: `${account.baseUrl.replace(/\/$/, '')}/index.php/s/${sealing.open(share.tokenSealed, context)}`,
    password: sealing.open(share.passwordSealed, context),
  };
};

type Listed = Awaited<ReturnType<typeof listRequests>>[number];

export const describeRequests = async (
  intake: Intake,
  publicUrl: URL,
  which: { teams: TeamScope; requestId?: string },
): Promise<RequestDescription[]> => describe(intake, publicUrl, await listRequests(intake.db, which));

/** @throws Failure `input.invalid` for a cursor that no page has said */
export const pageOfRequests = async (
  intake: Intake,
  publicUrl: URL,
  which: RequestFilter,
  asked: PageAsked,
): Promise<Page<RequestDescription>> => {
  const { rows, next } = await pageOf(asked, /^req_[0-9a-f]+$/, (stretch) =>
    listRequests(intake.db, which, stretch),
  );
  return { rows: await describe(intake, publicUrl, rows), next };
};

const describe = async (intake: Intake, publicUrl: URL, listed: Listed[]): Promise<RequestDescription[]> => {
  const items = await checklistOf(intake.db, ...listed.map(({ request }) => request.id));
  const destinations = await destinationsOf(intake.db, ...listed.map(({ request }) => request.id));
  return listed.map(({ request, link, share, account, submissions, files }) => ({
    id: request.id,
    state: request.state,
    team: request.teamId,
    title: request.title,
    link:
      link === null
        ? null
        : linkUrl(publicUrl, intake.sealing.open(link.tokenSealed, sealedLinkContext(request.id))),
    folder: request.folderPath,
    nextcloudUser: account.user,
    ...settingsOf(request),
    hasPassword: request.passwordHash !== null,
    nextcloudPage: nextcloudPageOf(intake, { request, share, account }),
    destinations: destinations.flatMap(({ requestId, name }) => (requestId === request.id ? name : [])),
    items: items.filter((item) => item.requestId === request.id).map(describeItem),
    share:
      share === null
        ? null
        : {
            state: share.state,
            permissions: share.permissions,
            provenAt: share.provenAt.toISOString(),
            checks: share.proof,
          },
    submissions,
    files,
    createdAt: request.createdAt.toISOString(),
  }));
};

/** @throws Failure `not-found` */
export const describeRequest = async (
  intake: Intake,
  publicUrl: URL,
  requestId: string,
): Promise<RequestDescription> => {
  const [found] = await describeRequests(intake, publicUrl, { teams: 'all', requestId });
  if (found === undefined) throw new Failure('not-found');
  return found;
};
