import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { newKeyPair } from '../../../standins/sftp/keys.ts';
import { sha256Of } from '../deliveries.ts';
import type { Harness, Place, Trouble } from '../harness.ts';
import { openSettings, type Settings } from '../tools.ts';
import { type LineFault, type Sshd, startSshd } from './sshd.ts';

export const filesBelow = async (dir: string): Promise<string[]> =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

const isMark = (path: string): boolean => /\/manifest(-fil_[0-9a-f]+)?\.json$/.test(path);

export const settingsOf = (sshd: Sshd, directory: string): Settings => ({
  kind: 'sftp',
  config: {
    host: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    directory,
    hostKey: sshd.hostKey,
    timeoutSeconds: 3,
  },
  secrets: { privateKey: sshd.privateKey },
});

export const folderOf = (dir: string, delivery: Delivery): string =>
  join(dir, delivery.request.title, `${delivery.receiptNumber} ${delivery.submitter.name}`);

const faultOf: Partial<Record<Trouble, LineFault>> = {
  throttled: 'refuse',
  failing: 'break',
  'answer-lost': 'lose-answers',
  hanging: 'fall-silent',
};

const open = async (): Promise<Place> => {
  const home = await mkdtemp(join(tmpdir(), 'uketori-sftp-'));
  const dir = join(home, 'in');
  await mkdir(dir);
  const sshd = await startSshd();
  const settings = settingsOf(sshd, dir);
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
      const path = join(folderOf(dir, delivery), delivery.files[0]?.path ?? '');
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'somebody else put this here');
      return { unharmed: async () => (await readFile(path, 'utf8')) === 'somebody else put this here' };
    },
    trouble(trouble) {
      sshd.fault = faultOf[trouble];
    },
    async remove() {
      await sshd.close();
      await rm(home, { recursive: true, force: true });
    },
  };
};

const withConfig = (place: Place, more: Record<string, unknown>) => ({
  config: { ...place.settings.config, ...more },
});

const good = { host: 'files.example.org', user: 'uketori', directory: 'incoming' };
const fingerprint = `SHA256:${'a'.repeat(43)}`;

export const sftpHarness: Harness = {
  kind: 'sftp',
  open,
  goodConfig: { ...good, hostKey: fingerprint },
  goodSecrets: { password: 'a very good password' },
  badConfigs: [
    {},
    { ...good, host: 'sftp://files.example.org' },
    { ...good, port: 0 },
    { ...good, hostKey: 'ssh-ed25519 AAAA' },
    { ...good, template: '{request}' },
  ],
  badSecrets: [{}, { passphrase: 'alone' }, { privateKey: 'no key' }],
  unfit: [
    {
      what: 'a folder that is not there',
      settings: (place) => withConfig(place, { directory: join(tmpdir(), 'uketori-no-such-folder') }),
      retry: 'later',
    },
    {
      what: 'a file where the folder should be',
      settings: (place) => withConfig(place, { directory: '/etc/passwd' }),
      retry: 'never',
    },
    {
      what: 'a key of the server that was not told yet',
      settings: (place) => withConfig(place, { hostKey: '' }),
      retry: 'later',
    },
    {
      what: 'a key of the server that is another',
      settings: (place) => withConfig(place, { hostKey: fingerprint }),
      retry: 'later',
    },
    {
      what: 'a sign-in that is refused',
      settings: (place) => ({
        config: place.settings.config,
        secrets: { privateKey: newKeyPair().private },
      }),
      retry: 'later',
    },
    {
      what: 'a server that is not reached',
      settings: (place) => withConfig(place, { port: 1 }),
      retry: 'later',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: true,
  withoutTrouble: { 'signed-out': 'every attempt signs in for itself' },
};
