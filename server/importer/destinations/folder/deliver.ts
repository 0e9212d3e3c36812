import { createHash, randomBytes } from 'node:crypto';
import { link, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import { inParallel } from '../../../lib/in-parallel.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryFile,
  type Destination,
  defineDestination,
  type Manifest,
  manifestOf,
  type RemoteFile,
} from '../destination.ts';
import { manifestBytes, manifestNameOf, tells } from '../manifest.ts';
import { numbered, type Plan, planPaths, safeName } from '../names.ts';
import { fillTemplate } from '../template.ts';
import { checkFolder } from './check.ts';
import { configSchema, type FolderConfig, kind } from './config.ts';
import { findWhole, readManifest } from './manifest.ts';
import { asFailure, confined, ensureFolder, hashOf, type Link, placeOnce, syncFolder } from './place.ts';
import { words } from './words.ts';
import { writeNew } from './write.ts';

/**
 * Twice as many as the Nextcloud client reads at once, so that it reads on while what came is synced to disk: with small
 * files that takes as long as the reading. Each holds two pieces in memory.
 */
const filesAtOnce = 8;
/** Other files of the same name that are stepped aside for, before it is called a conflict. */
const mostNumbers = 100;

/** One attempt's view of the folder it writes to. */
interface Attempt {
  delivery: Delivery;
  context: DeliveryContext;
  /** Real path of the configured folder: nothing is written outside of it. */
  root: string;
  /** Real path of the folder of this submission. */
  top: string;
  /** Folders made or written to, to be synced. */
  touched: Set<string>;
  /** Real paths, by path below `root`. */
  ensured: Map<string, string>;
  /** How many of the folders below `root` are those of the submission's own folder. */
  placeDepth: number;
  linkFile: Link;
  temporaryNumber: number;
}

/** Exported for tests that take hard links away; everyone else goes through `folder`. */
export const createFolderDestination = (config: FolderConfig, linkFile: Link = link): Destination => ({
  check: () => checkFolder(config.dir),
  async probe(delivery, context) {
    try {
      return await findWhole(
        await rootOf(config),
        await placeOf(config, delivery, context),
        delivery,
        context,
      );
    } catch (error) {
      throw asFailure(error);
    }
  },
  async deliver(delivery, context) {
    try {
      return await write(config, delivery, context, linkFile);
    } catch (error) {
      throw asFailure(error);
    }
  },
});

export const folder = defineDestination({
  kind,
  words,
  configSchema,
  secretsGoTo: [],
  create: (config) => createFolderDestination(config),
});

/** A missing folder is never made: it may be a mount that is not there, and what is below it is not the place. */
const rootOf = async (config: FolderConfig): Promise<string> => confined('/', await realpath(config.dir));

const checkpointSchema = z.object({ place: z.array(z.string()).min(1) });

/**
 * The folder of this submission, below `root`. Once chosen it is kept, so that a request whose title was changed
 * in between is not delivered twice.
 */
