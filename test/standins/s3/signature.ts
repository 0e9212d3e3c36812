import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';

export interface Account {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Checks a request's signature (Amazon's "Signature Version 4", in the header). */
export const requireSignature = (request: IncomingMessage, account: Account, region: string): void => {
  const header = request.headers.authorization ?? '';
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (parts === null) throw new S3Error(403, 'AccessDenied');
  const [, accessKeyId = '', day = '', signedFor = '', names = '', signature = ''] = parts;
  if (accessKeyId !== account.accessKeyId)
    throw new S3Error(403, 'InvalidAccessKeyId', { AWSAccessKeyId: accessKeyId });
  if (signedFor !== region) throw new S3Error(400, 'AuthorizationHeaderMalformed', { Region: region });
  if (request.headers['x-amz-security-token'] !== account.sessionToken)
    throw new S3Error(400, account.sessionToken === 'expired' ? 'ExpiredToken' : 'InvalidToken');
  const time = String(request.headers['x-amz-date']);
  const scope = `${day}/${region}/s3/aws4_request`;
  const canonical = canonicalOf(request, names.split(';'));
  const text = ['AWS4-HMAC-SHA256', time, scope, hex(canonical)].join('\n');
  const keys = [day, region, 's3', 'aws4_request'];
  const key = keys.reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${account.secretAccessKey}`),
  );
  if (!timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex')))
    throw new S3Error(403, 'SignatureDoesNotMatch', { StringToSign: text, SignatureProvided: signature });
};

const canonicalOf = (request: IncomingMessage, names: string[]): string => {
  const url = request.url ?? '/';
  const [path = '', query = ''] = url.split('?');
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort();
  const headers = names.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`).join('');
  return [
    request.method,
    path,
    pairs.join('&'),
    headers,
    names.join(';'),
    request.headers['x-amz-content-sha256'],
  ].join('\n');
};
