import { readFile } from 'node:fs/promises';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { startS3 } from '../../../standins/s3/server.ts';
import { bucketName, region, type S3StandIn } from '../../../standins/s3/standin.ts';
import type { Harness, Place } from '../harness.ts';
import { openSettings, type Settings } from '../tools.ts';
import { effectsIn, type Reader, seenIn } from './reader.ts';

export const prefix = 'in/';

export const settingsOf = (standIn: S3StandIn): Settings => ({
  kind: 's3',
  config: { endpoint: standIn.url, region, bucket: bucketName, prefix, forcePathStyle: true },
  secrets: { ...standIn.account },
});

export const bytesOf = async (standIn: S3StandIn, key: string): Promise<Buffer> => {
  const object = standIn.store.objects.get(key);
  if (object === undefined) throw new Error(`no object ${key}`);
  return Buffer.concat(await Promise.all(object.blob.paths.map((path) => readFile(path))));
};

/** Keys without the prefix. */
export const keysOf = (standIn: S3StandIn): string[] =>
  [...standIn.store.objects.keys()].map((key) => key.slice(prefix.length)).sort();

export const folderOf = (delivery: Delivery): string =>
  `${prefix}${delivery.request.title}/${delivery.receiptNumber} ${delivery.submitter.name}`;

/** As somebody else would put it there. */
export const putOther = async (standIn: S3StandIn, key: string, bytes: Buffer): Promise<void> => {
  const chunks = (async function* () {
    yield bytes;
  })();
  const blob = await standIn.store.receive(chunks);
  const etag = `"${blob.md5.toString('hex')}"`;
  standIn.store.objects.set(key, { blob, etag, checksum: undefined, headers: {} });
};

const placeOn = (standIn: S3StandIn): Place => {
  const settings = settingsOf(standIn);
  const { objects, uploads } = standIn.store;
  const reader: Reader = {
    keys: () => Promise.resolve([...objects.keys()]),
    bytesOf: (key) => bytesOf(standIn, key),
  };
  return {
    settings,
    destination: () => openSettings(settings),
    seen: () => seenIn(reader),
    effects: (key) => effectsIn(reader, key),
    strays: () =>
      Promise.resolve([
        ...[...objects.keys()].filter((key) => !key.startsWith(prefix)),
        ...[...uploads.values()].map(({ key }) => `${key} (unfinished)`),
      ]),
    async occupy(delivery) {
      const key = `${folderOf(delivery)}/${delivery.files[0]?.path}`;
      const text = 'somebody else put this here';
      await putOther(standIn, key, Buffer.from(text));
      return { unharmed: async () => (await bytesOf(standIn, key)).toString('utf8') === text };
    },
    trouble(trouble) {
      if (trouble !== 'signed-out') standIn.fault = trouble;
    },
    remove: () => standIn.close(),
  };
};

const withConfig = (place: Place, more: Record<string, unknown>) => ({
  config: { ...place.settings.config, ...more },
});

export const s3Harness: Harness = {
  kind: 's3',
  open: async () => placeOn(await startS3()),
  goodConfig: { region: 'ap-northeast-1', bucket: 'collected' },
  goodSecrets: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'very secret' },
  badConfigs: [
    {},
    { bucket: 'collected' },
    { region: 'ap-northeast-1', bucket: 'With/Slash' },
    { region: 'ap-northeast-1', bucket: 'collected', endpoint: 'ftp://files.example.org' },
    { region: 'ap-northeast-1', bucket: 'collected', prefix: '/in' },
    { region: 'ap-northeast-1', bucket: 'collected', template: '{request}' },
  ],
  badSecrets: [{}, { accessKeyId: 'AKIAEXAMPLE' }],
  unfit: [
    {
      what: 'a bucket that is not there',
      settings: (place) => withConfig(place, { bucket: 'elsewhere' }),
      retry: 'later',
    },
    {
      what: 'a region that is another',
      settings: (place) => withConfig(place, { region: 'eu-west-1' }),
      retry: 'never',
    },
    {
      what: 'a secret that is wrong',
      settings: (place) => ({
        config: place.settings.config,
        secrets: { ...place.settings.secrets, secretAccessKey: 'wrong-secret' },
      }),
      retry: 'later',
    },
    {
      what: 'a system that is not reached',
      settings: (place) => withConfig(place, { endpoint: 'http://127.0.0.1:1' }),
      retry: 'later',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: true,
  withoutTrouble: { 'signed-out': 'every request is signed for itself: there is no session to end' },
};
