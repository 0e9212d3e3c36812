import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { Delivery, Manifest } from '../destination.ts';
import { fold } from '../names.ts';
import type { BoxApi } from './api.ts';
import { hasOwnFolder } from './config.ts';
import { fileInfo, look, readText, type Taken } from './items.ts';
import { uploadBytes } from './upload.ts';

const manifestLimitBytes = 16 * 1024 * 1024;

/** Where several submissions share a folder, or several files theirs, each has a manifest of its own name. */
export const manifestNameOf = (template: string, delivery: Delivery): string => {
  const name =
    delivery.per === 'submission' ? 'manifest.json' : `manifest-${delivery.files[0]?.id ?? ''}.json`;
  return hasOwnFolder(template) ? name : `${delivery.receiptNumber} ${name}`;
};

/** What all manifests hold, and what Box calls each file. */
export type BoxManifest = Manifest & { box: { file: string; id: string; sha1: string }[] };

const manifestShape = z.object({
  deliveryKey: z.string(),
  files: z.array(z.object({ id: z.string(), path: z.string(), sizeBytes: z.number(), sha256: z.string() })),
  box: z.array(z.object({ file: z.string(), id: z.string().regex(/^\d+$/), sha1: z.string() })),
});
export type KnownManifest = z.output<typeof manifestShape>;

/** @returns undefined where it is no manifest of ours */
const readManifest = async (
  api: BoxApi,
  id: string,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<KnownManifest | undefined> => {
  if (sizeBytes > manifestLimitBytes) return undefined;
  const text = await readText(api, id, manifestLimitBytes, signal);
  try {
    const parsed = manifestShape.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

/** The manifest of this delivery, if it is there. */
export const findManifest = async (
  api: BoxApi,
  folderId: string,
  name: string,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<KnownManifest | undefined> => {
  const taken = await look(api, folderId, name, undefined, signal);
  if (taken?.type !== 'file' || taken.id === undefined) return undefined;
  const info = await fileInfo(api, taken.id, signal);
  const found = info && (await readManifest(api, info.id, info.size, signal));
  return found?.deliveryKey === delivery.key ? found : undefined;
};

/**
 * Writes the manifest, which is the mark that the delivery is whole. Only this delivery's own, when it no longer
 * tells the truth, is ever replaced, by a next version of it.
 */
export const putManifest = async (
  api: BoxApi,
  folderId: string,
  name: string,
  manifest: BoxManifest,
  signal: AbortSignal,
): Promise<'placed' | 'kept'> => {
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  const there = await look(api, folderId, name, bytes.length, signal);
  const outcome =
    there === undefined ? await uploadBytes(api, { folderId, name, bytes, sha1 }, signal) : { taken: there };
  if ('placed' in outcome) return 'placed';
  const found = await ownManifest(api, name, manifest.deliveryKey, outcome.taken, signal);
  if (tells(found.manifest, manifest)) return 'kept';
  await uploadBytes(api, { folderId, name, bytes, sha1, replace: found }, signal);
  return 'placed';
};

/** @throws Failure `destination.conflict` where something else has the name */
const ownManifest = async (
  api: BoxApi,
  name: string,
  key: string,
  taken: Taken,
  signal: AbortSignal,
): Promise<{ id: string; etag: string; manifest: KnownManifest }> => {
  const isFile = taken.type === 'file' && taken.id !== undefined;
  const info = isFile ? await fileInfo(api, taken.id ?? '', signal) : undefined;
  const manifest = info && (await readManifest(api, info.id, info.size, signal));
  if (info !== undefined && manifest?.deliveryKey === key) return { id: info.id, etag: info.etag, manifest };
  throw new Failure('destination.conflict', {
    details: { name, problem: 'something else has the name of the manifest' },
  });
};

/** Whether a manifest that was found still says where the files are. */
const tells = (found: KnownManifest, manifest: BoxManifest): boolean =>
  found.files.length === manifest.files.length &&
  manifest.files.every((file) =>
    found.files.some(
      (known) => known.id === file.id && fold(known.path) === fold(file.path) && known.sha256 === file.sha256,
    ),
  ) &&
  manifest.box.every((file) => found.box.some((known) => known.file === file.file && known.id === file.id));
