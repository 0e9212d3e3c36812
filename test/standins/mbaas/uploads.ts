import type { IncomingMessage, ServerResponse } from 'node:http';
import { aclOrDefault, demand } from './acl.ts';
import { shownMeta } from './meta.ts';
import { conflict, locked, parsedObject, refusal, sendJson } from './reply.ts';
import { type Body, type Bucket, newId, type State, type StoredFile, takeBody, type User } from './state.ts';

export interface UploadCall {
  state: State;
  request: IncomingMessage;
  response: ServerResponse;
  user: User | undefined;
}

const mostNameBytes = 900;

/** What the reference and the page of limits forbid, taken together. */
const isGoodName = (name: string): boolean =>
  name !== '' &&
  Buffer.byteLength(name) <= mostNameBytes &&
  !/[\u0000-\u001f\u007f/\\:*?"<>|']|~~~/.test(name);

/** POST: makes a file, and never replaces one, unless it was only marked as deleted. */
export const create = async (call: UploadCall, bucket: Bucket, filename: string): Promise<void> => {
  const { state, request, response, user } = call;
  demand(bucket.contentAcl, user, 'c');
  if (!isGoodName(filename)) throw refusal(400, 'Invalid file name');
  const contentType = contentTypeOf(request);
  const aclText = header(request, 'x-acl');
  const acl = aclOrDefault(aclText && parsedObject(aclText, 'Invalid X-ACL'), user);
  const optionsText = header(request, 'x-meta-options');
  const options = optionsText && parsedObject(optionsText, 'Invalid X-Meta-Options');
  refuseTaken(bucket, filename);
  const body = await received(call);
  // Two may have begun at once: the first that has come whole has the name.
  refuseTaken(bucket, filename);
  const now = new Date().toISOString();
  const file: StoredFile = {
    id: bucket.files.get(filename)?.id ?? newId(),
    filename,
    contentType,
    body,
    acl,
    createdAt: now,
    updatedAt: now,
    metaETag: newId(),
    fileETag: newId(),
    options,
    deleted: false,
    locked: false,
  };
  bucket.files.set(filename, file);
  sendJson(response, 200, shownMeta(file, state.origin));
};

/** PUT: other bytes for a file that is there; its options and ACL stay. */
export const replace = async (call: UploadCall, file: StoredFile): Promise<void> => {
  if (file.locked) throw locked();
  file.locked = true;
  try {
    const body = await received(call);
    Object.assign(file, { body, fileETag: newId(), updatedAt: new Date().toISOString() });
  } finally {
    file.locked = false;
  }
  sendJson(call.response, 200, shownMeta(file, call.state.origin));
};

const refuseTaken = (bucket: Bucket, filename: string): void => {
  const there = bucket.files.get(filename);
  if (there === undefined || there.deleted) return;
  throw there.locked ? locked() : conflict('duplicate_filename', 'Duplicate File Name');
};

const received = ({ state, request }: UploadCall): Promise<Body> => {
  const { mostFileBytes, capacityBytes } = state.options;
  const sizeBytes = Number(request.headers['content-length'] ?? 0);
  if (sizeBytes > mostFileBytes) throw refusal(413, 'File size limit exceeded');
  let usedBytes = 0;
  for (const { files } of state.buckets.values())
    for (const { body } of files.values()) usedBytes += body.length;
  if (usedBytes + sizeBytes > capacityBytes) throw refusal(507, 'Insufficient Storage');
  return takeBody(state, request);
};

const contentTypeOf = (request: IncomingMessage): string => {
  const type = request.headers['content-type'];
  if (type === undefined) throw refusal(400, 'Content-Type is missing');
  return type;
};

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};
