import type { FileRow } from '../../db/queries/submissions.ts';

/** Leads to a file for whoever may sign in to its Nextcloud; undefined when it is there no more. */
export const nextcloudLink = (
  baseUrl: string,
  { fileId, state, removedAt }: Pick<FileRow, 'fileId' | 'state' | 'removedAt'>,
): string | undefined =>
  removedAt === null && state !== 'withdrawn' ? `${baseUrl.replace(/\/+$/, '')}/f/${fileId}` : undefined;
