import type { PlacedUpload } from '../../db/queries/uploads.ts';
import { headBytes } from '../intake/rules/content.ts';
import { Failure } from '../lib/failure.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { UploadEngine } from './engine.ts';
import { refuseUpload } from './lose.ts';
import { type ExpectedPart, uploadFolder } from './parts.ts';

/**
 * Looks at the beginning of a file. Less of it than tells what it is passes for now: `inspectParts` looks again.
 * @throws Failure when it is not of a type that is asked for: the upload has ended then
 */
export const inspectBeginning = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  head: Buffer,
): Promise<void> => {
  const { sizeBytes } = placed.upload;
  if (placed.allowedTypes.length === 0) return;
  if (head.length < Math.min(headBytes, sizeBytes ?? headBytes)) return;
  try {
    await engine.inspect(placed, head);
  } catch (error) {
    if (error instanceof Failure) await refuseUpload(engine, placed, error.code);
    throw error;
  }
};

/** Looks at the beginning of a file that came in pieces so small that none of them told what it is. */
export const inspectParts = async (
  engine: UploadEngine,
  placed: PlacedUpload,
  nextcloud: Nextcloud,
  parts: readonly ExpectedPart[],
): Promise<void> => {
  const [first] = parts;
  if (first === undefined || placed.allowedTypes.length === 0 || first.sizeBytes >= headBytes) return;
  const chunks: Uint8Array[] = [];
  const range = { startByte: 0, endByte: headBytes - 1 };
  for await (const chunk of await nextcloud.uploads.read(uploadFolder(placed.upload.id), { range }))
    chunks.push(chunk as Uint8Array);
  await inspectBeginning(engine, placed, Buffer.concat(chunks));
};
