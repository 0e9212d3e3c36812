import type { Delivered, Delivery, DeliveryContext, RemoteFile } from '../destination.ts';
import { safeName } from '../names.ts';
import { fillTemplate } from '../template.ts';
import type { BoxApi } from './api.ts';
import type { BoxConfig } from './config.ts';
import { type FileInfo, fileInfo, look } from './items.ts';
import { findLink, type WantedLink } from './link.ts';
import { findManifest, type KnownManifest, manifestNameOf } from './manifest.ts';
import { loadState, type State } from './state.ts';

/** What deliveries are made with. */
export interface Tools {
  config: BoxConfig;
  api: BoxApi;
  link: WantedLink | undefined;
}

/**
 * The names of a submission's folders. Once chosen they are kept, so that a request whose title was changed in between
 * is not delivered twice.
 */
export const placeOf = (config: BoxConfig, delivery: Delivery, state: State): string[] =>
  (state.place ?? fillTemplate(config.template, delivery).folders).map(safeName);

/**
 * A manifest with this delivery's key, whose files Box still has below the submission's folder, with the size and the SHA-1
 * that they were uploaded with; and the shared links.
 */
export const findWhole = async (
  { config, api, link }: Tools,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered | undefined> => {
  const { signal } = context;
  const state = await loadState(context);
  const place = placeOf(config, delivery, state);
  const topId = await findFolder(api, config.folderId, place, signal);
  if (topId === undefined) return undefined;
  const manifestName = manifestNameOf(config.template, delivery);
  const manifest = await findManifest(api, topId, manifestName, delivery, signal);
  if (manifest === undefined) return undefined;
  const remote: RemoteFile[] = [];
  for (const file of delivery.files) {
    const found = await foundFile(api, file, manifest, state, signal);
    const folders = found && foldersBelow(found, topId);
    if (found === undefined || folders === undefined) return undefined;
    const shared =
      link?.config.of === 'file' ? await findLink(api, { type: 'files', id: found.id }, signal) : undefined;
    if (link?.config.of === 'file' && shared === undefined) return undefined;
    remote.push({
      file: file.id,
      id: found.id,
      path: [...place, ...folders, found.name].join('/'),
      link: shared ?? `${config.urls.app}/file/${found.id}`,
      sizeBytes: found.size,
      verifiedBy: 'sha1-told-by-box',
    });
  }
  const shared =
    link?.config.of === 'folder' ? await findLink(api, { type: 'folders', id: topId }, signal) : undefined;
  if (link?.config.of === 'folder' && shared === undefined) return undefined;
  return {
    alreadyThere: true,
    remote,
    place: place.join('/'),
    link: shared ?? `${config.urls.app}/folder/${topId}`,
  };
};

const findFolder = async (
  api: BoxApi,
  rootId: string,
  place: string[],
  signal: AbortSignal,
): Promise<string | undefined> => {
  let id = rootId;
  for (const name of place) {
    const taken = await look(api, id, name, undefined, signal);
    if (taken?.type !== 'folder' || taken.id === undefined) return undefined;
    id = taken.id;
  }
  return id;
};

const foundFile = async (
  api: BoxApi,
  { id, sha256, sizeBytes }: { id: string; sha256: string; sizeBytes: number },
  manifest: KnownManifest,
  state: State,
  signal: AbortSignal,
): Promise<FileInfo | undefined> => {
  const entry = manifest.files.find((known) => known.id === id);
  const inBox = manifest.box.find((known) => known.file === id);
  if (entry?.sha256 !== sha256 || inBox === undefined) return undefined;
  const info = await fileInfo(api, inBox.id, signal);
  if (info?.size !== sizeBytes || info.sha1 !== inBox.sha1) return undefined;
  // The manifest may have been written by anyone who can write there: what we know ourselves goes before it.
  return (state.sha1Of(id) ?? info.sha1) === info.sha1 ? info : undefined;
};

/** @returns undefined when the file is somewhere else by now */
const foldersBelow = ({ path_collection: { entries } }: FileInfo, topId: string): string[] | undefined => {
  const top = entries.findIndex(({ id }) => id === topId);
  return top < 0 ? undefined : entries.slice(top + 1).map(({ name }) => name);
};
