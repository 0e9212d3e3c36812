import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keep } from '../../../standins/box/body.ts';
import type { Fault, FaultAction } from '../../../standins/box/exchange.ts';
import { type Standin, startBox } from '../../../standins/box/standin.ts';
import { ancestorsOf, type Item } from '../../../standins/box/tree.ts';
import type { Harness, Place, Trouble } from '../harness.ts';
import { openSettings } from '../tools.ts';
import { vendorProblems } from './vendor.ts';

/** A place, and the stand-in behind it. */
export interface BoxPlace extends Place {
  box: Standin;
  folder: Item;
  /** In which the account may look only. */
  readOnly: Item;
}

export const application = () => ({
  clientId: `id-${randomBytes(8).toString('hex')}`,
  clientSecret: `secret-${randomBytes(8).toString('hex')}`,
  enterpriseId: '801234',
  userId: '17738362',
  developerToken: `dev-${randomBytes(8).toString('hex')}`,
  publicKeys: new Map(),
});

export const urlsOf = (box: Standin) => ({
  api: `${box.url}/2.0`,
  upload: `${box.url}/upload/2.0`,
  account: `${box.url}/oauth2`,
});

const isMark = (name: string): boolean => /^([0-9A-Z-]+ )?manifest(-fil_[0-9a-f]+)?\.json$/.test(name);

/** What somebody who reads there has before them: files that are whole, not those in the trash. */
const filesBelow = (box: Standin, folder: Item) =>
  [...box.tree.items.values()].flatMap((item) =>
    item.content !== undefined && item.status === 'active' && ancestorsOf(item).includes(folder)
      ? [{ ...item, content: item.content }]
      : [],
  );

const retryAfter = { 'retry-after': '2' };
const about = /^\/files\/(content|upload_sessions)/;
const actions: Record<Trouble, FaultAction> = {
  throttled: { reply: { status: 429, headers: retryAfter, body: { code: 'rate_limit_exceeded' } } },
  failing: { reply: { status: 500, body: { type: 'error', status: 500, code: 'internal_server_error' } } },
  'answer-lost': 'answer-lost',
  hanging: 'hanging',
  'signed-out': 'signed-out',
};

/** @param more of the configuration */
export const openBox = async (
  more: Record<string, unknown> = {},
  moreSecrets: Record<string, string> = {},
  options: { partBytes?: number; pageLength?: number } = {},
): Promise<BoxPlace> => {
  const app = application();
  const box = await startBox({ application: app, ...options });
  const folder = box.tree.add(box.tree.root, 'Uketori');
  const readOnly = box.tree.add(box.tree.root, 'Look only');
  box.roles.set(readOnly, 'viewer');
  const settings = {
    kind: 'box',
    config: {
      folderId: folder.id,
      auth: { kind: 'ccg', subject: { kind: 'enterprise', id: app.enterpriseId } },
      urls: urlsOf(box),
      ...more,
    },
    secrets: { clientId: app.clientId, clientSecret: app.clientSecret, ...moreSecrets },
  };
  return {
    box,
    folder,
    readOnly,
    settings,
    destination: () => openSettings(settings),
    seen: () =>
      Promise.resolve(
        filesBelow(box, folder)
          .filter(({ name }) => !isMark(name))
          .map(({ name, content: { sizeBytes, sha256 } }) => ({ name, sizeBytes, sha256 })),
      ),
    effects: (key) => Promise.resolve(effects(box, folder, key)),
    strays: () =>
      Promise.resolve(
        [...box.tree.items.values()]
          .filter((item) => item !== box.tree.root && ![item, ...ancestorsOf(item)].includes(folder))
          .filter((item) => item !== readOnly)
          .map(({ name }) => name),
      ),
    async occupy(delivery) {
      const request = box.tree.add(folder, delivery.request.title);
      const top = box.tree.add(request, `${delivery.receiptNumber} ${delivery.submitter.name}`);
      const other = Buffer.from('somebody else put this here');
      const content = await keep(other, join(box.dir, 'other'));
      const file = box.tree.add(top, delivery.files[0]?.path ?? '', content);
      return {
        unharmed: () =>
          Promise.resolve(
            file.status === 'active' && file.etag === 0 && readFileSync(content.path).equals(other),
          ),
      };
    },
    trouble(trouble) {
      const fault: Fault = { method: 'POST', path: about, action: actions[trouble] };
      box.faults.add(fault);
    },
    async remove() {
      const problems = vendorProblems(box.calls);
      await box.close();
      if (problems.length > 0) throw new Error(`not as Box describes it: ${problems.join('; ')}`);
    },
  };
};

