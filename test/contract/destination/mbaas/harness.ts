import { type MbaasStandin, startMbaas } from '../../../standins/mbaas/standin.ts';
import type { StoredFile } from '../../../standins/mbaas/state.ts';
import { sha256Of } from '../deliveries.ts';
import type { Harness, Place } from '../harness.ts';
import { openSettings, type Settings } from '../tools.ts';

const password = 'Passw0rd-of-the-portal';

/** A stand-in with the account of the portal and a bucket, and what is configured for both. */
export const openMbaas = async (
  given: Parameters<typeof startMbaas>[0] = {},
  config: Record<string, unknown> = {},
) => {
  const standin = await startMbaas(given);
  const user = standin.addUser('portal', password);
  standin.addBucket('incoming');
  const { tenant, appId, appKey } = standin.options;
  const settings = {
    kind: 'mbaas',
    config: { baseUrl: standin.baseUrl, tenant, appId, bucket: 'incoming', ...config },
    secrets: { appKey, username: 'portal', password },
  };
  return { standin, user, settings };
};

interface Marks {
  uketoriDelivery?: string;
  uketoriFile?: string;
}

const marksOf = ({ options }: StoredFile): Marks => options ?? {};

export const filesIn = (standin: MbaasStandin, bucket = 'incoming'): StoredFile[] => [
  ...(standin.bucket(bucket)?.files.values() ?? []),
];

export const manifestsIn = (standin: MbaasStandin, key: string): StoredFile[] =>
  filesIn(standin).filter((file) => {
    const { uketoriDelivery, uketoriFile } = marksOf(file);
    return uketoriDelivery === key && uketoriFile === 'manifest';
  });

/** As somebody counts who reads the manifests. */
const effectsIn = async (standin: MbaasStandin, key: string): Promise<number> => {
  let found = 0;
  for (const mark of manifestsIn(standin, key)) {
    const manifest = JSON.parse((await standin.read(mark)).toString('utf8')) as {
      deliveryKey: string;
      files: { path: string; sha256: string }[];
    };
    if (manifest.deliveryKey !== key) continue;
    for (const { path, sha256 } of manifest.files) {
      const file = standin.bucket('incoming')?.files.get(path);
      if (file === undefined || sha256Of(await standin.read(file)) !== sha256)
        throw new Error(`${path} is not what its manifest says`);
    }
    found += 1;
  }
  return found;
};

const open = async (): Promise<Place> => {
  // As in front of an object store, which takes large files.
  const { standin, settings } = await openMbaas({ mostFileBytes: 10 * 1024 ** 3 });
  return {
    settings,
    destination: () => openSettings(settings),
    seen: () =>
      Promise.resolve(
        filesIn(standin)
          .filter((file) => marksOf(file).uketoriFile !== 'manifest')
          .map(({ filename, body }) => ({ name: filename, sizeBytes: body.length, sha256: body.sha256 })),
      ),
    effects: (key) => effectsIn(standin, key),
    strays: () =>
      Promise.resolve([
        ...standin.bucketNames().filter((name) => name !== 'incoming'),
        ...filesIn(standin)
          .filter((file) => marksOf(file).uketoriDelivery === undefined)
          .map(({ filename }) => filename),
      ]),
    async occupy(delivery) {
      const name = `${delivery.receiptNumber} ${delivery.files[0]?.path}`;
      const bytes = Buffer.from('somebody else put this here');
      const file = await standin.put('incoming', name, bytes);
      return {
        async unharmed() {
          const there = standin.bucket('incoming')?.files.get(name);
          return there?.id === file.id && bytes.equals(await standin.read(there));
        },
      };
    },
    trouble: (trouble) => standin.trouble(trouble),
    remove: () => standin.close(),
  };
};

const goodConfig = {
  baseUrl: 'https://baas.example.com/api',
  tenant: 'tenant1',
  appId: '5af00000aaaa1111bbbb2222',
  bucket: 'incoming',
};
const goodSecrets = { appKey: 'key', username: 'portal', password };

const withConfig = ({ settings }: { settings: Settings }, change: Record<string, unknown>) => ({
  config: { ...settings.config, ...change },
});
const withSecrets = ({ settings }: { settings: Settings }, change: Record<string, string>) => ({
  config: settings.config,
  secrets: { ...settings.secrets, ...change },
});

export const mbaasHarness: Harness = {
  kind: 'mbaas',
  open,
  goodConfig,
  goodSecrets,
  badConfigs: [
    {},
    { ...goodConfig, baseUrl: 'baas.example.com' },
    { ...goodConfig, baseUrl: 'ftp://baas.example.com' },
    { ...goodConfig, baseUrl: 'https://user:pass@baas.example.com/api' },
    { ...goodConfig, tenant: '../other' },
    { ...goodConfig, appId: 'a\r\nb' },
    { ...goodConfig, bucket: 'in/coming' },
    { ...goodConfig, bucket: '_ROOT' },
    { ...goodConfig, bucket: 'x'.repeat(41) },
    { ...goodConfig, template: '{number}/{name}' },
    { ...goodConfig, template: '{number}' },
    { ...goodConfig, template: '{name}' },
    { ...goodConfig, acl: { r: ['everyone in the house'] } },
    { ...goodConfig, acl: { owner: 'somebody' } },
    { ...goodConfig, createbucket: true },
  ],
  badSecrets: [
    {},
    { appKey: 'key', password },
    { appKey: 'key', username: 'portal' },
    { username: 'portal', password },
    { ...goodSecrets, email: 'portal@example.com' },
    { ...goodSecrets, appKey: 'a\nb' },
  ],
  unfit: [
    {
      what: 'a bucket that is not there',
      settings: (place) => withConfig(place, { bucket: 'missing' }),
      retry: 'later',
    },
    {
      what: 'a wrong password',
      settings: (place) => withSecrets(place, { password: 'not-the-password' }),
      retry: 'later',
    },
    {
      what: 'a wrong application key',
      settings: (place) => withSecrets(place, { appKey: 'not-the-key' }),
      retry: 'later',
    },
    {
      what: 'a tenant that is not there',
      settings: (place) => withConfig(place, { tenant: 'nobody' }),
      retry: 'never',
    },
    {
      what: 'an address where nobody listens',
      settings: (place) => withConfig(place, { baseUrl: 'http://127.0.0.1:1/api' }),
      retry: 'later',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: true,
};
