import { startStandin } from '../../../standins/nextcloud/standin.ts';
import { type Mishap, type Receiver, startReceiver } from '../../../standins/webhook/receiver.ts';
import { fileOf, type TestFile } from '../deliveries.ts';
import type { Harness, Place, Trouble } from '../harness.ts';
import { nextcloudOf, openSettings } from '../tools.ts';

export const signingSecret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;
export const otherSecret = `whsec_${Buffer.alloc(32, 'o').toString('base64')}`;
export const header: [string, string] = ['X-Tenant-Key', 'tenant-key-4711'];

const mishaps: Record<Trouble, Mishap> = {
  throttled: { status: 429, headers: { 'retry-after': '2' } },
  failing: { status: 500 },
  'answer-lost': 'answer-lost',
  hanging: 'silent',
  'signed-out': { status: 401 },
};

export interface WebhookPlace extends Place {
  receiver: Receiver;
  file(path: string, bytes: Buffer): Promise<TestFile>;
}

/** The files are in a Nextcloud, and a receiver fetches them from there. */
export const openWebhookPlace = async (): Promise<WebhookPlace> => {
  const standin = await startStandin();
  const { id: user, appPassword } = standin.user;
  const nextcloud = nextcloudOf({ url: standin.url, user, appPassword });
  const receiver = await startReceiver({ signingSecret, header });
  const settings = {
    kind: 'webhook',
    config: { url: `${receiver.url}/hook`, header: header[0] },
    secrets: { signingSecret, headerValue: header[1] },
  };
  let count = 0;
  return {
    settings,
    receiver,
    destination: () => openSettings(settings),
    async file(path, bytes) {
      count += 1;
      const put = await nextcloud.files.put(`/${count}.bin`, bytes, { sizeBytes: bytes.length });
      const expiresInSeconds = 24 * 3600;
      return {
        ...fileOf(path, bytes),
        nextcloudFileId: put.fileId ?? 0,
        directLink: async () => ({
          url: await nextcloud.directLink(put.fileId ?? 0, { expiresInSeconds }),
          expiresAt: new Date(Date.now() + expiresInSeconds * 1000),
        }),
      };
    },
    seen: () => Promise.resolve([...receiver.taken.values()].flat(2)),
    effects: (key) => Promise.resolve(receiver.taken.get(key)?.length ?? 0),
    strays: () => Promise.resolve([]),
    trouble: (trouble) => receiver.next(mishaps[trouble]),
    async remove() {
      await receiver.close();
      await nextcloud.close();
      await standin.close();
    },
  };
};

const withPath = (path: string) => (place: Place) => ({
  config: { ...place.settings.config, url: String(place.settings.config.url).replace('/hook', path) },
});

export const webhookHarness: Harness = {
  kind: 'webhook',
  open: openWebhookPlace,
  goodConfig: { url: 'https://receiver.example.org/hook?tenant=1' },
  goodSecrets: { signingSecret },
  badConfigs: [
    {},
    { url: 'receiver.example.org' },
    { url: 'ftp://receiver.example.org/' },
    { url: 'https://user:password@receiver.example.org/' },
    { url: 'https://receiver.example.org/', acknowledge: 'perhaps' },
    { url: 'https://receiver.example.org/', header: 'Webhook-Id' },
    { url: 'https://receiver.example.org/', header: 'Content-Length' },
    { url: 'https://receiver.example.org/', header: 'X-Without-Value' },
  ],
  badSecrets: [
    {},
    { signingSecret: signingSecret.replace('whsec_', '') },
    { signingSecret: `whsec_${Buffer.alloc(23).toString('base64')}` },
    { signingSecret: `whsec_${Buffer.alloc(65).toString('base64')}` },
    { signingSecret: 'whsec_not base64 at all, however long it is' },
    { signingSecret, headerValue: 'without-a-header' },
  ],
  unfit: [
    { what: 'an address that is not there', settings: withPath('/nowhere'), retry: 'later' },
    { what: 'a receiver that wants no more messages', settings: withPath('/gone'), retry: 'never' },
    { what: 'an address that points to another', settings: withPath('/moved'), retry: 'later' },
    {
      what: 'another signing secret',
      settings: ({ settings }) => ({
        config: settings.config,
        secrets: { ...settings.secrets, signingSecret: otherSecret },
      }),
      retry: 'later',
    },
    {
      what: 'another value of the header',
      settings: ({ settings }) => ({
        config: settings.config,
        secrets: { ...settings.secrets, headerValue: 'tenant-key-0815' },
      }),
      retry: 'later',
    },
    {
      what: 'a receiver that does not answer',
      settings: ({ settings }) => ({ config: { ...settings.config, url: 'http://127.0.0.1:1/hook' } }),
      retry: 'later',
    },
  ],
  keepsFinishedFiles: false,
  whereTaken: 'nothing',
  streams: false,
  canBeAsked: false,
};