const effects = (box: Standin, folder: Item, key: string): number => {
  let found = 0;
  for (const { name, content } of filesBelow(box, folder)) {
    if (!isMark(name)) continue;
    const manifest = JSON.parse(readFileSync(content.path, 'utf8')) as {
      deliveryKey?: string;
      files: { id: string; sha256: string }[];
      box: { file: string; id: string }[];
    };
    if (manifest.deliveryKey !== key) continue;
    for (const { id, sha256 } of manifest.files) {
      const inBox = manifest.box.find(({ file }) => file === id);
      if (box.tree.items.get(inBox?.id ?? '')?.content?.sha256 !== sha256)
        throw new Error(`${id} is not what its manifest says`);
    }
    found += 1;
  }
  return found;
};

const goodConfig = {
  folderId: '1234',
  auth: { kind: 'ccg', clientId: 'abc', subject: { kind: 'enterprise', id: '801234' } },
};
const link = { of: 'folder', access: 'open' };

export const boxHarness: Harness = {
  kind: 'box',
  open: openBox,
  goodConfig,
  goodSecrets: { clientSecret: 'secret' },
  badConfigs: [
    {},
    { ...goodConfig, folderId: 'Uketori' },
    { ...goodConfig, template: '{request}/{name}' },
    { ...goodConfig, auth: { kind: 'password' } },
    { ...goodConfig, auth: { kind: 'ccg', subject: { kind: 'enterprise', id: '801234' } } },
    { ...goodConfig, auth: { ...goodConfig.auth, kind: 'jwt', publicKeyId: 'abc' } },
    { ...goodConfig, urls: { api: 'http://api.box.com/2.0' } },
    { ...goodConfig, sharedLink: { ...link, access: 'everyone' } },
    { ...goodConfig, sharedLink: { ...link, canEdit: true, canDownload: true } },
    { ...goodConfig, sharedLink: { of: 'file', access: 'open', canEdit: true } },
    { ...goodConfig, sharedLink: { ...link, access: 'collaborators', canDownload: true } },
    { ...goodConfig, sharedLink: { ...link, canPreview: false } },
    { ...goodConfig, sharedLink: { ...link, vanityName: 'our-files' } },
    { ...goodConfig, sharedLink: { of: 'file', access: 'open', vanityName: 'files-{number}' } },
    { ...goodConfig, template: '{number} {name}', sharedLink: link },
  ],
  badSecrets: [{}, { clientSecret: 'secret', linkPassword: 'No link to guard 1' }],
  unfit: [
    {
      what: 'a folder that is not there',
      settings: ({ settings }) => ({ config: { ...settings.config, folderId: '999999' } }),
      retry: 'later',
    },
    {
      what: 'a folder that may only be looked at',
      settings: (place) => ({
        config: { ...place.settings.config, folderId: (place as BoxPlace).readOnly.id },
      }),
      retry: 'later',
    },
    {
      what: 'a secret that Box does not know',
      settings: ({ settings }) => ({
        config: settings.config,
        secrets: { ...settings.secrets, clientSecret: 'mistaken' },
      }),
      retry: 'later',
    },
  ],
  keepsFinishedFiles: true,
  whereTaken: 'beside',
  streams: true,
};
