import { z } from 'zod';
import type { DeliveryContext } from '../destination.ts';

/** An upload session of Box: lives a week, and takes parts of one size, each once. */
export const sessionSchema = z.object({
  /** What it is for. */
  file: z.string(),
  folderId: z.string(),
  name: z.string(),
  partBytes: z.number(),
  urls: z.object({ part: z.string(), parts: z.string(), commit: z.string(), abort: z.string() }),
});
export type Session = z.output<typeof sessionSchema>;

const checkpointSchema = z.object({
  place: z.array(z.string()).optional(),
  sha1s: z.record(z.string(), z.string()).default({}),
  session: sessionSchema.optional(),
});

/** Learnt without being written, before it is: a write for each of a thousand small files would cost more than they do. */
const mostUnsavedBytes = 8 * 1024 * 1024;
const mostUnsavedFiles = 20;

/** What an attempt knows from the ones before it. */
export interface State {
  /** The names of the submission's folders, once they were chosen. */
  readonly place: string[] | undefined;
  readonly session: Session | undefined;
  /** SHA-1 of a file's bytes, once they were read to their end and found to be the right ones. */
  sha1Of(fileId: string): string | undefined;
  setPlace(place: string[]): Promise<void>;
  setSession(session: Session | undefined): Promise<void>;
  remember(file: { id: string; sizeBytes: number }, sha1: string): Promise<void>;
  /** Writes what was not yet written. */
  save(): Promise<void>;
}

export const loadState = async ({ checkpoint }: DeliveryContext): Promise<State> => {
  const parsed = checkpointSchema.safeParse(await checkpoint.load());
  let { place, sha1s, session } = parsed.success ? parsed.data : checkpointSchema.parse({});
  let unsavedBytes = 0;
  let unsavedFiles = 0;
  const write = async () => {
    unsavedBytes = 0;
    unsavedFiles = 0;
    await checkpoint.save({ place, sha1s, session });
  };
  return {
    get place() {
      return place;
    },
    get session() {
      return session;
    },
    sha1Of: (fileId) => sha1s[fileId],
    async setPlace(chosen) {
      place = chosen;
      await write();
    },
    async setSession(begun) {
      if (session === undefined && begun === undefined) return;
      session = begun;
      await write();
    },
    async remember({ id, sizeBytes }, sha1) {
      if (sha1s[id] === sha1) return;
      sha1s = { ...sha1s, [id]: sha1 };
      unsavedBytes += sizeBytes;
      unsavedFiles += 1;
      if (unsavedBytes > mostUnsavedBytes || unsavedFiles >= mostUnsavedFiles) await write();
    },
    async save() {
      if (unsavedFiles > 0) await write();
    },
  };
};
