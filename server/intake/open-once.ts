import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/client.ts';
import { findRequest } from '../../db/queries/requests.ts';
import { isFailure } from '../lib/failure.ts';

/** Opening makes a folder and a share, and asks Nextcloud a few times: seconds, as a rule. */
const patienceMs = 60_000;
const askEveryMs = 250;

/**
 * Opens a request, or waits for the same that is being opened already: a form that was sent twice opens one.
 * @param id of the request to be, the same for the same form
 * @throws Failure as `openRequest`; `request.being-opened` where the first takes longer than a minute
 */
export const openOnce = async (
  db: Database,
  id: string,
  open: (id: string) => Promise<{ requestId: string }>,
): Promise<{ requestId: string }> => {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    try {
      return await open(id);
    } catch (error) {
      if (!isFailure(error, 'request.being-opened')) throw error;
      let first = await findRequest(db, id);
      for (; first?.state === 'draft'; first = await findRequest(db, id)) {
        if (Date.now() > untilMs) throw error;
        await sleep(askEveryMs);
      }
      // Where the first came to nothing it is this one's turn.
      if (first !== undefined) return { requestId: id };
    }
  }
};
