import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { ERRORS, Server, type Upload } from '@tus/server';
import { type Context, Hono } from 'hono';
import type { SubmissionWithRequest } from '../../../db/queries/submissions.ts';
import { resumableUntil } from '../../../db/queries/upload-ends.ts';
import { findUpload, type UploadRow } from '../../../db/queries/uploads.ts';
import { bearer } from '../../auth/api-tokens.ts';
import { admitUpload, mostBytes, requireMayGoOn } from '../../intake/admit.ts';
import { findOwnSubmission } from '../../intake/submit.ts';
import { Failure, type FailureCode, mayPass } from '../../lib/failure.ts';
import type { NextcloudStore } from '../../upload/store.ts';
import type { PatchBody } from '../../upload/writer.ts';
import { statusOf } from '../failures.ts';
import type { Portal } from '../portal.ts';
import { asFailure, failureJson } from '../replies.ts';

/** What is known of one request to tus. */
interface TusCall {
  own: SubmissionWithRequest;
  /** As it was before; undefined for one that is to be made. */
  upload: UploadRow | undefined;
  body: PatchBody;
  /** Of the whole file; null while its length is deferred. */
  sizeBytes: number | null;
  /** The upload that this request has made. */
  admitted?: string;
  /** What it failed with, in our words. */
  failure?: Failure;
}

/** By the request that tus is given. */
type TusCalls = WeakMap<Request, TusCall>;

/**
 * The edge of the upload protocol (tus 1.0.0), at `/uploads`. The credential of a submission opens its own uploads
 * and no others: everything else is the same 404 as an upload that does not exist. Nothing can be read.
 */
export const createTusRoutes = (portal: Portal): Hono => {
  const calls: TusCalls = new WeakMap();
  const server = createTusServer(portal, calls);
  const app = new Hono();

  app.options('*', async (c) => {
    const response = await server.handleWeb(c.req.raw);
    response.headers.set('Tus-Checksum-Algorithm', checksumAlgorithms.join(','));
    return response;
  });

  // Hono looks for the GET route when it is asked for HEAD, and drops the body.
  app.on(['POST', 'GET', 'PATCH', 'DELETE'], ['/', '/:id'], async (c, next) => {
    if (c.req.method === 'GET') return next();
    try {
      const { method, headers, url } = c.req.raw;
      const authorization = c.req.header('authorization');
      const { own, upload } = await authorise(portal, authorization, c.req.param('id'), method);
      if (headers.has('content-encoding')) throw new Failure('input.invalid');
      const sizeBytes = upload?.sizeBytes ?? announcedLength(headers.get('upload-length'));
      const call: TusCall = { own, upload, body: bodyOf(c), sizeBytes };
      const request = new Request(url, { method, headers });
      calls.set(request, call);
      const response = await server.handleWeb(withBody(request, call.body));
      if (method !== 'DELETE' && response.ok) tellExpiry(response, call);
      await clearEnded(portal, call, method, response);
      if (call.failure === undefined) return response;
      throw call.failure;
    } catch (error) {
      const failure = asFailure(error);
      logFailure(portal, failure, c.req.method);
      c.header('Tus-Resumable', '1.0.0');
      // tus-js-client begins a second upload after any refused HEAD but a 423: what passes must be one.
      return failureJson(c, failure, c.req.method === 'HEAD' && mayPass(failure) ? 423 : undefined);
    }
  });

  app.all('*', (c) => {
    c.header('Allow', 'OPTIONS, POST, HEAD, PATCH, DELETE');
    return failureJson(c, new Failure('upload.not-offered'));
  });

  return app;
};

const bodyOf = (c: Context): PatchBody => {
  const { incoming } = c.env as Partial<HttpBindings>;
  const length = c.req.header('content-length');
  return {
    source: incoming ?? Readable.from(c.req.raw.body ?? []),
    sizeBytes: length === undefined ? undefined : Number(length),
    mostBytes: undefined,
    welcomeAtMs: performance.now(),
    checksum: checksumIn(c.req.header('upload-checksum')),
  };
};

const checksumAlgorithms = ['sha1', 'sha256'] as const;
const digestBytes = { sha1: 20, sha256: 32 };

/** @param header `sha1 <Base64>` @throws Failure `upload.checksum-invalid` */
const checksumIn = (header: string | undefined): PatchBody['checksum'] => {
  if (header === undefined) return undefined;
  const [name, text = '', ...more] = header.trim().split(/ +/);
  const algorithm = checksumAlgorithms.find((known) => known === name);
  const digest = Buffer.from(text, 'base64');
  if (algorithm === undefined || more.length > 0 || digest.length !== digestBytes[algorithm])
    throw new Failure('upload.checksum-invalid');
  return { algorithm, digest };
};

/** Until when an upload that is not complete can be gone on with, if nothing more comes. */
const tellExpiry = (response: Response, { own, sizeBytes, upload, body }: TusCall): void => {
  const offsetBytes = Number(response.headers.get('upload-offset') ?? 0);
  if (offsetBytes === sizeBytes) return;
  // By the database's clock, as everything that expires.
  const now = new Date(own.now.getTime() + performance.now() - body.welcomeAtMs);
  const updatedAt = upload?.offsetBytes === offsetBytes ? upload.updatedAt : now;
  const at = resumableUntil({ updatedAt, offsetBytes }, own.request);
  response.headers.set('Upload-Expires', at.toUTCString());
};

