import { createHash } from 'node:crypto';
import type { Database } from '../../../db/client.ts';
import {
  AlreadyTaken,
  type Arrival,
  claimLook,
  type FoundSubmission,
  noteArrivals,
  ownFilesOf,
  type SeenFile,
  takeFound,
} from '../../../db/queries/found.ts';
import { isFailure } from '../../lib/failure.ts';
import { hashToken, newReceiptNumber, newToken } from '../../lib/ids.ts';
import type { Log } from '../../lib/log.ts';
import type { NextcloudEntry } from '../destinations/destination.ts';
import type { Source } from '../source.ts';
import { importedFolder } from '../tidy.ts';
import type { FolderTree } from './folder-tree.ts';

export interface LookOptions {
  db: Database;
  nextcloudFor(accountId: string): Promise<Source>;
  tree: FolderTree;
  log: Log;
  /** In which receipt numbers name the day. */
  zone: string;
  /** A file is taken when it has been as it is for so long; default 30 s. */
  settleSeconds?: number;
}

const settledAfterSeconds = 30;
/**
 * Files that are sent together come together, so what has settled waits for what lies beside it: for so many times as long
 * as a file takes to settle. Where files never stop coming it would wait for ever.
 */
const settlingTimesWaited = 10;
/** Two importers that are woken at once don't both look. */
const leastSecondsBetweenLooks = 1;

export interface Looked {
  /** Files that were not put there by the portal and don't stand still yet. */
  settling: number;
  /** Submissions made of those that do. */
  submissions: number;
}

/**
 * Looks for files in a request's folder that did not come through the portal: sent on the share's own page in Nextcloud, or
 * put there by staff or another system. What stands still is taken, by folder: each becomes a sealed submission with the
 * files that were found in it, and goes the same way as every other. What comes later is another submission.
 * @returns undefined when it is not looked at, or by another importer
 */
export const lookAtRequest = async (
  options: LookOptions,
  requestId: string,
  signal: AbortSignal,
): Promise<Looked | undefined> => {
  const request = await claimLook(options.db, requestId, leastSecondsBetweenLooks);
  if (request === 'just-looked') return { settling: 1, submissions: 0 };
  if (request === undefined || request.folderPath === null) return undefined;
  const nextcloud = await options.nextcloudFor(request.accountId);
  const { folderPath } = request;
  const entries = await options.tree
    .filesBelow(nextcloud.files, folderPath, signal)
    .catch((error: unknown) => {
      if (isFailure(error, 'nextcloud.not-found')) return [];
      throw error;
    });
  // After the listing: what the portal has put there since is known, and what it puts there now was not listed.
  const own = await ownFilesOf(options.db, requestId);
  const foreign = entries.map((entry) => seenFile(entry, folderPath)).filter((file) => isForeign(file, own));
  const settled = options.settleSeconds ?? settledAfterSeconds;
  const arrivals = await noteArrivals(options.db, requestId, foreign);
  const uploadedAt = new Map(foreign.map((file) => [file.fileId, file.uploadedAt]));
  const arrivedAt = (arrival: Arrival): Date =>
    arrivalOf(uploadedAt.get(arrival.fileId), { from: request.openedAt, by: arrival.sameSince });
  let submissions = 0;
  let settling = arrivals.length;
  for (const [folderName, group] of byFolder(arrivals)) {
    const files = group.filter(({ sameSeconds }) => sameSeconds >= settled);
    const mayWait = files.every(({ sameSeconds }) => sameSeconds < settled * settlingTimesWaited);
    if (files.length < group.length && mayWait) continue;
    const arrived = files.map((file) => ({ ...file, arrivedAt: arrivedAt(file) }));
    const taken = await take(options, nextcloud, { ...request, folderPath }, folderName, arrived, signal);
    if (!taken) continue;
    submissions += 1;
    settling -= files.length;
  }
  return { settling, submissions };
};

