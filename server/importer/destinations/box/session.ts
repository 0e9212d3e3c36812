import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Failure, isFailure } from '../../../lib/failure.ts';
import type { OutgoingReply } from '../../../lib/outgoing/client.ts';
import { retryAfter } from '../../../lib/outgoing/status.ts';
import type { BoxApi } from './api.ts';
import { codeOf, failureOfBox, read } from './failures.ts';
import { type Taken, takenOf } from './items.ts';
import { type Outcome, outcomeOf, type Upload } from './outcome.ts';
import { piecesOf } from './pieces.ts';
import type { Session, State } from './state.ts';

/** Box says 8 to some ten MiB. One part is held in memory, since its hash goes ahead of it. */
const mostPartBytes = 128 * 1024 * 1024;
/** Of one listing of parts. */
const pageLength = 1000;
/** For Box to put the parts together, within one attempt. */
const mostCommitWaitMs = 120_000;
const commitPauseMs = 1_000;

const partSchema = z.object({
  part_id: z.string(),
  offset: z.number(),
  size: z.number(),
  sha1: z.string().transform((text) => text.toLowerCase()),
});
type Part = z.output<typeof partSchema>;
/** By offset. */
type Parts = Map<number, Part>;

/**
 * Uploads a large file by a session, which shows nothing before it is committed. One that an attempt before has begun is
 * continued: the file is read again, and hashed, but the parts that are there are not sent again; where the hash is known
 * and all of them are, not even read.
 */
export const uploadInParts = async (upload: Upload): Promise<Outcome> => {
  const { file, state } = upload;
  try {
    const continued = await continuation(upload);
    const session = continued?.session ?? (await begin(upload));
    if ('taken' in session) return session;
    const parts = continued?.parts ?? new Map<number, Part>();
    const known = state.sha1Of(file.id);
    const sha1 =
      known !== undefined && isWhole(parts, file.sizeBytes) ? known : await sendParts(upload, session, parts);
    await state.remember(file, sha1);
    await state.save();
    const outcome = await commit(upload, session, parts, sha1);
    await state.setSession(undefined);
    return outcome;
  } catch (error) {
    // Parts of other bytes are of no use to the next attempt.
    if (isFailure(error, 'upload.integrity')) await abandon(upload);
    throw error;
  }
};

const sessionReplySchema = z.object({
  part_size: z.int().positive().max(mostPartBytes),
  session_endpoints: z.object({
    upload_part: z.string(),
    commit: z.string(),
    abort: z.string(),
    list_parts: z.string(),
  }),
});

const begin = async ({
  api,
  file,
  folderId,
  name,
  state,
  signal,
}: Upload): Promise<Session | { taken: Taken }> => {
  const what = 'begin an upload session';
  const reply = await api.call({
    method: 'POST',
    url: { at: 'upload', path: '/files/upload_sessions' },
    body: { json: { folder_id: folderId, file_size: file.sizeBytes, file_name: name } },
    signal,
  });
  const taken = takenOf(reply);
  if (taken !== undefined) return { taken };
  if (reply.status !== 201) throw failureOfBox(reply, what);
  const { part_size, session_endpoints: urls } = read(sessionReplySchema, reply, what);
  const session: Session = {
    file: file.id,
    folderId,
    name,
    partBytes: part_size,
    urls: {
      part: urls.upload_part,
      parts: urls.list_parts,
      commit: urls.commit,
      abort: urls.abort,
    },
  };
  await state.setSession(session);
  return session;
};

/** The session of an attempt before, when it was for this file and name and still lives. */
const continuation = async (upload: Upload): Promise<{ session: Session; parts: Parts } | undefined> => {
  const { api, file, folderId, name, state, signal } = upload;
  const { session } = state;
  if (session === undefined) return undefined;
  if (session.file === file.id && session.folderId === folderId && session.name === name) {
    const parts = await listParts(api, session, signal);
    if (parts !== undefined) return { session, parts };
    await state.setSession(undefined);
  } else await abandon(upload);
  return undefined;
};

const listSchema = z.object({ total_count: z.number(), entries: z.array(partSchema) });

/** @returns undefined where the session has ended */
const listParts = async (api: BoxApi, session: Session, signal: AbortSignal): Promise<Parts | undefined> => {
  const parts: Parts = new Map();
  for (;;) {
    const url = `${session.urls.parts}?offset=${parts.size}&limit=${pageLength}`;
    const reply = await api.call({ method: 'GET', url, signal });
    if (reply.status === 404 || reply.status === 410) return undefined;
    if (reply.status !== 200) throw failureOfBox(reply, 'list the parts of a session');
    const { total_count, entries } = read(listSchema, reply, 'list the parts of a session');
    for (const part of entries) parts.set(part.offset, part);
    if (entries.length === 0 || parts.size >= total_count) return parts;
  }
};

