import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Error } from './errors.ts';
import { answerMultipart } from './multipart.ts';
import { answerObject } from './objects.ts';
import { requireSignature } from './signature.ts';
import { bucketName, type Call, region, requireRight, type S3StandIn } from './standin.ts';
import { createStore } from './store.ts';

/** An S3 of one bucket, addressed by path, written from Amazon's "API Reference". */
export const startS3 = async (): Promise<S3StandIn> => {
  const store = await createStore();
  const server = createServer((request, response) => {
    answer(standIn, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendError(response, error, request.method);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const standIn: S3StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    account: { accessKeyId: 'AKIASTANDIN', secretAccessKey: 'secret-of-the-stand-in' },
    denied: new Set(),
    conditionalWrites: 'yes',
    checksums: true,
    beforeMade: () => undefined,
    beforePart: () => undefined,
    signedPayload: undefined,
    failsLate: false,
    fault: undefined,
    log: [],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.remove();
    },
  };
  return standIn;
};

const answer = async (
  standIn: S3StandIn,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', standIn.url);
  const [, bucket = '', ...names] = url.pathname.split('/');
  const key = decodeURIComponent(names.join('/'));
  standIn.log.push(`${request.method} /${bucket}/${key}`);
  requireSignature(request, standIn.account, region);
  if (decodeURIComponent(bucket) !== bucketName) throw new S3Error(404, 'NoSuchBucket');
  const query = url.searchParams;
  const writes = request.method === 'PUT' || request.method === 'POST';
  const fault = writes && key !== '' ? standIn.fault : undefined;
  if (fault !== undefined) standIn.fault = undefined;
  if (fault === 'hanging') {
    request.resume();
    return;
  }
  if (fault === 'throttled') throw new S3Error(503, 'SlowDown', {}, { 'retry-after': '2' });
  if (fault === 'conflict') {
    await drained(request);
    throw new S3Error(409, 'ConditionalRequestConflict');
  }
  if (fault === 'failing') {
    await drained(request);
    throw new S3Error(500, 'InternalError');
  }
  if (fault === 'redirected') {
    await drained(request);
    throw new S3Error(307, 'TemporaryRedirect', {}, { location: `${standIn.url}/elsewhere` });
  }
  if (fault === 'not-xml') {
    await drained(request);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Please sign in to this network.');
    return;
  }
  // Does all that it was asked; only its answer never arrives.
  if (fault === 'answer-lost')
    response.writeHead = () => {
      response.destroy();
      return response;
    };
  const call = { standIn, request, response, key, query, fault };
  if (key === '') return answerBucket(call);
  return query.has('uploads') || query.has('uploadId') ? answerMultipart(call) : answerObject(call);
};

const drained = async (request: IncomingMessage): Promise<void> => {
  for await (const _ of request);
};

const answerBucket = ({ standIn, request, response }: Call): void => {
  if (request.method !== 'HEAD') throw new S3Error(405, 'MethodNotAllowed');
  requireRight(standIn, 'ListBucket');
  response.writeHead(200, { 'x-amz-bucket-region': region }).end();
};

const sendError = (response: ServerResponse, error: unknown, method: string | undefined): void => {
  const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError');
  if (!(error instanceof S3Error)) console.error(error);
  response.writeHead(known.status, {
    'content-type': 'application/xml',
    'x-amz-bucket-region': region,
    ...known.headers,
  });
  response.end(method === 'HEAD' ? undefined : known.xml);
};
