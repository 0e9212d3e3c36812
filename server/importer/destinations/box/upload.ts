import { createHash } from 'node:crypto';
import type { BoxApi } from './api.ts';
import { type Outcome, outcomeOf, type Upload } from './outcome.ts';
import { piecesOf } from './pieces.ts';
import { uploadInParts } from './session.ts';

/** Up to here a file goes out as one request. A session is refused under 20 MB, one request above 50 MB. */
const directLimitBytes = 20 * 1024 * 1024;

/** Brings a file under a name, or tells what has that name. Nothing is there before all of it is, and verified. */
export const upload = (one: Upload): Promise<Outcome> =>
  one.file.sizeBytes > directLimitBytes ? uploadInParts(one) : uploadAtOnce(one);

/**
 * A small file is read to its end first, like one part of a large one: so its SHA-256 is known to be right before a byte
 * goes out, its SHA-1 goes ahead of it for Box to compare, and it can be sent again when the session has ended.
 */
const uploadAtOnce = async ({ api, file, folderId, name, state, signal }: Upload): Promise<Outcome> => {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const piece of piecesOf(await file.open(), directLimitBytes, file.sizeBytes, signal))
    bytes = piece;
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  await state.remember(file, sha1);
  return uploadBytes(api, { folderId, name, bytes, sha1 }, signal);
};

/** @param options.replace the file whose next version this becomes, as long as it still has that etag */
export const uploadBytes = async (
  api: BoxApi,
  {
    folderId,
    name,
    bytes,
    sha1,
    replace,
  }: {
    folderId: string;
    name: string;
    bytes: Buffer;
    sha1: string;
    replace?: { id: string; etag: string };
  },
  signal: AbortSignal,
): Promise<Outcome> => {
  const attributes = replace === undefined ? { name, parent: { id: folderId } } : { name };
  const reply = await api.call({
    method: 'POST',
    url: {
      at: 'upload',
      path: replace === undefined ? '/files/content' : `/files/${encodeURIComponent(replace.id)}/content`,
    },
    headers: { 'content-md5': sha1, ...(replace !== undefined && { 'if-match': replace.etag }) },
    body: {
      form: [
        // Before the file: Box refuses what comes the other way round.
        { name: 'attributes', body: JSON.stringify(attributes) },
        { name: 'file', filename: name, contentType: 'application/octet-stream', body: bytes },
      ],
    },
    signal,
  });
  return outcomeOf(reply, { sizeBytes: bytes.length, sha1 });
};