const isWhole = (parts: Parts, sizeBytes: number): boolean => {
  let reachedBytes = 0;
  for (let part = parts.get(0); part !== undefined; part = parts.get(reachedBytes)) reachedBytes += part.size;
  return reachedBytes === sizeBytes;
};

/** Adds to `parts` what is missing. @returns the SHA-1 of the whole file, whose stream has ended well */
const sendParts = async (upload: Upload, session: Session, parts: Parts): Promise<string> => {
  const { file, signal } = upload;
  const whole = createHash('sha1');
  let offset = 0;
  for await (const piece of piecesOf(await file.open(), session.partBytes, file.sizeBytes, signal)) {
    whole.update(piece);
    const digest = createHash('sha1').update(piece).digest();
    const there = parts.get(offset);
    const part = there ?? (await sendPart(upload, session, offset, piece, digest));
    if (part.size !== piece.length || part.sha1 !== digest.toString('hex')) {
      // Parts can't be replaced, so the session is spoilt.
      await abandon(upload);
      throw unfinished('a part of the session has other bytes');
    }
    parts.set(offset, part);
    offset += piece.length;
  }
  return whole.digest('hex');
};

const sentSchema = z.object({ part: partSchema });

const sendPart = async (
  { api, file, state, signal }: Upload,
  session: Session,
  offset: number,
  piece: Buffer,
  digest: Buffer,
): Promise<Part> => {
  const reply = await api.call({
    method: 'PUT',
    url: session.urls.part,
    headers: {
      digest: `sha=${digest.toString('base64')}`,
      'content-range': `bytes ${offset}-${offset + piece.length - 1}/${file.sizeBytes}`,
    },
    body: { bytes: piece, contentType: 'application/octet-stream' },
    signal,
  });
  if (reply.status === 200) return read(sentSchema, reply, 'send a part').part;
  if (reply.status === 409) {
    // It was sent before and only the answer was lost, or a twin was faster.
    const part = (await listParts(api, session, signal))?.get(offset);
    if (part !== undefined) return part;
    throw unfinished('Box refuses a part that it does not have');
  }
  await forgetEnded(state, reply);
  throw failureOfBox(reply, 'send a part');
};

/** Box may still be busy with the parts: then it is asked again when it says, and by the next attempt after a while. */
const commit = async (
  { api, file, state, signal }: Upload,
  session: Session,
  parts: Parts,
  sha1: string,
): Promise<Outcome> => {
  const digest = `sha=${Buffer.from(sha1, 'hex').toString('base64')}`;
  const body = { json: { parts: [...parts.values()].sort((a, b) => a.offset - b.offset) } };
  for (let waitedMs = 0; ; ) {
    const reply = await api.call({
      method: 'POST',
      url: session.urls.commit,
      headers: { digest },
      body,
      signal,
    });
    if (reply.status !== 202 && codeOf(reply).code !== 'parts_mismatch') {
      await forgetEnded(state, reply);
      return outcomeOf(reply, { sizeBytes: file.sizeBytes, sha1 });
    }
    const told = retryAfter(reply.headers['retry-after']);
    const pauseMs = typeof told === 'object' ? told.afterMs : commitPauseMs;
    waitedMs += pauseMs;
    if (waitedMs > mostCommitWaitMs)
      throw unfinished('Box is still putting the parts together', { afterMs: pauseMs });
    await wait(pauseMs, undefined, { signal });
  }
};

const unfinished = (reason: string, retry: 'later' | { afterMs: number } = 'later'): Failure =>
  new Failure('destination.unavailable', { retry, details: { what: 'upload in parts', reason } });

const forgetEnded = async (state: State, { status }: OutgoingReply): Promise<void> => {
  if (status === 404 || status === 410) await state.setSession(undefined);
};

/** Frees what Box keeps of a session. It would end by itself in a week, so a failure here is nobody's business. */
const abandon = async ({ api, state, signal }: Upload): Promise<void> => {
  const { session } = state;
  if (session === undefined) return;
  await state.setSession(undefined);
  await api.call({ method: 'DELETE', url: session.urls.abort, signal }).catch(() => undefined);
};
