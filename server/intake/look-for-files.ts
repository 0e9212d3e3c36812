import { wakeLookOf } from '../../db/queries/found.ts';
import { findRequest } from '../../db/queries/requests.ts';
import { Failure } from '../lib/failure.ts';
import type { Intake } from './context.ts';

/**
 * Has the importer look now for files that did not come through the portal. What it finds it takes when it has stood still.
 * @throws Failure `not-found`; `request.wrong-state` where nothing is looked for: a draft, one archived, or closed for long
 */
export const lookForFiles = async ({ db }: Pick<Intake, 'db'>, requestId: string): Promise<void> => {
  if (await wakeLookOf(db, requestId)) return;
  throw new Failure((await findRequest(db, requestId)) === undefined ? 'not-found' : 'request.wrong-state');
};
