import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256Of } from '../deliveries.ts';
import type { Harness, Place } from '../harness.ts';
import { openSettings } from '../tools.ts';

const filesBelow = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

const isMark = (path: string): boolean => /\/manifest(-fil_[0-9a-f]+)?\.json$/.test(path);

const open = async (): Promise<Place> => {
  const home = await mkdtemp(join(tmpdir(), 'uketori-folder-'));
  const dir = join(home, 'in');
  await mkdir(dir);
  const settings = { kind: 'folder', config: { dir } };
  return {
    settings,
    destination: () => openSettings(settings),
    async seen() {
      const paths = (await filesBelow(dir)).filter((path) => !isMark(path));
      return Promise.all(
        paths.map(async (path) => {
          const bytes = await readFile(path);
          return { name: path.slice(dir.length + 1), sizeBytes: bytes.length, sha256: sha256Of(bytes) };
        }),
      );
    },
    async effects(key) {
      const marks = (await filesBelow(dir)).filter(isMark);
      let found = 0;
      for (const path of marks) {
        const manifest = JSON.parse(await readFile(path, 'utf8')) as {
          deliveryKey: string;
          files: { path: string; sha256: string }[];
        };
        if (manifest.deliveryKey !== key) continue;
        for (const file of manifest.files)
          if (sha256Of(await readFile(join(dirname(path), file.path))) !== file.sha256)
            throw new Error(`${file.path} is not what its manifest says`);
        found += 1;
      }
      return found;
    },
    strays: async () =>
      (await readdir(home, { recursive: true })).filter((path) => path !== 'in' && !path.startsWith('in/')),
    async occupy(delivery) {
      const [file] = delivery.files;
      const folder = join(
        dir,
        delivery.request.title,
        `${delivery.receiptNumber} ${delivery.submitter.name}`,
      );
      const path = join(folder, file?.path ?? '');
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'somebody else put this here');
      return { unharmed: async () => (await readFile(path, 'utf8')) === 'somebody else put this here' };
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
};

export const folderHarness: Harness = {
  kind: 'folder',
  open,
  goodConfig: { dir: '/srv/incoming' },
  badConfigs: [{}, { dir: 'incoming' }, { dir: '/srv/incoming', template: '{request}' }],
  unfit: [
    {
      what: 'a folder that is not there',
      settings: () => ({ config: { dir: join(tmpdir(), 'uketori-no-such-folder') } }),
      retry: 'later',
    },
    {
      what: 'a file where the folder should be',
      settings: () => ({ config: { dir: '/dev/null' } }),
      retry: 'never',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: true,
  withoutTrouble: {
    throttled: 'a folder is not called over a network',
    failing: 'a folder is not called over a network',
    'answer-lost': 'a folder is not called over a network',
    hanging: 'a folder is not called over a network',
    'signed-out': 'nobody signs in to a folder',
  },
};
