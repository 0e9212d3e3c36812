import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Delivery, Manifest } from '../destination.ts';
import { type Acl, anonymous } from './config.ts';
import type { Files } from './files.ts';
import { manifestId } from './names.ts';
import { marksOf, type Piece } from './place.ts';

const mostManifestBytes = 16 * 1024 * 1024;

const manifestShape = z.object({
  deliveryKey: z.string(),
  files: z.array(z.object({ id: z.string(), path: z.string(), sha256: z.string() })),
});

/** What a manifest says of where the files are: by their id, their names in the bucket. */
export type Told = ReadonlyMap<string, string>;

/** @returns undefined where it is not this delivery's, whole: cut off, or about other files */
export const readManifest = async (
  files: Files,
  name: string,
  delivery: Delivery,
): Promise<Told | undefined> => {
  const text = await files.text(name, mostManifestBytes);
  let found: z.output<typeof manifestShape>;
  try {
    found = manifestShape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
  const hashes = new Map(delivery.files.map(({ id, sha256 }) => [id, sha256]));
  const about =
    found.deliveryKey === delivery.key &&
    found.files.length === hashes.size &&
    found.files.every(({ id, sha256 }) => hashes.get(id) === sha256);
  return about ? new Map(found.files.map(({ id, path }) => [id, path])) : undefined;
};

export const manifestPiece = (files: Files, delivery: Delivery, manifest: Manifest, acl: Acl): Piece => {
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  return {
    id: manifestId,
    contentType: 'application/json',
    sizeBytes: bytes.length,
    open: () => Promise.resolve(Readable.from([bytes])),
    options: marksOf(delivery.key, manifestId),
    acl: withoutAnonymous(acl),
    async isWhole(seen) {
      const told = await readManifest(files, seen.filename, delivery);
      return manifest.files.every(({ id, path }) => told?.get(id) === path);
    },
    // Ours alone to write: one that doesn't tell the truth is written again.
    isUnfinished: () => true,
  };
};

/** Whoever may read the files: the manifest names people, and is nothing for everybody. */
const withoutAnonymous = (acl: Acl): Acl => {
  const closed = (names: string[]) => names.filter((name) => name !== anonymous);
  return {
    r: closed(acl.r),
    w: closed(acl.w),
    u: closed(acl.u),
    d: closed(acl.d),
    admin: closed(acl.admin),
  };
};