const placeOf = async (
  config: FolderConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<string[]> => {
  const kept = checkpointSchema.safeParse(await context.checkpoint.load());
  const segments = kept.success ? kept.data.place : fillTemplate(config.template, delivery).folders;
  return segments.map(safeName);
};

const write = async (
  config: FolderConfig,
  delivery: Delivery,
  context: DeliveryContext,
  linkFile: Link,
): Promise<Delivered> => {
  const root = await rootOf(config);
  const place = await placeOf(config, delivery, context);
  await context.checkpoint.save({ place });
  const attempt: Attempt = {
    delivery,
    context,
    root,
    top: root,
    touched: new Set(),
    ensured: new Map([['', root]]),
    placeDepth: place.length,
    linkFile,
    temporaryNumber: 0,
  };
  attempt.top = await folderFor(attempt, place);

  const manifestName = manifestNameOf(delivery);
  const { nameOf } = fillTemplate(config.template, delivery);
  const plan = planPaths(delivery.files, { reservedNames: [manifestName], nameOf });
  // The folders first, one by one: making one clears it of what an attempt that was killed has left.
  const wanted: Wanted[] = [];
  for (const file of delivery.files) {
    context.signal.throwIfAborted();
    const { folders, name } = plan.of(file.id);
    wanted.push({ file, folders, name, parent: await folderFor(attempt, [...place, ...folders]) });
  }
  const placed = await inParallel(wanted, filesAtOnce, context.signal, (each, signal) =>
    putFile(attempt, plan, each, signal),
  );
  const paths = new Map(placed.map(({ file, folders, name }) => [file.id, [...folders, name].join('/')]));
  const remote = placed.map(
    ({ file, kept }): RemoteFile => ({
      file: file.id,
      path: [...place, paths.get(file.id)].join('/'),
      sizeBytes: file.sizeBytes,
      verifiedBy: kept ? 'sha256-read-back' : 'sha256-while-writing',
    }),
  );
  // The files first, and for good: the manifest says that they are whole.
  for (const path of attempt.touched) await syncFolder(path);
  const manifest = manifestOf(delivery, (file) => paths.get(file.id) ?? '', context.clock.now());
  const outcome = await putManifest(attempt, manifestName, manifest);
  await syncFolder(attempt.top);
  const kept = outcome === 'kept' && remote.every(({ verifiedBy }) => verifiedBy === 'sha256-read-back');
  return { alreadyThere: kept, remote, place: place.join('/') };
};

/** Makes a folder below `root`, and clears away what an attempt that was killed left in it. */
const folderFor = async (attempt: Attempt, segments: readonly string[]): Promise<string> => {
  const key = segments.join('/');
  const known = attempt.ensured.get(key);
  if (known !== undefined) return known;
  const parent = await folderFor(attempt, segments.slice(0, -1));
  const { path, made } = await ensureFolder(attempt.root, parent, segments.at(-1) ?? '');
  attempt.ensured.set(key, path);
  attempt.touched.add(path);
  if (made) attempt.touched.add(parent);
  else if (segments.length >= attempt.placeDepth)
    for (const name of await readdir(path))
      if (name.startsWith(temporaryPrefix(attempt.delivery))) await rm(join(path, name), { force: true });
  return path;
};

const temporaryPrefix = (delivery: Delivery): string =>
  `.uketori-${createHash('sha256').update(delivery.key).digest('hex').slice(0, 16)}-`;

/** A name that no other attempt has: a stale twin must never finish what this one is still writing. */
const temporaryName = (attempt: Attempt): string => {
  attempt.temporaryNumber += 1;
  return `${temporaryPrefix(attempt.delivery)}${attempt.temporaryNumber}-${randomBytes(4).toString('hex')}.part`;
};

/** A file, and the place that was decided for it beforehand. */
interface Wanted {
  file: DeliveryFile;
  folders: string[];
  name: string;
  /** Real path of its folder. */
  parent: string;
}

/**
 * Puts a file under its name, or keeps the one that is there with the same bytes. Where other bytes have the
 * name, the next free number is taken: what is there is never replaced.
 * @returns `name`: the one that it has; `kept`: it was there
 */
const putFile = async (
  attempt: Attempt,
  plan: Plan,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Wanted & { kept: boolean }> => {
  const { file, folders, parent } = wanted;
  const temporary = join(parent, temporaryName(attempt));
  let isWritten = false;
  try {
    for (let number = 1; number <= mostNumbers; number += 1) {
      const name = numbered(wanted.name, number);
      // Taken before it is tried: others step aside meanwhile.
      if (number > 1 && plan.isTaken(folders, name)) continue;
      plan.take(folders, name);
      const final = join(parent, name);
      const isThere = async () => (await hashOf(final, file.sizeBytes, signal)) === file.sha256;
      if (!isWritten) {
        if (await isThere()) return { ...wanted, name, kept: true };
        await writeNew(temporary, await file.open(), file.sizeBytes, signal);
        isWritten = true;
      }
      if ((await placeOnce(temporary, final, attempt.linkFile)) === 'placed') {
        isWritten = false;
        return { ...wanted, name, kept: false };
      }
      if (await isThere()) return { ...wanted, name, kept: true };
    }
  } finally {
    if (isWritten) await rm(temporary, { force: true });
  }
  throw new Failure('destination.conflict', {
    details: { name: wanted.name, problem: 'too many other files of that name' },
  });
};

/**
 * Writes the manifest, which is the mark that the delivery is whole. Only this delivery's own, when it no longer
 * tells the truth, is ever replaced.
 */
const putManifest = async (
  attempt: Attempt,
  name: string,
  manifest: Manifest,
): Promise<'placed' | 'kept'> => {
  const temporary = join(attempt.top, temporaryName(attempt));
  const final = join(attempt.top, name);
  const text = manifestBytes(manifest);
  await writeNew(temporary, Readable.from([text]), text.length, attempt.context.signal);
  try {
    if ((await placeOnce(temporary, final, attempt.linkFile)) === 'placed') return 'placed';
    const found = await readManifest(final);
    if (typeof found === 'object' && found.deliveryKey === manifest.deliveryKey) {
      if (tells(found, manifest)) return 'kept';
    } else if (found !== 'empty')
      throw new Failure('destination.conflict', { details: { name, problem: 'another manifest is there' } });
    await rename(temporary, final);
    return 'placed';
  } finally {
    await rm(temporary, { force: true });
  }
};
