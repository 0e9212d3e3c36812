import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { allows, demand } from './acl.ts';
import { shownMeta } from './meta.ts';
import { conflict, jsonOf, locked, refusal, sendJson } from './reply.ts';
import { type Bucket, newId, type StoredFile } from './state.ts';
import { create, replace, type UploadCall } from './uploads.ts';

/** A request about the files of a bucket. */
export interface FilesCall extends UploadCall {
  query: URLSearchParams;
}

/** What is below `/files`: a bucket, a file in it, and what belongs to the file. */
export const serveFiles = async (
  call: FilesCall,
  bucketName: string,
  filename: string | undefined,
  part: string | undefined,
): Promise<void> => {
  const bucket = call.state.buckets.get(bucketName);
  if (bucket === undefined) throw refusal(404, 'No such bucket');
  const method = call.request.method ?? '';
  if (filename === undefined) return list(call, bucket);
  if (part === 'meta' && method === 'GET') return readMeta(call, bucket, filename);
  if (part === 'meta' && method === 'PUT') return changeMeta(call, bucket, filename);
  if (part === 'publish' && (method === 'PUT' || method === 'DELETE'))
    return publish(call, bucket, filename, method === 'PUT');
  if (part !== undefined) throw refusal(404, 'Not Found');
  if (method === 'GET') return download(call, bucket, filename);
  if (method === 'POST') return create(call, bucket, filename);
  const file = fileIn(bucket, filename);
  if (method === 'PUT') {
    demand(bucket.contentAcl, call.user, 'u');
    demand(file.acl, call.user, 'u');
    compare(call, file, ['metaETag', 'fileETag']);
    return replace(call, file);
  }
  if (method === 'DELETE') return remove(call, bucket, file);
  throw refusal(405, 'Method Not Allowed');
};

/** @throws Refusal 404 */
const fileIn = (bucket: Bucket, filename: string, withDeleted = false): StoredFile => {
  const file = bucket.files.get(filename);
  if (file === undefined || (file.deleted && !withDeleted)) throw refusal(404, 'No such file');
  return file;
};

/** @throws Refusal 409 when one that was given is not the file's, or the file is being written */
const compare = ({ query, state }: FilesCall, file: StoredFile, names: ('metaETag' | 'fileETag')[]): void => {
  if (file.locked) throw locked();
  for (const name of names)
    if (query.has(name) && query.get(name) !== file[name])
      throw conflict('etag_mismatch', shownMeta(file, state.origin));
};

const list = ({ state, request, response, user, query }: FilesCall, bucket: Bucket): void => {
  if (request.method !== 'GET') throw refusal(405, 'Method Not Allowed');
  demand(bucket.contentAcl, user, 'r');
  const results = [...bucket.files.values()]
    .filter((file) => allows(file.acl, user, 'r'))
    .filter((file) => !file.deleted || query.get('deleteMark') === '1')
    .filter((file) => file.publicPath !== undefined || query.get('published') !== '1')
    .map((file) => shownMeta(file, state.origin));
  sendJson(response, 200, { currentTime: new Date().toISOString(), results });
};

const readMeta = ({ state, response, user, query }: FilesCall, bucket: Bucket, filename: string): void => {
  demand(bucket.contentAcl, user, 'r');
  const file = fileIn(bucket, filename, query.get('deleteMark') === '1');
  demand(file.acl, user, 'r');
  sendJson(response, 200, shownMeta(file, state.origin));
};

const changeMeta = async (call: FilesCall, bucket: Bucket, filename: string): Promise<void> => {
  const said = await jsonOf(call.request);
  const file = fileIn(bucket, filename);
  demand(bucket.contentAcl, call.user, 'u');
  demand(file.acl, call.user, 'u');
  if (said['ACL'] !== undefined) demand(file.acl, call.user, 'admin');
  compare(call, file, ['metaETag']);
  const { filename: name = filename, ACL: acl = file.acl, contentType = file.contentType } = said;
  if (name !== filename) {
    if (bucket.files.has(String(name))) throw conflict('duplicate_filename', 'Duplicate File Name');
    bucket.files.delete(filename);
    bucket.files.set(String(name), file);
  }
  Object.assign(file, { filename: name, acl, contentType });
  touch(file, 'metaETag');
  sendJson(call.response, 200, shownMeta(file, call.state.origin));
};

/** Publishing twice says the same address; after it was taken back, there is a new one. */
const publish = (call: FilesCall, bucket: Bucket, filename: string, open: boolean): void => {
  demand(bucket.contentAcl, call.user, 'u');
  const file = fileIn(bucket, filename);
  demand(file.acl, call.user, 'admin');
  compare(call, file, ['metaETag']);
  const fresh = `/public/${newId()}/${encodeURIComponent(filename)}`;
  file.publicPath = open ? (file.publicPath ?? fresh) : undefined;
  touch(file, 'metaETag');
  sendJson(call.response, 200, shownMeta(file, call.state.origin));
};

const download = async (call: FilesCall, bucket: Bucket, filename: string): Promise<void> => {
  demand(bucket.contentAcl, call.user, 'r');
  const file = fileIn(bucket, filename);
  demand(file.acl, call.user, 'r');
  if (file.locked) throw locked();
  await sendFile(call, file);
};

export const sendFile = async (
  { response }: Pick<FilesCall, 'response'>,
  file: StoredFile,
): Promise<void> => {
  response.writeHead(200, {
    'content-type': file.contentType,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
    'content-length': file.body.length,
    'x-content-length': file.body.length,
    etag: `"${file.fileETag}"`,
    'accept-ranges': 'bytes',
  });
  await pipeline(createReadStream(file.body.path), response);
};

const remove = (call: FilesCall, bucket: Bucket, file: StoredFile): void => {
  demand(bucket.contentAcl, call.user, 'd');
  demand(file.acl, call.user, 'd');
  compare(call, file, ['metaETag', 'fileETag']);
  if (call.query.get('deleteMark') !== '1') {
    bucket.files.delete(file.filename);
    return sendJson(call.response, 200, {});
  }
  file.deleted = true;
  touch(file, 'metaETag');
  sendJson(call.response, 200, shownMeta(file, call.state.origin));
};

const touch = (file: StoredFile, etag: 'metaETag'): void => {
  file.updatedAt = new Date().toISOString();
  file[etag] = newId();
};
