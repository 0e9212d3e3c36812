import { join } from 'node:path';
import type { Delivered, Delivery, DeliveryContext, RemoteFile } from '../destination.ts';
import {
  type KnownManifest,
  manifestLimitBytes,
  manifestNameOf,
  parseManifest,
  pathIn,
} from '../manifest.ts';
import { confined, errorCode, hashOf, openRegular } from './place.ts';

/** @returns `absent` where no regular file has the name; undefined where it is no manifest */
export const readManifest = async (path: string): Promise<KnownManifest | 'absent' | 'empty' | undefined> => {
  const handle = await openRegular(path);
  if (handle === undefined) return 'absent';
  try {
    const { size } = await handle.stat();
    if (size === 0) return 'empty';
    if (size > manifestLimitBytes) return undefined;
    return parseManifest(await handle.readFile('utf8'));
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
    const segments = pathIn(manifest, file.id);
    if (segments === undefined) return undefined;
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
