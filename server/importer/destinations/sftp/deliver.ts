import { createHash, randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryFile,
  defineDestination,
  type Manifest,
  manifestOf,
  type RemoteFile,
} from '../destination.ts';
import { manifestBytes, manifestNameOf, tells } from '../manifest.ts';
import { numbered, planPaths, safeName } from '../names.ts';
import { fillTemplate } from '../template.ts';
import { checkServer } from './check.ts';
import { configSchema, kind, type SftpConfig, secretsSchema } from './config.ts';
import { asFailure, unavailable } from './failures.ts';
import { findWhole, readManifest } from './manifest.ts';
import { ensureFolder, type Naming, namingIn, placeOnce, remove, rootOf } from './place.ts';
import { type Session, withSession } from './session.ts';
import { hashOf, writeNew } from './transfer.ts';
import { words } from './words.ts';

const { join } = posix;

/** Other files of the same name that are stepped aside for, before it is called a conflict. */
const mostNumbers = 100;

/** One attempt's view of the folder it writes to. */
interface Attempt {
  session: Session;
  delivery: Delivery;
  /** Real path of the configured folder: nothing is written outside of it. */
  root: string;
  /** Real path of the folder of this submission. */
  top: string;
  /** Real paths, by path below `root`. */
  ensured: Map<string, string>;
  /** How many of the folders below `root` are those of the submission's own folder. */
  placeDepth: number;
  naming: Naming;
}

export const sftp = defineDestination({
  kind,
  words,
  configSchema,
  secretsSchema,
  secretsGoTo: ['host', 'port', 'hostKey'],
  create(config, secrets, { guard }) {
    const way = { config, secrets, guard };
    const inSession = async <Result>(
      { signal }: DeliveryContext,
      work: (session: Session) => Promise<Result>,
    ): Promise<Result> => {
      try {
        return await withSession(way, signal, work);
      } catch (error) {
        throw asFailure(error);
      }
    };
    return {
      check: (signal = new AbortController().signal) => checkServer(way, signal),
      probe: (delivery, context) =>
        inSession(context, async (session) => {
          const place = await placeOf(config, delivery, context);
          return findWhole(session, await rootOf(session, config.directory), place, delivery);
        }),
      deliver: (delivery, context) =>
        inSession(context, (session) => write(session, config, delivery, context)),
    };
  },
});

const checkpointSchema = z.object({ place: z.array(z.string()).min(1) });

/**
 * The folder of this submission, below `root`. Once chosen it is kept, so that a request whose title was changed in between is
 * not delivered twice.
 */
