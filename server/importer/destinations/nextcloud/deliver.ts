import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure, isFailure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type Destination,
  defineDestination,
  manifestOf,
  type NextcloudEntry,
} from '../destination.ts';
import { manifestNameOf } from '../manifest.ts';
import { planPaths, safeName } from '../names.ts';
import { fillTemplate } from '../template.ts';
import { checkFolder } from './check.ts';
import { configSchema, kind, type NextcloudConfig } from './config.ts';
import { type Copied, copyFile } from './copy.ts';
import { findWhole, putManifest, remoteOf } from './manifest.ts';
import { createTarget, type Target } from './target.ts';
import { words } from './words.ts';

export const nextcloud = defineDestination({
  kind,
  words,
  configSchema,
  secretsGoTo: [],
  create: (config, _, tools): Destination => ({
    check: (signal) => checkFolder(config, tools, signal),
    async probe(delivery, context) {
      const target = createTarget(await delivery.nextcloud(), context.signal);
      return findWhole(target, pathOf(config, await placeOf(config, delivery, context)), delivery);
    },
    deliver: (delivery, context) => bringAll(config, delivery, context),
  }),
});

/** One attempt's view of the folders that it writes to. */
interface Attempt {
  target: Target;
  root: string;
  /** What each folder held when this attempt came to it, by path. */
  folders: Map<string, NextcloudEntry[]>;
  /** How many of the folders below `root` lead to the submission's own. */
  placeDepth: number;
  temporaryPrefix: string;
}

const checkpointSchema = z.object({ place: z.array(z.string()).min(1) });

/**
 * The folder of this submission, below the configured one. Once chosen it is kept, so that a request whose title was
 * changed in between is not delivered twice.
 */
const placeOf = async (
  config: NextcloudConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<string[]> => {
  const kept = checkpointSchema.safeParse(await context.checkpoint.load());
  const segments = kept.success ? kept.data.place : fillTemplate(config.template, delivery).folders;
  return segments.map(safeName);
};

const pathOf = ({ folder }: NextcloudConfig, segments: readonly string[]): string =>
  [folder, ...segments].join('/');

const bringAll = async (
  config: NextcloudConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered> => {
  const target = createTarget(await delivery.nextcloud(), context.signal);
  const place = await placeOf(config, delivery, context);
  const top = pathOf(config, place);
  await requireRoot(target, config.folder);
  await requireElsewhere(delivery, top);
  await context.checkpoint.save({ place });
  const attempt: Attempt = {
    target,
    root: config.folder,
    folders: new Map([[config.folder, []]]),
    placeDepth: place.length,
    temporaryPrefix: temporaryPrefixOf(delivery),
  };
  const manifestName = manifestNameOf(delivery);
  const { nameOf } = fillTemplate(config.template, delivery);
  const plan = planPaths(delivery.files, { reservedNames: [manifestName], nameOf, safe: storableName });
  const copies = new Map<string, Copied & { pathFromTop: string }>();
  for (const file of delivery.files) {
    context.signal.throwIfAborted();
    const { folders, name } = plan.of(file.id);
    const copied = await copyFile({
      target,
      file,
      parent: pathOf(config, [...place, ...folders]),
      held: await heldBy(attempt, [...place, ...folders]),
      name,
      isTaken: (other) => plan.isTaken(folders, other),
      temporaryPrefix: attempt.temporaryPrefix,
    });
    plan.take(folders, copied.entry.name);
    copies.set(file.id, { ...copied, pathFromTop: [...folders, copied.entry.name].join('/') });
  }
  const copyOf = (id: string) => {
    const copied = copies.get(id);
    if (copied === undefined) throw new Error('a file that was not copied');
    return copied;
  };
  // Last: it says that the files are whole.
  const manifest = manifestOf(delivery, ({ id }) => copyOf(id).pathFromTop, context.clock.now());
  const outcome = await putManifest(target, `${top}/${manifestName}`, manifest);
  return {
    alreadyThere: outcome === 'kept' && [...copies.values()].every(({ kept }) => kept),
    remote: delivery.files.map((file) => remoteOf(file, copyOf(file.id).entry)),
    place: top,
  };
};

/** A missing folder is never made: it may be renamed, or be a mount that is not there. */
const requireRoot = async (target: Target, folder: string): Promise<void> => {
  const root = await target.stat(folder);
  if (root === undefined)
    throw new Failure('destination.unavailable', {
      retry: 'later',
      details: { folder, problem: 'there is no such folder in the account of the request' },
    });
  if (root.kind !== 'directory')
    throw new Failure('destination.conflict', {
      details: { folder, problem: 'a file where a folder belongs' },
    });
};

/** With a folder and a template like the portal's own, the files would be brought to where they are. */
const requireElsewhere = async (delivery: Delivery, top: string): Promise<void> => {
  // What lies in a request's folder is found there and delivered: without end.
  if (delivery.requestFolder !== null && `${top}/`.startsWith(`${delivery.requestFolder}/`))
    throw new Failure('destination.conflict', {
      details: {
        folder: top,
        problem: "it lies in the request's own folder: choose one outside of requests",
      },
    });
  const source = await delivery.files[0]?.nextcloudPath().catch((error: unknown) => {
    if (isFailure(error, 'nextcloud.not-found')) return undefined;
    throw error;
  });
  if (source?.startsWith(`${top}/`))
    throw new Failure('destination.conflict', {
      details: {
        folder: top,
        problem: 'the files are in this folder already: choose one outside of requests',
      },
    });
};

/** Makes the folders below the root, and clears away what an attempt that was killed left in the submission's own. */
const heldBy = async (attempt: Attempt, segments: readonly string[]): Promise<NextcloudEntry[]> => {
  const { target, root, folders, placeDepth, temporaryPrefix } = attempt;
  const path = [root, ...segments].join('/');
  const known = folders.get(path);
  if (known !== undefined) return known;
  await heldBy(attempt, segments.slice(0, -1));
  const isOurs = segments.length >= placeDepth;
  const made = await target.makeDirectory(path);
  const entries = made === 'existed' && isOurs ? await target.list(path) : [];
  const isLeftOver = ({ name }: NextcloudEntry) => name.startsWith(temporaryPrefix);
  for (const entry of entries.filter(isLeftOver)) await target.remove(entry.path);
  const held = entries.filter((entry) => !isLeftOver(entry));
  folders.set(path, held);
  return held;
};

const temporaryPrefixOf = ({ key }: Delivery): string =>
  `.uketori-${createHash('sha256').update(key).digest('hex').slice(0, 16)}-`;

/** Nextcloud keeps names with these endings for what is still arriving. */
const storableName = (text: string): string => safeName(text).replace(/\.(part|filepart)$/i, '$&_');
