import type { DeliveryRow } from '../../db/queries/deliveries.ts';
import type { LoadedDelivery } from '../../db/queries/delivery-claims.ts';
import type { Delivery } from './destinations/destination.ts';
import { openStored, pathOfStored, type Source, type StoredFile, storedPath } from './source.ts';

/** The most that Nextcloud allows for a direct link. */
const linkSeconds = 24 * 3600;

/** What a destination is handed, out of the rows. The bytes are opened when it asks for them, not before. */
export const packDelivery = (
  row: DeliveryRow,
  { submission, supplementOf, request, files }: LoadedDelivery,
  nextcloud: () => Promise<Source>,
  signal: AbortSignal,
): Delivery => ({
  key: row.key,
  round: row.round,
  per: row.fileId === null ? 'submission' : 'file',
  receiptNumber: submission.receiptNumber,
  supplementOf,
  request: { id: request.id, title: request.title },
  submitter: { name: submission.submitterName, email: submission.submitterEmail },
  message: submission.message,
  answers: request.fields.flatMap(({ key, label }) => {
    const value = submission.answers[key];
    return value === undefined ? [] : [{ key, label, value }];
  }),
  late: submission.late,
  finishedBySubmitter: submission.finishedBySubmitter,
  sealedAt: submission.sealedAt ?? row.createdAt,
  requestFolder: request.folderPath,
  files: files.map((file) => {
    const stored: StoredFile = {
      requestFolder: request.folderPath,
      path: storedPath(submission.folderName, file.path),
      fileId: file.fileId,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
    };
    return {
      id: file.id,
      sentName: file.sentName,
      path: file.path,
      item: file.item,
      sizeBytes: file.sizeBytes,
      sha256: file.sha256,
      storedAt: file.storedAt,
      nextcloudFileId: file.fileId,
      open: async () => openStored(await nextcloud(), stored, signal),
      nextcloudPath: async () => pathOfStored(await nextcloud(), stored, signal),
      directLink: async () => {
        const expiresAt = new Date(Date.now() + linkSeconds * 1000);
        const url = await (await nextcloud()).directLink(file.fileId, {
          expiresInSeconds: linkSeconds,
          signal,
        });
        return { url, expiresAt };
      },
    };
  }),
  nextcloud: async () => (await nextcloud()).files,
});
