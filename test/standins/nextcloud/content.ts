import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { receive, temporaryIn, wantedHashes } from './body.ts';
import { type Exchange, header } from './exchange.ts';
import { conflict, DavError, notFound } from './failures.ts';
import type { Instance } from './instance.ts';
import type { FileNode, FolderNode, NewContent } from './tree.ts';

export interface Stored {
  file: FileNode;
  created: boolean;
  /** `X-Hash-…` and `X-OC-MTime`, where they were asked for. */
  headers: Record<string, string>;
}

/**
 * The body of a PUT as a file in a folder. Cut short it leaves no new file, but what had come of it in the place of
 * one that was there (measured on Nextcloud 32.0.1, local storage). Throws `DavError`.
 */
export const storeBody = async (
  instance: Instance,
  exchange: Exchange,
  parent: FolderNode,
  name: string,
): Promise<Stored> => {
  requireTime(exchange);
  const temporary = temporaryIn(instance.tree.diskPath(parent));
  const there = parent.children.get(name);
  try {
    const { bytes, digests } = await receive(exchange, temporary, there?.kind === 'file');
    return await commit(instance, exchange, { parent, name, temporary, bytes, digests });
  } catch (error) {
    if (there?.kind === 'file' && !exchange.request.complete) instance.tree.spoil(there, temporary);
    throw error;
  }
};

export interface Written {
  parent: FolderNode;
  name: string;
  temporary: string;
  bytes: number;
  digests: Record<string, string>;
}

/** Gives a written temporary file its place, with the checksum and time that the request's headers name. */
export const commit = async (instance: Instance, exchange: Exchange, written: Written): Promise<Stored> => {
  const { parent, name, temporary, bytes, digests } = written;
  const there = parent.children.get(name);
  const isGone = instance.tree.byId(parent.id) === undefined;
  if (isGone || there?.kind === 'folder') {
    await rm(temporary, { force: true });
    throw isGone ? notFound(parent.name) : conflict('PUT is not allowed on non-files.');
  }
  const file = instance.tree.putFile(parent, name, temporary, { bytes, ...contentHeaders(exchange) });
  await instance.save();
  return {
    file,
    created: there === undefined,
    headers: {
      ...(await hashHeaders(instance, exchange, digests, bytes, instance.tree.diskPath(file))),
      ...(header(exchange, 'x-oc-mtime') === undefined ? {} : { 'x-oc-mtime': 'accepted' }),
    },
  };
};

/** Throws `DavError` 500 for a time that is no number, before any byte is read. */
export const requireTime = (exchange: Exchange): void => {
  const sent = header(exchange, 'x-oc-mtime');
  if (sent !== undefined && !/^\d+$/.test(sent)) {
    throw new DavError(500, 'InvalidArgumentException', 'X-OC-MTime must be a unix timestamp');
  }
};

/** A checksum is kept as it was sent and never compared (measured on Nextcloud 32.0.1). */
const contentHeaders = (exchange: Exchange): Omit<NewContent, 'bytes'> => {
  const checksum = header(exchange, 'oc-checksum');
  const modified = header(exchange, 'x-oc-mtime');
  return {
    ...(checksum === undefined ? {} : { checksum }),
    ...(modified === undefined ? {} : { modifiedS: Number(modified) }),
  };
};

const falseHashBelowBytes = 100 * 1024 * 1024;

/** The answer to `X-Hash`; false where a fault or a switch says so. */
export const hashHeaders = async (
  instance: Instance,
  exchange: Exchange,
  digests: Record<string, string>,
  bytes: number,
  path: string,
): Promise<Record<string, string>> => {
  const { wrongHash } = instance.switches;
  const threefold = wrongHash === 'as-on-s3' && bytes < falseHashBelowBytes;
  const headers: Record<string, string> = {};
  for (const algorithm of wantedHashes(exchange)) {
    let digest = digests[algorithm] ?? '';
    if (threefold) digest = await hashThreeTimesOver(algorithm, path);
    if (exchange.effects.wrongHash === true || wrongHash === 'always') digest = digest.replaceAll(/./g, '0');
    headers[`x-hash-${algorithm}`] = digest;
  }
  return headers;
};

const hashThreeTimesOver = async (algorithm: string, path: string): Promise<string> => {
  const hash = createHash(algorithm);
  for (let round = 0; round < 3; round++) {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  }
  return hash.digest('hex');
};
