import type { Readable } from 'node:stream';
import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { OutgoingCall, OutgoingReply } from '../../../lib/outgoing/client.ts';
import type { Acl } from './config.ts';
import { failureOf, read, reasonOf } from './failures.ts';
import { drained, heldBack } from './hold.ts';
import type { Baas } from './session.ts';

const metaSchema = z
  .object({
    _id: z.string().nullish(),
    filename: z.string(),
    length: z.number(),
    metaETag: z.string().nullish(),
    fileETag: z.string().nullish(),
    publicUrl: z.string().nullish(),
    options: z.record(z.string(), z.unknown()).nullish().catch(undefined),
    _deleted: z.boolean().nullish(),
  })
  .transform(({ _id: id, _deleted: deleted, ...told }) => ({ id, deleted, ...told }));

/** What the BaaS knows of a file. */
export type Meta = z.output<typeof metaSchema>;

/** What a file in the bucket is made of. */
export interface Content {
  contentType: string;
  sizeBytes: number;
  /** From the first byte, each time. */
  open(): Promise<Readable>;
  /** Readable for whoever may read the file. */
  options: Record<string, string>;
  acl: Acl;
}

/** The files of one bucket, for one attempt. */
export interface Files {
  /** @returns `closed` for a file whose meta this account may not read, and for all of them without the right to read */
  meta(name: string): Promise<Meta | 'closed' | undefined>;
  /** @returns `taken` when there is a file of that name */
  create(name: string, content: Content): Promise<Meta | 'taken'>;
  /** Replaces the bytes of exactly the file that was seen; options and ACL stay. @throws Failure conflict (later) */
  replace(seen: Meta, content: Content): Promise<Meta>;
  /** @throws Failure `destination.conflict` (later) when there is none */
  text(name: string, mostBytes: number): Promise<string>;
  /** Says the same address again for a file that has one. */
  publish(name: string): Promise<Meta>;
  unpublish(seen: Meta): Promise<Meta | undefined>;
  /** Removes exactly the file that was seen. @throws Failure `destination.conflict` (later) when it has changed */
  remove(seen: Meta): Promise<void>;
}

export const filesOf = (baas: Baas, bucket: string, signal: AbortSignal): Files => {
  const path = (name: string, ...more: string[]) => ['files', bucket, name, ...more];
  const one = async (method: 'GET' | 'PUT' | 'DELETE', name: string, more: string[], query = {}) =>
    baas.call({ method, path: path(name, ...more), query }, signal);

  return {
    async meta(name) {
      const reply = await one('GET', name, ['meta']);
      if (reply.status === 404) return undefined;
      if (reply.status === 403) return 'closed';
      if (reply.status !== 200) throw failureOf(reply, 'look at a file', { name });
      const meta = read(reply, metaSchema, 'look at a file');
      return meta.deleted === true ? undefined : meta;
    },

    async create(name, content) {
      const reply = await sent(content, signal, (body) =>
        baas.call({ method: 'POST', path: path(name), headers: headersOf(content), body }, signal),
      );
      if (reasonOf(reply) === 'duplicate_filename') return 'taken';
      return stored(reply, content, 'create a file', name);
    },

    async replace(seen, content) {
      const query = etagsOf(seen);
      // Without both, it could be another file by now that is replaced.
      if (query.metaETag === undefined || query.fileETag === undefined)
        throw new Failure('destination.conflict', {
          details: {
            name: seen.filename,
            problem: 'an unfinished file of ours can not be told from a later one',
          },
        });
      const reply = await sent(content, signal, (body) =>
        baas.call({ method: 'PUT', path: path(seen.filename), query, body }, signal),
      );
      return stored(reply, content, 'replace an unfinished file', seen.filename);
    },

    async text(name, mostAnswerBytes) {
      const reply = await baas.call({ method: 'GET', path: path(name), mostAnswerBytes }, signal);
      if (reply.status === 200) return reply.text;
      if (reply.status !== 404) throw failureOf(reply, 'read a file', { name });
      throw new Failure('destination.conflict', {
        retry: 'later',
        details: { name, problem: 'it was removed while it was read' },
      });
    },

    async publish(name) {
      const reply = await one('PUT', name, ['publish']);
      if (reply.status !== 200) throw failureOf(reply, 'publish a file', { name });
      return read(reply, metaSchema, 'publish a file');
    },

    async unpublish(seen) {
      const { metaETag } = etagsOf(seen);
      const reply = await one('DELETE', seen.filename, ['publish'], { metaETag });
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw failureOf(reply, 'unpublish a file', { name: seen.filename });
      return read(reply, metaSchema, 'unpublish a file');
    },

    async remove(seen) {
      const reply = await one('DELETE', seen.filename, [], etagsOf(seen));
      if (reply.status >= 300 && reply.status !== 404)
        throw failureOf(reply, 'remove a file', { name: seen.filename });
    },
  };
};

/** Sends a content, opened anew for each call that is made of it, and lets nothing of it stay open. */
const sent = async (
  content: Content,
  signal: AbortSignal,
  call: (body: () => Promise<OutgoingCall['body']>) => Promise<OutgoingReply>,
): Promise<OutgoingReply> => {
  const opened: Readable[] = [];
  try {
    return await call(async () => {
      const { sizeBytes, contentType } = content;
      const source = await content.open();
      if (sizeBytes === 0) {
        await drained(source, signal);
        return { bytes: Buffer.alloc(0), contentType };
      }
      const stream = heldBack(source);
      opened.push(stream);
      return { stream, sizeBytes, contentType };
    });
  } finally {
    // An answer may come before all has been sent: a refusal.
    for (const stream of opened) stream.destroy();
  }
};

const stored = (reply: OutgoingReply, content: Content, doing: string, name: string): Meta => {
  if (reply.status === 404)
    throw new Failure('destination.unavailable', {
      retry: 'later',
      details: { doing, status: 404, name, problem: 'there is no such bucket, or the file is gone' },
    });
  if (reply.status !== 200) throw failureOf(reply, doing, { name, sizeBytes: content.sizeBytes });
  const meta = read(reply, metaSchema, doing);
  if (meta.length === content.sizeBytes) return meta;
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { doing, name, problem: 'another length was stored', storedBytes: meta.length },
  });
};

const etagsOf = ({ metaETag, fileETag }: Meta) => ({
  metaETag: metaETag ?? undefined,
  fileETag: fileETag ?? undefined,
});

const headersOf = ({ acl, options }: Content) => ({
  'x-acl': asHeader(acl),
  'x-meta-options': asHeader(options),
});

/** JSON in ASCII: what else a header's bytes mean is for nobody to guess. */
const asHeader = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