const placeOf = async (
  config: SftpConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<string[]> => {
  const kept = checkpointSchema.safeParse(await context.checkpoint.load());
  const segments = kept.success ? kept.data.place : fillTemplate(config.template, delivery).folders;
  return segments.map(safeName);
};

const write = async (
  session: Session,
  config: SftpConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered> => {
  const root = await rootOf(session, config.directory);
  const place = await placeOf(config, delivery, context);
  await context.checkpoint.save({ place });
  const attempt: Attempt = {
    session,
    delivery,
    root,
    top: root,
    ensured: new Map([['', root]]),
    placeDepth: place.length,
    naming: 'hard-link',
  };
  attempt.top = await folderFor(attempt, place);
  attempt.naming = await namingIn(session, attempt.top, () => temporaryName(attempt));

  const manifestName = manifestNameOf(delivery);
  const { nameOf } = fillTemplate(config.template, delivery);
  const plan = planPaths(delivery.files, { reservedNames: [manifestName], nameOf });
  const paths = new Map<string, string>();
  const remote: RemoteFile[] = [];
  let allKept = true;
  for (const file of delivery.files) {
    context.signal.throwIfAborted();
    const { folders, name } = plan.of(file.id);
    const parent = await folderFor(attempt, [...place, ...folders]);
    const placed = await putFile(attempt, file, parent, name, (other) => plan.isTaken(folders, other));
    plan.take(folders, placed.name);
    paths.set(file.id, [...folders, placed.name].join('/'));
    remote.push({
      file: file.id,
      path: [...place, ...folders, placed.name].join('/'),
      sizeBytes: file.sizeBytes,
      verifiedBy: 'sha256-read-back',
    });
    allKept &&= placed.kept;
  }
  const manifest = manifestOf(delivery, (file) => paths.get(file.id) ?? '', context.clock.now());
  const outcome = await putManifest(attempt, manifestName, manifest);
  return { alreadyThere: allKept && outcome === 'kept', remote, place: place.join('/') };
};

/** Makes a folder below `root`, and clears away what an attempt that was killed left in it. */
const folderFor = async (attempt: Attempt, segments: readonly string[]): Promise<string> => {
  const { session, root } = attempt;
  const key = segments.join('/');
  const known = attempt.ensured.get(key);
  if (known !== undefined) return known;
  const parent = await folderFor(attempt, segments.slice(0, -1));
  const { path, made } = await ensureFolder(session, root, parent, segments.at(-1) ?? '');
  attempt.ensured.set(key, path);
  if (!made && segments.length >= attempt.placeDepth)
    for (const name of await namesIn(session, path))
      if (name.startsWith(temporaryPrefix(attempt.delivery))) await remove(session, join(path, name));
  return path;
};

const namesIn = async ({ sftp, call }: Session, path: string): Promise<string[]> =>
  (await call<{ filename: string }[]>((done) => sftp.readdir(path, done))).map(({ filename }) => filename);

const temporaryPrefix = (delivery: Delivery): string =>
  `.uketori-${createHash('sha256').update(delivery.key).digest('hex').slice(0, 16)}-`;

/** A name that no other attempt has: a stale twin must never finish what this one is still writing. */
const temporaryName = (attempt: Attempt): string =>
  `${temporaryPrefix(attempt.delivery)}${randomBytes(8).toString('hex')}.part`;

/**
 * Puts a file under its name, or keeps the one that is there with the same bytes. Where other bytes have the name, the next
 * free number is taken: what is there is never replaced.
 */
const putFile = async (
  attempt: Attempt,
  file: DeliveryFile,
  parent: string,
  name: string,
  isTaken: (name: string) => boolean,
): Promise<{ name: string; kept: boolean }> => {
  const { session, naming } = attempt;
  const temporary = join(parent, temporaryName(attempt));
  let written = false;
  for (let number = 1; number <= mostNumbers; number += 1) {
    const candidate = numbered(name, number);
    if (number > 1 && isTaken(candidate)) continue;
    const final = join(parent, candidate);
    const same = async () => (await hashOf(session, final, file.sizeBytes)) === file.sha256;
    if (!written && (await same())) return { name: candidate, kept: true };
    if (!written) await writeChecked(session, temporary, file);
    written = true;
    if ((await placeOnce(session, naming, temporary, final)) === 'placed')
      return { name: candidate, kept: false };
    if (await same()) {
      await remove(session, temporary);
      return { name: candidate, kept: true };
    }
  }
  if (written) await remove(session, temporary);
  throw new Failure('destination.conflict', {
    details: { name, problem: 'too many other files of that name' },
  });
};

/** Read back before it gets its name: what is visible under it is what was sent. */
const writeChecked = async (session: Session, temporary: string, file: DeliveryFile): Promise<void> => {
  await writeNew(session, temporary, await file.open(), file.sizeBytes);
  if ((await hashOf(session, temporary, file.sizeBytes)) === file.sha256) return;
  await remove(session, temporary);
  throw unavailable({ reason: 'other bytes came back than were sent' });
};

/**
 * Writes the manifest, which is the mark that the delivery is whole. Only this delivery's own, when it no longer tells the
 * truth, is ever replaced.
 */
const putManifest = async (
  attempt: Attempt,
  name: string,
  manifest: Manifest,
): Promise<'placed' | 'kept'> => {
  const { session, naming, top } = attempt;
  const temporary = join(top, temporaryName(attempt));
  const final = join(top, name);
  const bytes = manifestBytes(manifest);
  await writeNew(session, temporary, Readable.from([bytes]), bytes.length);
  try {
    if ((await placeOnce(session, naming, temporary, final)) === 'placed') return 'placed';
    const found = await readManifest(session, final);
    if (typeof found === 'object' && found.deliveryKey === manifest.deliveryKey) {
      if (tells(found, manifest)) return 'kept';
    } else if (found !== 'empty')
      throw new Failure('destination.conflict', { details: { name, problem: 'another manifest is there' } });
    await remove(session, final);
    if ((await placeOnce(session, naming, temporary, final)) === 'placed') return 'placed';
    throw unavailable({ reason: 'another attempt has written its manifest' });
  } finally {
    await remove(session, temporary).catch(() => undefined);
  }
};
