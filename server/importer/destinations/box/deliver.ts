import { createHash } from 'node:crypto';
import { Failure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryFile,
  defineDestination,
  manifestOf,
  type RemoteFile,
} from '../destination.ts';
import { numbered, planPaths } from '../names.ts';
import { fillTemplate } from '../template.ts';
import { createApi } from './api.ts';
import { checkBox } from './check.ts';
import {
  type BoxConfig,
  type BoxSecrets,
  configSchema,
  kind,
  requireSecrets,
  secretsSchema,
} from './config.ts';
import { ensureFolder, fileInfo, look, type Taken } from './items.ts';
import { ensureLink } from './link.ts';
import { manifestNameOf, putManifest } from './manifest.ts';
import { piecesOf } from './pieces.ts';
import { findWhole, placeOf, type Tools } from './probe.ts';
import { createSignIn } from './sign-in.ts';
import { loadState, type State } from './state.ts';
import { upload } from './upload.ts';
import { words } from './words.ts';

/** Other files of the same name that are stepped aside for, before it is called a conflict. */
const mostNumbers = 100;
/** In which a file is read again that is only hashed. */
const hashedPieceBytes = 1024 * 1024;

export const box = defineDestination<BoxConfig, BoxSecrets>({
  kind,
  words,
  configSchema,
  secretsSchema,
  secretsGoTo: ['urls'],
  create(config, secrets, { http }) {
    requireSecrets(config, secrets);
    const api = createApi(config, createSignIn(config, secrets, http), http);
    const { sharedLink } = config;
    const link = sharedLink && { config: sharedLink, password: secrets.linkPassword };
    const tools: Tools = { config, api, link };
    return {
      check: (signal) => checkBox(tools, signal),
      probe: (delivery, context) => findWhole(tools, delivery, context),
      async deliver(delivery, context) {
        const state = await loadState(context);
        try {
          return await write(tools, delivery, context, state);
        } catch (error) {
          // What was learnt saves the next attempt work; that it can't be kept is not what went wrong.
          await state.save().catch(() => undefined);
          throw error;
        }
      },
    };
  },
});

/** One attempt's view of Box. */
interface Attempt extends Tools {
  delivery: Delivery;
  context: DeliveryContext;
  state: State;
  /** Ids, by path below the configured folder. */
  folders: Map<string, string>;
  /** Whether a file, a link or the mark had to be made. */
  changed: boolean;
}

const write = async (
  tools: Tools,
  delivery: Delivery,
  context: DeliveryContext,
  state: State,
): Promise<Delivered> => {
  const { config, api } = tools;
  const { signal, clock } = context;
  const place = placeOf(config, delivery, state);
  if (state.place === undefined) await state.setPlace(place);
  const attempt: Attempt = {
    ...tools,
    delivery,
    context,
    state,
    folders: new Map([['', config.folderId]]),
    changed: false,
  };
  const topId = await folderFor(attempt, place);
  const manifestName = manifestNameOf(config.template, delivery);
  const { nameOf } = fillTemplate(config.template, delivery);
  const plan = planPaths(delivery.files, { reservedNames: [manifestName], nameOf });
  const paths = new Map<string, string>();
  const remote: RemoteFile[] = [];
  const inBox: { file: string; id: string; sha1: string }[] = [];
  for (const file of delivery.files) {
    signal.throwIfAborted();
    const { folders, name } = plan.of(file.id);
    const parentId = await folderFor(attempt, [...place, ...folders]);
    const placed = await putFile(attempt, file, parentId, name, (other) => plan.isTaken(folders, other));
    if (!placed.kept) attempt.changed = true;
    plan.take(folders, placed.name);
    paths.set(file.id, [...folders, placed.name].join('/'));
    inBox.push({ file: file.id, id: placed.id, sha1: state.sha1Of(file.id) ?? '' });
    remote.push({
      file: file.id,
      id: placed.id,
      path: [...place, ...folders, placed.name].join('/'),
      link: (await shared(attempt, 'file', placed.id)) ?? `${config.urls.app}/file/${placed.id}`,
      sizeBytes: file.sizeBytes,
      verifiedBy: placed.kept ? 'sha1-compared' : 'sha1-told-by-box',
    });
  }
  const link = (await shared(attempt, 'folder', topId)) ?? `${config.urls.app}/folder/${topId}`;
  const manifest = manifestOf(delivery, (file) => paths.get(file.id) ?? '', clock.now());
  const outcome = await putManifest(api, topId, manifestName, { ...manifest, box: inBox }, signal);
  if (outcome === 'placed') attempt.changed = true;
  return { alreadyThere: !attempt.changed, remote, place: place.join('/'), link };
};

const shared = async (attempt: Attempt, of: 'file' | 'folder', id: string): Promise<string | undefined> => {
  const { api, link, delivery, context } = attempt;
  if (link?.config.of !== of) return undefined;
  const { signal, clock } = context;
  const { address, made } = await ensureLink(api, { type: `${of}s`, id }, link, {
    delivery,
    now: clock.now(),
    signal,
  });
  if (made) attempt.changed = true;
  return address;
};

const folderFor = async (attempt: Attempt, segments: readonly string[]): Promise<string> => {
  const key = segments.join('/');
  const known = attempt.folders.get(key);
  if (known !== undefined) return known;
  const parentId = await folderFor(attempt, segments.slice(0, -1));
  const id = await ensureFolder(attempt.api, parentId, segments.at(-1) ?? '', attempt.context.signal);
  attempt.folders.set(key, id);
  return id;
};

/**
 * Puts a file under its name, or keeps the one that is there with the same bytes. Where something else has the name, the next
 * free number is taken: what is there is never replaced.
 */
const putFile = async (
  attempt: Attempt,
  file: DeliveryFile,
  folderId: string,
  name: string,
  isTaken: (name: string) => boolean,
): Promise<{ id: string; name: string; kept: boolean }> => {
  const { api, state, context } = attempt;
  const { signal } = context;
  for (let number = 1; number <= mostNumbers; number += 1) {
    const candidate = numbered(name, number);
    if (number > 1 && isTaken(candidate)) continue;
    const there = await look(api, folderId, candidate, file.sizeBytes, signal);
    const outcome =
      there === undefined
        ? await upload({ api, file, folderId, name: candidate, state, signal })
        : { taken: there };
    if ('placed' in outcome) return { id: outcome.placed.id, name: candidate, kept: false };
    const ownId = await idIfOurs(attempt, file, outcome.taken);
    if (ownId === undefined) continue;
    // The session that brought it here, when only its last answer was lost.
    if (state.session?.file === file.id) await state.setSession(undefined);
    return { id: ownId, name: candidate, kept: true };
  }
  throw new Failure('destination.conflict', {
    details: { name, problem: 'too many other files of that name' },
  });
};

/** The file's id when it has our bytes. Ours are read for that only when their SHA-1 is not known, and the sizes are equal. */
const idIfOurs = async (
  { api, state, context: { signal } }: Attempt,
  file: DeliveryFile,
  taken: Taken,
): Promise<string | undefined> => {
  if (taken.type !== 'file' || taken.id === undefined) return undefined;
  const info = await fileInfo(api, taken.id, signal);
  if (info?.size !== file.sizeBytes) return undefined;
  if (state.sha1Of(file.id) === undefined) {
    const hash = createHash('sha1');
    for await (const piece of piecesOf(await file.open(), hashedPieceBytes, file.sizeBytes, signal))
      hash.update(piece);
    await state.remember(file, hash.digest('hex'));
  }
  return info.sha1 === state.sha1Of(file.id) ? info.id : undefined;
};
