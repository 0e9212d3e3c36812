import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { OutgoingReply } from '../../../lib/outgoing/client.ts';
import { retryAfter } from '../../../lib/outgoing/status.ts';
import type { BoxApi } from './api.ts';
import { codeOf, failureOfBox, read } from './failures.ts';

/** What has a name in a folder already: names are unique among files, folders and links, whatever their case. */
export interface Taken {
  type: string;
  id?: string | undefined;
  /** Of a file; lower-case hex. */
  sha1?: string | undefined;
}

const taken = z.object({
  type: z.string(),
  id: z.string(),
  sha1: z
    .string()
    .transform((text) => text.toLowerCase())
    .optional(),
});
/** One conflict comes as it is or as a list of one, whichever call it was. */
const conflictSchema = z.object({
  context_info: z.object({ conflicts: z.union([taken, z.tuple([taken], taken)]) }),
});

/** @returns undefined when the answer is about something else than a name that is taken */
export const takenOf = (reply: OutgoingReply): Taken | undefined => {
  if (reply.status !== 409 || codeOf(reply).code !== 'item_name_in_use') return undefined;
  const parsed = conflictSchema.safeParse(reply.json());
  if (!parsed.success) return { type: 'unknown' };
  const { conflicts } = parsed.data.context_info;
  return Array.isArray(conflicts) ? conflicts[0] : conflicts;
};

/**
 * What has this name in a folder, found by asking whether a file of that name would be accepted: one call, however full
 * the folder is, and it changes nothing. Asks for permission as well, and with a size for limit and space.
 * @throws Failure for what would be refused
 */
export const look = async (
  api: BoxApi,
  folderId: string,
  name: string,
  sizeBytes: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Taken | undefined> => {
  const reply = await api.call({
    method: 'OPTIONS',
    url: { at: 'api', path: '/files/content' },
    body: { json: { name, size: sizeBytes, parent: { id: folderId } } },
    signal,
  });
  if (reply.status === 200) return undefined;
  const found = takenOf(reply);
  if (found === undefined) throw failureOfBox(reply, 'look for a name');
  return found;
};

const folderSchema = z.object({ id: z.string() });

/** Makes a folder, or takes the one that is there. @throws Failure `destination.conflict` where a file has the name */
export const ensureFolder = async (
  api: BoxApi,
  parentId: string,
  name: string,
  signal: AbortSignal,
): Promise<string> => {
  const reply = await api.call({
    method: 'POST',
    url: { at: 'api', path: '/folders' },
    body: { json: { name, parent: { id: parentId } } },
    signal,
  });
  if (reply.status === 201) return read(folderSchema, reply, 'make a folder').id;
  const found = takenOf(reply);
  if (found === undefined) throw failureOfBox(reply, 'make a folder');
  if (found.type === 'folder' && found.id !== undefined) return found.id;
  throw new Failure('destination.conflict', {
    details: { name, problem: 'a file where a folder belongs' },
  });
};

const fileSchema = z.object({
  id: z.string(),
  etag: z.string(),
  name: z.string(),
  size: z.number(),
  sha1: z.string().transform((text) => text.toLowerCase()),
  item_status: z.string(),
  path_collection: z.object({ entries: z.array(z.object({ id: z.string(), name: z.string() })) }),
});
export type FileInfo = z.output<typeof fileSchema>;

/** @returns undefined where there is no such file any more, or it is in the trash */
export const fileInfo = async (
  api: BoxApi,
  id: string,
  signal: AbortSignal,
): Promise<FileInfo | undefined> => {
  const fields = 'id,etag,name,size,sha1,item_status,path_collection';
  const path = `/files/${encodeURIComponent(id)}?fields=${fields}`;
  const reply = await api.call({ method: 'GET', url: { at: 'api', path }, signal });
  if (reply.status === 404 || reply.status === 410) return undefined;
  if (reply.status !== 200) throw failureOfBox(reply, 'look at a file');
  const info = read(fileSchema, reply, 'look at a file');
  return info.item_status === 'active' ? info : undefined;
};

/**
 * A small file's text. Box answers with another address, good for a while and without a token: none is sent there.
 * @throws Failure `destination.unavailable` when Box is not ready to give it out yet
 */
export const readText = async (
  api: BoxApi,
  id: string,
  mostAnswerBytes: number,
  signal: AbortSignal,
): Promise<string> => {
  const what = 'read a file';
  const path = `/files/${encodeURIComponent(id)}/content`;
  const reply = await api.call({ method: 'GET', url: { at: 'api', path }, mostAnswerBytes, signal });
  if (reply.status === 202)
    throw new Failure('destination.unavailable', {
      retry: retryAfter(reply.headers['retry-after']),
      details: { what, status: 202 },
    });
  const { location } = reply.headers;
  const second =
    reply.status === 302 && location !== undefined
      ? await api.fetch(location, { signal, mostAnswerBytes })
      : reply;
  if (second.status !== 200) throw failureOfBox(second, what);
  return second.text;
};
