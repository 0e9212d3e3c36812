import { fillCount } from '../../i18n/template.ts';
import { isThere } from '../../sending/progress.ts';
import type { Problem } from '../../sending/reply.ts';
import type { FileStatus, Opened } from '../../sending/status.ts';
import { type Finishing, finishSubmission, showEnd } from './finishing.ts';
import type { Sending } from './state.ts';
import { say } from './store.ts';

const longestLeaveMs = 5000;

/** A file that is cancelled for another one, where their number is limited, has to be gone before that comes. */
export const placesFree = async ({ leaving }: Sending): Promise<void> => {
  if (leaving.size === 0) return;
  await Promise.race([
    Promise.allSettled(leaving),
    new Promise((resolve) => setTimeout(resolve, longestLeaveMs)),
  ]);
};

/** Keeps which upload a file of the list is. */
export const remind = ({ uploadIds, known }: Sending, uploads: Iterable<readonly [string, string]>): void => {
  for (const [key, uploadId] of uploads) {
    uploadIds.set(key, uploadId);
    known.add(uploadId);
  }
};

/** The submission may have been ended by somebody else. */
const endings = new Set(['request.closed', 'submission.sealed']);

/** Where a problem may mean that the submission was ended while it was being sent: shows what was received of it. */
export const followEnd = async (sending: Sending, problem: Problem): Promise<void> => {
  const { opened, store, transfers, selection } = sending;
  if (!endings.has(problem.code) || opened === undefined || store.get().phase !== 'sending') return;
  if (!(await showEnd(finishingOf(sending, opened), problem))) return;
  for (const [key, transfer] of transfers) if (!isThere(selection.item(key))) transfer.pause();
  leave(sending);
};

/** Finishes with what is in the list. */
export const finish = async (sending: Sending): Promise<void> => {
  const { store, opened } = sending;
  if (opened === undefined) return;
  const finishing = finishingOf(sending, opened);
  store.set({ phase: 'finishing', cancelled: false });
  await placesFree(sending);
  await finishSubmission(finishing);
  const { phase } = store.get();
  if (phase === 'sealed' || phase === 'ended') leave(sending);
};

const finishingOf = (sending: Sending, opened: Opened): Finishing => {
  const { setup, api, store, uploadIds, known, selection, resuming } = sending;
  const arrived = [...uploadIds].filter(([key]) => isThere(selection.item(key)));
  const keysOfUploads = new Map(arrived.map(([key, uploadId]) => [uploadId, key]));
  const meet = (files: readonly FileStatus[]) => {
    remind(sending, resuming.meet(files));
    say(store, { alarm: fillCount(setup.language, setup.messages.progress.elsewhere, files.length) });
  };
  return { setup, api, store, opened, keysOfUploads, known, meet };
};

const leave = ({ list, store, pictures }: Sending): void => {
  list.forget();
  store.set({ items: pictures.withdraw(store.get().items) });
};
