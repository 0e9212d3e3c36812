import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { openStored, pathOfStored } from '../../../../server/importer/source.ts';
import type { Entry, Files, Nextcloud } from '../../../../server/nextcloud/index.ts';
import type { FaultRule } from '../../../standins/nextcloud/standin.ts';
import { closeServer, makeFolder, openServer, type Server } from '../../nextcloud/server.ts';
import { fileOf, sha256Of, type TestFile } from '../deliveries.ts';
import type { Harness, Place, Trouble } from '../harness.ts';
import { nextcloudOf, openSettings } from '../tools.ts';

/** Set as for the facts of Nextcloud: then a real server answers, and can't be told to fail. */
export const isReal = (process.env.NEXTCLOUD_URL ?? '') !== '';

const faults: Record<Exclude<Trouble, 'signed-out'>, FaultRule> = {
  throttled: { method: 'COPY', action: { reply: 429, headers: { 'retry-after': '2' } } },
  failing: { method: 'COPY', action: { reply: 500, when: 'after' } },
  'answer-lost': { method: 'MOVE', action: { drop: 'after' } },
  hanging: { method: 'COPY', action: { hang: 'before' } },
};

export interface NextcloudTestPlace extends Place {
  server: Server;
  nextcloud: Nextcloud;
  /** Where copies go; `<base>/requests/Tax/<receipt>` is where files come from. */
  folder: string;
  base: string;
  file(path: string, bytes: Buffer): Promise<TestFile & { storedPath: string }>;
}

const isMark = (path: string): boolean => /\/manifest(-fil_[0-9a-f]+)?\.json$/.test(path);

export const filesBelow = async (files: Files, folder: string): Promise<Entry[]> => {
  const found: Entry[] = [];
  for (const entry of await files.list(folder))
    found.push(...(entry.kind === 'file' ? [entry] : await filesBelow(files, entry.path)));
  return found;
};

export const bytesAt = async (files: Files, path: string): Promise<Buffer> =>
  buffer((await files.get(path)).body);

const hashAt = async (files: Files, path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline((await files.get(path)).body, hash);
  return hash.digest('hex');
};

/** As the folder of a request has it: one folder for the submission. */
const storedFile = async (
  nextcloud: Nextcloud,
  requestFolder: string,
  storedName: string,
  path: string,
  bytes: Buffer,
) => {
  const storedPath = `${requestFolder}/261122-00000 Yamada/${storedName}`;
  const sha256 = sha256Of(bytes);
  const put = await nextcloud.files.put(storedPath, bytes, {
    sizeBytes: bytes.length,
    createOnly: true,
    sha256,
  });
  const fileId = put.fileId ?? 0;
  const stored = {
    requestFolder,
    path: `261122-00000 Yamada/${storedName}`,
    fileId,
    sizeBytes: bytes.length,
    sha256,
  };
  const signal = new AbortController().signal;
  const file = { ...fileOf(path, bytes), storedPath, nextcloudFileId: fileId };
  file.nextcloudPath = () => pathOfStored(nextcloud, stored, signal);
  file.open = async (): Promise<Readable> => openStored(nextcloud, stored, signal);
  return file;
};

export const openNextcloudPlace = async (): Promise<NextcloudTestPlace> => {
  const server = await openServer();
  await makeFolder(server);
  const [user, appPassword] = server.auth;
  const account = { url: server.url, user, appPassword };
  const nextcloud = nextcloudOf(account);
  const { files } = nextcloud;
  const base = `/${server.folder}`;
  const folder = `${base}/in`;
  const requestFolder = `${base}/requests/Tax`;
  for (const path of [folder, `${base}/requests`, requestFolder, `${requestFolder}/261122-00000 Yamada`])
    await files.makeDirectory(path);
  await files.put(`${base}/a-file`, Buffer.from('x'), { sizeBytes: 1 });
  const settings = { kind: 'nextcloud', config: { folder }, nextcloud: account };
  let count = 0;
  return {
    server,
    nextcloud,
    base,
    folder,
    settings,
    destination: () => openSettings(settings),
    file(path, bytes) {
      count += 1;
      return storedFile(nextcloud, requestFolder, `${count}.bin`, path, bytes);
    },
    async seen() {
      const entries = (await filesBelow(files, folder)).filter(({ path }) => !isMark(path));
      return Promise.all(
        entries.map(async ({ path, sizeBytes }) => ({
          name: path.slice(folder.length + 1),
          sizeBytes,
          sha256: await hashAt(files, path),
        })),
      );
    },
    effects: (key) => effectsOf(files, folder, key),
    async strays() {
      const inBase = (await files.list(base)).map(({ name }) => name);
      const atTop = server.standin === undefined ? [] : (await files.list('/')).map(({ name }) => name);
      return [
        ...inBase.filter((name) => !['in', 'requests', 'a-file'].includes(name)),
        ...atTop.filter((name) => name !== server.folder),
      ];
    },
    async occupy(delivery) {
      const path = `${folderOf(folder, delivery)}/${delivery.files[0]?.path}`;
      const parts = path.split('/').slice(1, -1);
      for (const [index] of parts.entries())
        await files.makeDirectory(`/${parts.slice(0, index + 1).join('/')}`);
      const text = Buffer.from('somebody else put this here');
      await files.put(path, text, { sizeBytes: text.length });
      return { unharmed: async () => (await bytesAt(files, path)).equals(text) };
    },
    trouble(trouble) {
      if (trouble !== 'signed-out') server.standin?.control.fault(faults[trouble]);
    },
    async remove() {
      await nextcloud.close();
      await closeServer(server);
    },
  };
};

export const folderOf = (folder: string, { request, receiptNumber, submitter }: Delivery): string =>
  `${folder}/${request.title}/${receiptNumber} ${submitter.name}`;

const effectsOf = async (files: Files, folder: string, key: string): Promise<number> => {
  let found = 0;
  for (const { path } of (await filesBelow(files, folder)).filter(({ path }) => isMark(path))) {
    const manifest = JSON.parse((await bytesAt(files, path)).toString()) as {
      deliveryKey: string;
      files: { path: string; sha256: string }[];
    };
    if (manifest.deliveryKey !== key) continue;
    for (const file of manifest.files)
      if ((await hashAt(files, path.replace(/[^/]+$/, file.path))) !== file.sha256)
        throw new Error(`${file.path} is not what its manifest says`);
    found += 1;
  }
  return found;
};

const noFaults = 'a real server can not be told to fail';

export const nextcloudHarness: Harness = {
  kind: 'nextcloud',
  open: openNextcloudPlace,
  goodConfig: { folder: '/Archive/受信' },
  badConfigs: [
    {},
    { folder: 'Archive' },
    { folder: '/' },
    { folder: '/Archive/' },
    { folder: '/Archive/../Other' },
    { folder: '/Archive', template: '{request}' },
    { folder: '/Archive', mode: 'move' },
  ],
  unfit: [
    {
      what: 'a folder that is not there',
      settings: ({ settings }) => ({ config: { folder: `${String(settings.config.folder)}-not` } }),
      retry: 'later',
    },
    {
      what: 'a file where the folder should be',
      settings: ({ settings }) => ({
        config: { folder: String(settings.config.folder).replace(/in$/, 'a-file') },
      }),
      retry: 'never',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: false,
  withoutTrouble: {
    'signed-out': 'an app password has no session that ends',
    ...(isReal ? { throttled: noFaults, failing: noFaults, 'answer-lost': noFaults, hanging: noFaults } : {}),
  },
};
