import { join } from 'node:path';
import { z } from 'zod';
import type { Delivered, Delivery, DeliveryContext, Manifest, RemoteFile } from '../destination.ts';
import { fold, safeName } from '../names.ts';
import { confined, errorCode, hashOf, openRegular } from './place.ts';

const manifestLimitBytes = 16 * 1024 * 1024;

/** One file's manifest has a name of its own: several of them share the folder of their submission. */
export const manifestNameOf = (delivery: Delivery): string =>
  delivery.per === 'submission' ? 'manifest.json' : `manifest-${delivery.files[0]?.id ?? ''}.json`;

const manifestShape = z.object({
  deliveryKey: z.string(),
  files: z.array(z.object({ id: z.string(), path: z.string(), sizeBytes: z.number(), sha256: z.string() })),
});
type KnownManifest = z.output<typeof manifestShape>;

/** @returns `absent` where no regular file has the name; undefined where it is no manifest */
export const readManifest = async (path: string): Promise<KnownManifest | 'absent' | 'empty' | undefined> => {
  const handle = await openRegular(path);
  if (handle === undefined) return 'absent';
  try {
    const { size } = await handle.stat();
    if (size === 0) return 'empty';
    if (size > manifestLimitBytes) return undefined;
    const parsed = manifestShape.safeParse(JSON.parse(await handle.readFile('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
};

/** A manifest with this delivery's key, whose files are there with the right size and SHA-256. */
export const findWhole = async (
  root: string,
  place: string[],
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered | undefined> => {
  const top = await existingFolder(root, join(root, ...place));
  if (top === undefined) return undefined;
  const manifest = await readManifest(join(top, manifestNameOf(delivery)));
  if (typeof manifest !== 'object' || manifest.deliveryKey !== delivery.key) return undefined;
  const remote: RemoteFile[] = [];
  for (const file of delivery.files) {
    const entry = manifest.files.find(({ id }) => id === file.id);
    const segments = entry?.path.split('/') ?? [];
    // Names that we never make are not followed: the manifest may have been written by anyone.
    if (segments.length === 0 || segments.some((segment) => safeName(segment) !== segment)) return undefined;
    const parent = await existingFolder(root, join(top, ...segments.slice(0, -1)));
    if (parent === undefined) return undefined;
    const hash = await hashOf(join(parent, segments.at(-1) ?? ''), file.sizeBytes, context.signal);
    if (hash !== file.sha256) return undefined;
    remote.push({
      file: file.id,
      path: [...place, ...segments].join('/'),
      sizeBytes: file.sizeBytes,
      verifiedBy: 'sha256-read-back',
    });
  }
  return { alreadyThere: true, remote, place: place.join('/') };
};

const existingFolder = async (root: string, path: string): Promise<string | undefined> => {
  try {
    return await confined(root, path);
  } catch (error) {
    if (new Set(['ENOENT', 'ENOTDIR']).has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
};

/** Whether a manifest that was found still says where the files are. */
export const tells = (found: KnownManifest, manifest: Manifest): boolean =>
  found.files.length === manifest.files.length &&
  manifest.files.every((file) =>
    found.files.some(
      (known) => known.id === file.id && fold(known.path) === fold(file.path) && known.sha256 === file.sha256,
    ),
  );