/**
 * When a file came. Nextcloud's own time of its upload, for the other two that it tells (`getlastmodified`, `creation_time`)
 * are set by whoever sends it (measured on 32.0.1, the public page included). One that staff have moved here was uploaded long
 * before, and where no time is told it came when it was found.
 * @param bounds `from`: it was not there before; `by`: it was seen by then. Both by the database's clock
 */
const arrivalOf = (uploadedAt: Date | undefined, bounds: { from: Date | null; by: Date }): Date => {
  const { from, by } = bounds;
  if (uploadedAt === undefined || uploadedAt.getTime() === 0 || uploadedAt > by) return by;
  return from !== null && uploadedAt < from ? from : uploadedAt;
};

interface Seen extends SeenFile {
  mark: string | undefined;
  uploadedAt: Date | undefined;
}

const seenFile = (entry: NextcloudEntry, folder: string): Seen => ({
  fileId: entry.fileId,
  path: entry.path.slice(folder.length + 1),
  etag: entry.etag,
  sizeBytes: entry.sizeBytes,
  mark: entry.mark,
  uploadedAt: entry.uploadedAt,
});

/** A file of the portal's is known by its number, by the mark it was stored with, or by the place that is kept for it. */
const isForeign = (file: Seen, own: Awaited<ReturnType<typeof ownFilesOf>>): boolean =>
  !own.fileIds.has(file.fileId) && file.mark?.startsWith('upl_') !== true && !own.paths.has(file.path);

/** By the first folder: on the share's own page that is the name that its visitor gave. */
const byFolder = (arrivals: readonly Arrival[]): Map<string, Arrival[]> => {
  const groups = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    const segments = arrival.path.split('/').slice(0, -1);
    // What lay beside a submission's files when they were moved out of the way lies there with them.
    const depth = segments[0] === importedFolder ? 2 : 1;
    const folder = segments.slice(0, depth).join('/');
    groups.set(folder, [...(groups.get(folder) ?? []), arrival]);
  }
  return groups;
};

interface Request {
  id: string;
  title: string;
  folderPath: string;
}

const take = async (
  options: LookOptions,
  nextcloud: Source,
  request: Request,
  folderName: string,
  arrivals: readonly (Arrival & { arrivedAt: Date })[],
  signal: AbortSignal,
): Promise<boolean> => {
  const files: FoundSubmission['files'] = [];
  for (const { sameSeconds: _, sameSince: __, ...file } of arrivals) {
    const path = `${request.folderPath}/${file.path}`;
    const sha256 = await hashOf(nextcloud, path, file, signal);
    // Changed or gone while it was read: the next look sees what it is then.
    if (sha256 === undefined) return false;
    files.push({ ...file, sha256 });
  }
  const found = {
    requestId: request.id,
    title: request.title,
    folderName,
    submitterName: folderName.split('/').at(-1) ?? '',
    // Nobody holds it: nothing can be sent to what was found.
    credentialHash: hashToken(newToken()),
    files,
  };
  for (let draw = 0; draw < 5; draw += 1) {
    const receiptNumber = newReceiptNumber(new Date(), options.zone);
    try {
      const deliveries = await takeFound(options.db, { ...found, receiptNumber });
      if (deliveries === undefined) continue;
      options.log.info({ request: request.id, receiptNumber, files: files.length }, 'found files were taken');
      return true;
    } catch (error) {
      if (error instanceof AlreadyTaken) return false;
      throw error;
    }
  }
  throw new Error('no free receipt number in five draws');
};

/** @returns undefined when it is another file by now, or was changed while it was read */
const hashOf = async (
  nextcloud: Source,
  path: string,
  file: SeenFile,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const hash = createHash('sha256');
  let readBytes = 0;
  try {
    const { body } = await nextcloud.files.get(path, { signal });
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash.update(chunk);
      readBytes += chunk.length;
    }
  } catch (error) {
    if (isFailure(error, 'nextcloud.not-found')) return undefined;
    throw error;
  }
  const after = await nextcloud.files.stat(path, { signal });
  const isSame = after?.fileId === file.fileId && after.etag === file.etag && readBytes === file.sizeBytes;
  return isSame ? hash.digest('hex') : undefined;
};
