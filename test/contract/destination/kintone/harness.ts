import { expect } from 'vitest';
import type { FormField } from '../../../standins/kintone/app.ts';
import { type FaultAt, type KintoneStandin, startKintone } from '../../../standins/kintone/standin.ts';
import { loadVendorSpec, requestChecker } from '../../../support/vendor-specs.ts';
import type { Harness, Place, Trouble } from '../harness.ts';
import { openSettings } from '../tools.ts';

export const token = 'BuBNIwbRRaUvr33nWXcfUZ5VhaFsJxN0xH4NPN92';

export const form: Record<string, FormField> = {
  Files: { type: 'FILE' },
  DeliveryKey: { type: 'SINGLE_LINE_TEXT', unique: true },
  Deliveries: { type: 'MULTI_LINE_TEXT' },
  Customer: { type: 'SINGLE_LINE_TEXT', unique: true },
  Title: { type: 'SINGLE_LINE_TEXT' },
  Message: { type: 'MULTI_LINE_TEXT' },
  Amount: { type: 'NUMBER' },
  Received: { type: 'DATETIME' },
  ReceivedOn: { type: 'DATE' },
  ReceivedAt: { type: 'TIME' },
  Late: { type: 'DROP_DOWN', options: { 期限後: {}, 期限内: {} } },
  Number: { type: 'RECORD_NUMBER' },
};

export const newConfig = { app: 1, attachmentField: 'Files', keyField: 'DeliveryKey' };
export const findConfig = {
  app: 1,
  attachmentField: 'Files',
  keyField: 'Deliveries',
  record: { mode: 'find', field: 'Customer', value: '{answer:number}' },
};

let checking: Promise<ReturnType<typeof requestChecker> | undefined> | undefined;

/** What the vendor's own description finds wrong with the requests so far; undefined where it is not at hand. */
export const problemsByVendor = async ({ calls }: KintoneStandin): Promise<string[] | undefined> => {
  checking ??= loadVendorSpec('kintone-openapi.yaml').then((spec) => spec && requestChecker(spec));
  const check = await checking;
  return (
    check &&
    calls.flatMap(({ url, ...call }) => check({ ...call, path: url.pathname, query: url.searchParams }))
  );
};

/** What trouble is about: an answer that is lost is worst where the record has just been written. */
const faultAt = {
  throttled: 'upload',
  failing: 'upload',
  'answer-lost': 'write',
  hanging: 'upload',
  'signed-out': 'upload',
} as const satisfies Record<Trouble, FaultAt>;

const placeOf = async (config: Record<string, unknown>): Promise<Place> => {
  const standin = await startKintone();
  const app = standin.addApp({ form, token });
  const isNew = config['record'] === undefined;
  // The deliveries of the suite answer with this number.
  const known = isNew ? undefined : app.add({ Customer: { value: '42' } });
  const settings = {
    kind: 'kintone',
    config: { ...config, baseUrl: standin.url },
    secrets: { apiToken: token },
  };
  const files = () => [...app.records.keys()].flatMap((id) => app.attached(id, 'Files'));
  return {
    settings,
    destination: () => openSettings(settings),
    seen: () => Promise.resolve(files().map(({ name, sizeBytes, sha256 }) => ({ name, sizeBytes, sha256 }))),
    effects: (key) =>
      Promise.resolve(
        [...app.records.values()]
          .flatMap((record) => String(app.valueOf(record, String(config['keyField']))).split('\n'))
          .filter((mark) => mark === key).length,
      ),
    strays: () => Promise.resolve(files().flatMap(({ name }) => (/[/\\\0\n]|^\./.test(name) ? [name] : []))),
    async occupy(delivery) {
      const { id } = known ?? app.add({ DeliveryKey: { value: delivery.key } });
      const other = await standin.files.put(delivery.files[0]?.path ?? '', Buffer.from('not ours'));
      app.setAttachments(id, 'Files', () => [other]);
      return { unharmed: () => Promise.resolve(files().includes(other)) };
    },
    trouble: (trouble) => standin.fault(trouble, faultAt[trouble]),
    async remove() {
      await standin.close();
      expect((await problemsByVendor(standin)) ?? []).toEqual([]);
    },
  };
};

const harnessOf = (config: Record<string, unknown>): Harness => ({
  kind: 'kintone',
  open: () => placeOf(config),
  goodConfig: { ...config, baseUrl: 'https://example.cybozu.com' },
  goodSecrets: { apiToken: token },
  badConfigs: [
    {},
    { ...config, baseUrl: 'http://example.cybozu.com' },
    { ...config, baseUrl: 'https://example.cybozu.com/k/1/' },
    { ...config, baseUrl: 'https://user:password@example.cybozu.com' },
    { ...config, baseUrl: 'https://example.cybozu.com', app: '1' },
    { ...config, baseUrl: 'https://example.cybozu.com', keyField: 'Files' },
    { ...config, baseUrl: 'https://example.cybozu.com', fields: { Title: '{title}' } },
    { ...config, baseUrl: 'https://example.cybozu.com', fields: { Files: '{files}' } },
    {
      ...config,
      baseUrl: 'https://example.cybozu.com',
      record: { mode: 'find', field: 'Customer', value: '42' },
    },
    { ...config, baseUrl: 'https://example.cybozu.com', misspelt: true },
  ],
  badSecrets: [{}, { apiToken: '' }, { apiToken: 'two tokens' }, { apiToken: Array(10).fill('x').join(',') }],
  unfit: [
    {
      what: 'a token of another app',
      settings: ({ settings }) => ({ ...settings, secrets: { apiToken: 'NoTokenOfThisApp' } }),
      retry: 'later',
    },
    {
      what: 'an app that is not there',
      settings: ({ settings }) => ({ ...settings, config: { ...settings.config, app: 99 } }),
      retry: 'never',
    },
    {
      what: 'an attachment field that is not there',
      settings: ({ settings }) => ({ ...settings, config: { ...settings.config, attachmentField: 'Flies' } }),
      retry: 'never',
    },
    {
      what: 'a host that nobody answers at',
      settings: ({ settings }) => ({
        ...settings,
        config: { ...settings.config, baseUrl: 'http://127.0.0.1:1' },
      }),
      retry: 'later',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: true,
});

/** A record for each delivery. */
export const newHarness = harnessOf(newConfig);
/** Into a record that is there. */
export const findHarness = harnessOf(findConfig);
