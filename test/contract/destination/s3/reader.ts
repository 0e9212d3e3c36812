import { sha256Of } from '../deliveries.ts';
import type { SeenFile } from '../harness.ts';

/** A bucket, as somebody sees it who may read in it. */
export interface Reader {
  keys(): Promise<string[]>;
  bytesOf(key: string): Promise<Buffer>;
}

const isMark = (key: string): boolean => /\/manifest(-fil_[0-9a-f]+)?\.json$/.test(key);

export const seenIn = async ({ keys, bytesOf }: Reader): Promise<SeenFile[]> => {
  const files = (await keys()).filter((key) => !isMark(key));
  return Promise.all(
    files.map(async (name) => {
      const bytes = await bytesOf(name);
      return { name, sizeBytes: bytes.length, sha256: sha256Of(bytes) };
    }),
  );
};

/** @throws Error when a manifest does not tell the truth */
export const effectsIn = async ({ keys, bytesOf }: Reader, deliveryKey: string): Promise<number> => {
  let found = 0;
  for (const key of (await keys()).filter(isMark)) {
    const manifest = JSON.parse((await bytesOf(key)).toString('utf8')) as {
      deliveryKey: string;
      files: { path: string; sha256: string }[];
    };
    if (manifest.deliveryKey !== deliveryKey) continue;
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    for (const file of manifest.files)
      if (sha256Of(await bytesOf(folder + file.path)) !== file.sha256)
        throw new Error(`${file.path} is not what its manifest says`);
    found += 1;
  }
  return found;
};