/** For tus, which only hands it on. */
const withBody = (request: Request, body: PatchBody): Request =>
  Object.defineProperty(request, 'body', { value: body });

/**
 * Bodies go to the store as they come in. Through the three streams that @tus/server 2.4.5 puts them through, 1 GiB
 * costs some two CPU seconds more.
 */
const takeBodiesDirectly = (server: Server, store: NextcloudStore): void => {
  const writeToStore = (body: unknown, upload: Upload) =>
    store.writeBody(body as PatchBody, upload.id, upload.offset);
  Object.assign(server.handlers.PATCH, { writeToStore });
  Object.assign(server.handlers.POST, { writeToStore });
};

/** What tus refuses and we have a word for, under the same status. */
const refusals = new Map<unknown, FailureCode>([
  [ERRORS.FILE_NOT_FOUND, 'not-found'],
  [ERRORS.INVALID_OFFSET, 'upload.offset-mismatch'],
  [ERRORS.ERR_SIZE_EXCEEDED, 'upload.longer-than-said'],
  [ERRORS.ERR_MAX_SIZE_EXCEEDED, 'upload.longer-than-said'],
  [ERRORS.INVALID_LENGTH, 'upload.length-invalid'],
  [ERRORS.INVALID_METADATA, 'upload.metadata-invalid'],
]);

/** @returns undefined for what only the protocol speaks of: that keeps the answer of tus */
const inOurWords = (error: Error | { status_code: number; body: string }): Failure | undefined => {
  const code = refusals.get(error);
  if (code !== undefined)
    return new Failure(code, code === 'upload.offset-mismatch' ? { retry: 'later' } : {});
  if (error instanceof Error) return asFailure(error);
  return error.status_code === 500 ? asFailure(new Error(error.body)) : undefined;
};

const createTusServer = (portal: Portal, calls: TusCalls): Server => {
  const server = new Server({
    path: '/uploads',
    datastore: portal.uploads.store,
    locker: portal.uploads.locker,
    // A path, so that no Host or X-Forwarded-Host can send a submitter elsewhere.
    relativeLocation: true,
    respectForwardedHeaders: false,
    allowedOrigins: [portal.publicUrl.origin],
    // The lock itself gives a pre-empted writer its time to flush.
    lockDrainTimeout: 1,
    async namingFunction(request, metadata) {
      const call = calls.get(request);
      if (call === undefined) throw new Failure('not-found');
      const sizeBytes = announcedLength(request.headers.get('upload-length'));
      const candidate = { sizeBytes, metadata: metadata ?? {} };
      call.admitted = await admitUpload(portal.intake, portal.proofs, call.own, candidate);
      return call.admitted;
    },
    // For an upload whose length is still to be said. To tus, 0 is no limit.
    async maxSize(request, uploadId) {
      const call = calls.get(request);
      if (call === undefined) return 0;
      const most = await mostBytes(portal.intake, call.own, uploadId ?? undefined);
      call.body.mostBytes = most;
      return most === undefined ? 0 : Math.max(1, most);
    },
    onResponseError(request, error) {
      const failure = inOurWords(error);
      if (failure === undefined) return undefined;
      const call = calls.get(request);
      if (call !== undefined) call.failure = failure;
      return { status_code: statusOf[failure.code], body: failure.code };
    },
  });
  takeBodiesDirectly(server, portal.uploads.store);
  return server;
};

/** Whoever hears that an upload has ended finds its name free. */
const clearEnded = async (
  { uploads: { store } }: Portal,
  { admitted, upload }: TusCall,
  method: string,
  { ok }: Response,
): Promise<void> => {
  if (admitted !== undefined && !ok) await store.forget(admitted);
  if (upload !== undefined && (method === 'DELETE' || (method === 'PATCH' && !ok)))
    await store.clear(upload.id);
};

const idPattern = /^upl_[0-9a-f]{32}$/;

/** @throws Failure `not-found` for whatever is not this credential's */
const authorise = async (
  portal: Portal,
  header: string | undefined,
  uploadId: string | undefined,
  method: string,
): Promise<Pick<TusCall, 'own' | 'upload'>> => {
  const credential = bearer(header);
  if (credential === undefined) throw new Failure('not-found');
  const own = await findOwnSubmission(portal.intake, credential);
  if ((method === 'POST') !== (uploadId === undefined)) throw new Failure('not-found');
  if (uploadId === undefined) return { own, upload: undefined };
  if (!idPattern.test(uploadId)) throw new Failure('not-found');
  const placed = await findUpload(portal.db, uploadId);
  if (placed?.upload.submissionId !== own.submission.id) throw new Failure('not-found');
  // Of one that has ended, too: that its request was closed is the reason, and not that it is gone.
  if (method === 'PATCH' && (placed.upload.state === 'uploading' || placed.upload.state === 'abandoned'))
    await requireMayGoOn(portal.proofs, own);
  return { own, upload: placed.upload };
};

/** @returns null while the length is deferred @throws Failure `upload.length-invalid` */
const announcedLength = (header: string | null): number | null => {
  if (header === null) return null;
  const length = /^\d{1,16}$/.test(header) ? Number(header) : Number.NaN;
  if (!Number.isSafeInteger(length)) throw new Failure('upload.length-invalid');
  return length;
};

const logFailure = (portal: Portal, failure: Failure, method: string): void => {
  if (statusOf[failure.code] >= 500)
    portal.log.error(
      { err: failure.cause ?? failure, code: failure.code, details: failure.details, method },
      'an upload failed',
    );
};
