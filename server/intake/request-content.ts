import type { Queryable } from '../../db/client.ts';
import { checklistOf } from '../../db/queries/checklist.ts';
import { findAccount } from '../../db/queries/people.ts';
import { destinationsOf, type RequestRow } from '../../db/queries/requests.ts';
import type { ParsedNewRequest } from './rules/new-request.ts';

/** A request as one could be opened with it: without its password, which nobody knows, and without its folder. */
export type RequestContent = Omit<ParsedNewRequest, 'password' | 'folder' | 'items' | 'destinations'> & {
  items: (ParsedNewRequest['items'][number] & { id: string })[];
  destinations: string[];
};

export const contentOf = async (db: Queryable, request: RequestRow): Promise<RequestContent> => {
  const [account, items, destinations] = await Promise.all([
    findAccount(db, request.accountId),
    checklistOf(db, request.id),
    destinationsOf(db, request.id),
  ]);
  return {
    title: request.title,
    team: request.teamId,
    // Of whoever opens the next one.
    account: typeof account?.staffId === 'string' ? 'own' : 'portal',
    ...settingsOf(request),
    items: items.map(({ id, label, required, maxFileBytes, maxFiles, allowedTypes }) => ({
      id,
      label,
      required,
      maxFileBytes,
      maxFiles,
      allowedTypes,
    })),
    destinations: destinations.map(({ name }) => name),
  };
};

/** What a request's own row says of it, in the words of a new one. */
export const settingsOf = (request: RequestRow) => ({
  instructions: request.instructions,
  fields: request.fields,
  deadline: request.deadlineAt?.toISOString() ?? null,
  deadlineZone: request.deadlineZone,
  graceMinutes: request.graceMinutes,
  resumeMinutes: request.resumeMinutes,
  takeBackMinutes: request.takeBackMinutes,
  maxFileBytes: request.maxFileBytes,
  maxFilesPerSubmission: request.maxFilesPerSubmission,
  maxBytesPerSubmission: request.maxBytesPerSubmission,
  maxBytesPerRequest: request.maxBytesPerRequest,
  allowedTypes: request.allowedTypes,
  deliverPer: request.deliverPer,
  unscanned: request.unscanned,
  afterImport: request.afterImport,
  deleteAfterDays: request.deleteAfterDays,
  retentionDays: request.retentionDays,
  languages: request.languages,
  nextcloudPageAllowed: request.nextcloudPageAllowed,
});
