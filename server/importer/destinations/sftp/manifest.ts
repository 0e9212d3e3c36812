import { posix } from 'node:path';
import type { Delivered, Delivery, RemoteFile } from '../destination.ts';
import {
  type KnownManifest,
  manifestLimitBytes,
  manifestNameOf,
  parseManifest,
  pathIn,
} from '../manifest.ts';
import { isStatus, status } from './failures.ts';
import { confined } from './place.ts';
import type { Session } from './session.ts';
import { hashOf, readPieces, sizeOfRegular } from './transfer.ts';

const { join } = posix;

/** @returns `absent` where no regular file has the name; undefined where it is no manifest */
export const readManifest = async (
  session: Session,
  path: string,
): Promise<KnownManifest | 'absent' | 'empty' | undefined> => {
  const sizeBytes = await sizeOfRegular(session, path);
  if (sizeBytes === undefined) return 'absent';
  if (sizeBytes === 0) return 'empty';
  if (sizeBytes > manifestLimitBytes) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of readPieces(session, path, sizeBytes)) pieces.push(piece);
  return parseManifest(Buffer.concat(pieces).toString('utf8'));
};

/** A manifest with this delivery's key, whose files are there with the right size and SHA-256. */
export const findWhole = async (
  session: Session,
  root: string,
  place: string[],
  delivery: Delivery,
): Promise<Delivered | undefined> => {
  const top = await existingFolder(session, root, join(root, ...place));
  if (top === undefined) return undefined;
  const manifest = await readManifest(session, join(top, manifestNameOf(delivery)));
  if (typeof manifest !== 'object' || manifest.deliveryKey !== delivery.key) return undefined;
  const remote: RemoteFile[] = [];
  for (const file of delivery.files) {
    const segments = pathIn(manifest, file.id);
    if (segments === undefined) return undefined;
    const parent = await existingFolder(session, root, join(top, ...segments.slice(0, -1)));
    if (parent === undefined) return undefined;
    const hash = await hashOf(session, join(parent, segments.at(-1) ?? ''), file.sizeBytes);
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

const existingFolder = async (session: Session, root: string, path: string): Promise<string | undefined> => {
  try {
    return await confined(session, root, path);
  } catch (error) {
    if (isStatus(error, status.noSuchFile)) return undefined;
    throw error;
  }
};
