import { z } from 'zod';
import type { DeliveryContext, DeliveryFile } from '../destination.ts';
import { type KintoneApi, says } from './api.ts';

/** kintone keeps an upload for three days; half a day is left for sending the rest of a delivery. */
const keyLifetimeMs = 2.5 * 24 * 3600_000;

const checkpointSchema = z.object({
  /** By the file's id: the key in the temporary storage, and since when it lies there. */
  uploads: z.record(z.string(), z.object({ fileKey: z.string(), at: z.iso.datetime() })).default({}),
  /** The record that was found. */
  record: z.number().optional(),
});

export interface Uploads {
  readonly chosenRecord: number | undefined;
  /** Must be on record before anything is attached: see `Records.locate`. */
  choose(recordId: number): Promise<void>;
  /** Sends what is not there yet. @returns whether anything was sent */
  send(files: readonly DeliveryFile[]): Promise<boolean>;
  /** Of files that were sent, in this order. */
  keysOf(files: readonly DeliveryFile[]): string[];
  /** Whether this attempt sent a file. */
  sent(file: DeliveryFile): boolean;
  /** After kintone has refused one: it doesn't say which, in a way that can be relied on. */
  forget(): Promise<void>;
}

/** What of a delivery lies in kintone's temporary storage, across attempts. */
export const openUploads = async (
  { clock, checkpoint, signal }: DeliveryContext,
  api: KintoneApi,
  nameOf: (fileId: string) => string,
): Promise<Uploads> => {
  const read = checkpointSchema.safeParse(await checkpoint.load());
  const kept = read.success ? read.data : { uploads: {} };
  const sent = new Set<string>();
  const isFresh = ({ at }: { at: string }) => {
    const ageMs = clock.now().getTime() - Date.parse(at);
    return ageMs >= 0 && ageMs < keyLifetimeMs;
  };
  return {
    get chosenRecord() {
      return kept.record;
    },
    async choose(recordId) {
      if (kept.record === recordId) return;
      kept.record = recordId;
      await checkpoint.save({ ...kept });
    },
    async send(files) {
      let sentOne = false;
      for (const file of files) {
        signal.throwIfAborted();
        const known = kept.uploads[file.id];
        if (known !== undefined && isFresh(known)) continue;
        const at = clock.now().toISOString();
        const fileKey = await api.upload(file, nameOf(file.id), signal);
        sent.add(file.id);
        sentOne = true;
        kept.uploads[file.id] = { fileKey, at };
        await checkpoint.save({ ...kept });
      }
      return sentOne;
    },
    keysOf: (files) => files.flatMap(({ id }) => kept.uploads[id]?.fileKey ?? []),
    sent: ({ id }) => sent.has(id),
    async forget() {
      kept.uploads = {};
      await checkpoint.save({ ...kept });
    },
  };
};

/** A file key has expired, was used, or the attachment that was to be kept is another by now. */
export const isStaleKey = (error: unknown): boolean => says(error, 'GAIA_BL01');
