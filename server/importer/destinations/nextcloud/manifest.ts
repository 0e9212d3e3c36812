import { Failure } from '../../../lib/failure.ts';
import type { Delivered, Delivery, Manifest, RemoteFile } from '../destination.ts';
import {
  type KnownManifest,
  manifestBytes,
  manifestLimitBytes,
  manifestNameOf,
  parseManifest,
  pathIn,
  tells,
} from '../manifest.ts';
import type { Target } from './target.ts';

/** @returns undefined where there is none, or something else has the name */
const readManifest = async (target: Target, path: string): Promise<KnownManifest | undefined> => {
  const bytes = await target.read(path, manifestLimitBytes);
  return bytes && parseManifest(bytes.toString('utf8'));
};

/**
 * A manifest with this delivery's key, whose files are there with the right size and SHA-256.
 * @param top path of the submission's folder
 */
export const findWhole = async (
  target: Target,
  top: string,
  delivery: Delivery,
): Promise<Delivered | undefined> => {
  const path = `${top}/${manifestNameOf(delivery)}`;
  if ((await target.stat(path))?.kind !== 'file') return undefined;
  const manifest = await readManifest(target, path);
  if (manifest?.deliveryKey !== delivery.key) return undefined;
  const remote: RemoteFile[] = [];
  for (const file of delivery.files) {
    const segments = pathIn(manifest, file.id);
    const entry = segments && (await target.stat(`${top}/${segments.join('/')}`));
    if (entry === undefined || !(await target.holds(entry, file))) return undefined;
    remote.push(remoteOf(file, entry));
  }
  return { alreadyThere: true, remote, place: top };
};

/** Of a file whose hash has been compared. */
export const remoteOf = (
  file: { id: string; sizeBytes: number },
  entry: { fileId: number; path: string },
): RemoteFile => ({
  file: file.id,
  id: String(entry.fileId),
  path: entry.path,
  sizeBytes: file.sizeBytes,
  verifiedBy: 'sha256-read-back',
});

/**
 * Writes the manifest, which is the mark that the delivery is whole. Only this delivery's own, when it no longer tells the
 * truth, is ever replaced.
 */
export const putManifest = async (
  target: Target,
  path: string,
  manifest: Manifest,
): Promise<'put' | 'kept'> => {
  const bytes = manifestBytes(manifest);
  if ((await target.put(path, bytes)) === 'taken') {
    const entry = await target.stat(path);
    const found = entry?.kind === 'file' ? await readManifest(target, path) : undefined;
    if (entry === undefined) throw unsteady(path);
    if (found?.deliveryKey !== manifest.deliveryKey)
      throw new Failure('destination.conflict', { details: { path, problem: 'another manifest is there' } });
    if (tells(found, manifest)) return 'kept';
    // Only while it is the one that was read.
    await target.remove(path, entry.etag);
    if ((await target.put(path, bytes)) === 'taken') throw unsteady(path);
  }
  const written = await readManifest(target, path);
  if (written === undefined || !tells(written, manifest)) throw unsteady(path);
  return 'put';
};

const unsteady = (path: string): Failure =>
  new Failure('destination.unavailable', {
    retry: 'later',
    details: { path, problem: 'the manifest is not as it was written: somebody else may be at it' },
  });
