import { Failure } from '../../../lib/failure.ts';
import type { Delivery, DeliveryFile, RemoteFile } from '../destination.ts';
import { type Plan, planPaths } from '../names.ts';
import type { KintoneApi } from './api.ts';
import type { Attachment } from './records.ts';

/** What each file is called in kintone: attachments lie in no folders. */
export const namesOf = (delivery: Delivery): ((fileId: string) => string) => {
  const plan: Plan = planPaths(delivery.files, { flat: true });
  return (fileId) => plan.of(fileId).name;
};

/** A file and the attachment that is taken for it. */
export interface Pair {
  file: DeliveryFile;
  attachment: Attachment;
  hashed: boolean;
}

export interface Pairing {
  pairs: Pair[];
  missing: DeliveryFile[];
}

/**
 * Finds each file's attachment: one with its name and size and, where that is small enough to be read back, its bytes.
 * No two files of a delivery have the same name.
 */
export const pairUp = async (
  delivery: Delivery,
  attachments: readonly Attachment[],
  nameOf: (fileId: string) => string,
  { api, readBackUpToBytes, signal }: { api: KintoneApi; readBackUpToBytes: number; signal: AbortSignal },
): Promise<Pairing> => {
  const pairing: Pairing = { pairs: [], missing: [] };
  for (const file of delivery.files) {
    const hashed = file.sizeBytes <= readBackUpToBytes;
    const name = nameOf(file.id);
    let attachment: Attachment | undefined;
    for (const candidate of attachments) {
      if (candidate.name.normalize('NFC') !== name || candidate.sizeBytes !== file.sizeBytes) continue;
      if (hashed && (await api.hashOf(candidate.fileKey, signal)) !== file.sha256) continue;
      attachment = candidate;
      break;
    }
    if (attachment === undefined) pairing.missing.push(file);
    else pairing.pairs.push({ file, attachment, hashed });
  }
  return pairing;
};

/** @param sent whether this attempt sent the bytes, and so hashed them as they went */
export const remoteOf = ({ file, attachment, hashed }: Pair, link: string, sent: boolean): RemoteFile => ({
  file: file.id,
  path: attachment.name,
  link,
  sizeBytes: attachment.sizeBytes,
  verifiedBy: hashed ? 'sha256-read-back' : sent ? 'sha256-while-sending, size-read-back' : 'size-read-back',
});

/** What kintone holds right after the write is not what was sent: sending it again would only add to it. */
export const otherThanSent = (missing: readonly DeliveryFile[], recordId: number): Failure =>
  new Failure('destination.rejected', {
    details: {
      problem: 'what the record holds after the write is not what was sent',
      record: recordId,
      files: missing.map(({ id }) => id),
    },
  });
