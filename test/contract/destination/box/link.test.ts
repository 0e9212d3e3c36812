import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { ancestorsOf } from '../../../standins/box/tree.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { type BoxPlace, openBox } from './harness.ts';

const password = 'Guard-This-1';

let place: BoxPlace | undefined;
afterEach(async () => {
  await place?.remove();
  place = undefined;
});
const open = async (
  sharedLink: Record<string, unknown>,
  secrets: Record<string, string> = {},
): Promise<BoxPlace> => {
  place = await openBox({ sharedLink }, secrets);
  return place;
};

const twoFiles = (more: Partial<Delivery> = {}) =>
  deliveryOf([fileOf('a.txt', Buffer.from('a')), fileOf('sub/b.txt', Buffer.from('b'))], more);
const linked = ({ box }: BoxPlace) => [...box.tree.items.values()].filter(({ link }) => link !== undefined);
const made = ({ box }: BoxPlace) => box.calls.filter(({ method, path }) => method === 'PUT' && path !== '');

test('the folder of a submission gets a link as configured, and its address is the result', async () => {
  const config = { of: 'folder', access: 'open', days: 30, canDownload: false, canPreview: true };
  const here = await open({ ...config, vanityName: 'files-{number}' }, { linkPassword: password });
  const delivery = twoFiles();
  const delivered = await here.destination().deliver(delivery, contextOf());
  const [top, ...others] = linked(here);
  expect(others).toEqual([]);
  expect(top?.name).toContain(delivery.receiptNumber);
  expect(top?.link).toMatchObject({
    access: 'open',
    is_password_enabled: true,
    vanity_name: `files-${delivery.receiptNumber}`,
    permissions: { can_download: false, can_preview: true, can_edit: false },
  });
  expect(top?.linkPassword).toBe(password);
  const days = (Date.parse(top?.link?.unshared_at ?? '') - Date.now()) / (24 * 3600_000);
  expect(Math.round(days)).toBe(30);
  expect(delivered.link).toBe(`https://example.app.box.com/v/files-${delivery.receiptNumber}`);
  expect((await here.destination().probe(delivery, contextOf()))?.link).toBe(delivered.link);
  const manifest = [...here.box.tree.items.values()].find(({ name }) => name === 'manifest.json');
  const written = await readFile(manifest?.content?.path ?? '', 'utf8');
  expect(written).toContain(delivery.key);
  expect(JSON.stringify(delivered) + written).not.toContain(password);
});

test('each file gets a link of its own, the manifest none', async () => {
  const here = await open({ of: 'file', access: 'company', canDownload: true, canEdit: true });
  const delivery = twoFiles();
  const delivered = await here.destination().deliver(delivery, contextOf());
  expect(
    linked(here)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['a.txt', 'b.txt']);
  expect(linked(here).map(({ link }) => link?.effective_permission)).toEqual(['can_edit', 'can_edit']);
  const addresses = new Set(linked(here).map(({ link }) => link?.url));
  expect(new Set(delivered.remote.map(({ link }) => link))).toEqual(addresses);
  const found = await here.destination().probe(delivery, contextOf());
  expect(new Set(found?.remote.map(({ link }) => link))).toEqual(addresses);
});

test('only those who are invited: no permissions are sent', async () => {
  const here = await open({ of: 'folder', access: 'collaborators' });
  const { link } = await here.destination().deliver(twoFiles(), contextOf());
  expect(link).toMatch(/^https:\/\/app\.box\.com\/s\//);
  expect(made(here).map(({ body }) => body)).toEqual([{ shared_link: { access: 'collaborators' } }]);
});

test('a link that is as wanted is left alone, its end too; another is set anew at the same address', async () => {
  const here = await open({ of: 'folder', access: 'open', days: 10 });
  const delivery = twoFiles();
  const first = await here.destination().deliver(delivery, contextOf());
  const again = await here.destination().deliver(delivery, contextOf());
  expect([again.link, again.alreadyThere, made(here).length]).toEqual([first.link, true, 1]);
  const top = linked(here)[0];
  if (top?.link === undefined) throw new Error('no link');
  top.link.access = 'company';
  const third = await here.destination().deliver(delivery, contextOf());
  expect([third.link, third.alreadyThere, made(here).length]).toEqual([first.link, false, 2]);
  expect(top.link.access).toBe('open');
});

test('without its link a delivery is not whole, and gets it', async () => {
  for (const of of ['folder', 'file']) {
    const here = await open({ of, access: 'open' });
    const delivery = twoFiles();
    await here.destination().deliver(delivery, contextOf());
    for (const item of linked(here)) item.link = undefined;
    expect(await here.destination().probe(delivery, contextOf())).toBeUndefined();
    await here.destination().deliver(delivery, contextOf());
    expect(await here.destination().probe(delivery, contextOf())).toBeDefined();
    expect(await here.effects(delivery.key)).toBe(1);
    await here.remove();
    place = undefined;
  }
});

test('a link that may not be made fails the delivery before its mark; with the right it is continued', async () => {
  const here = await open({ of: 'folder', access: 'open' }, { linkPassword: password });
  here.box.roles.set(here.folder, 'viewer uploader');
  const { fit, findings } = await here.destination().check();
  expect([fit, findings.at(-1)?.level]).toEqual([true, 'warning']);
  const delivery = twoFiles();
  await expect(here.destination().deliver(delivery, contextOf())).rejects.toMatchObject({
    code: 'destination.auth',
    retry: 'later',
  });
  expect(await here.effects(delivery.key)).toBe(0);
  here.box.roles.set(here.folder, 'editor');
  await here.destination().deliver(delivery, contextOf());
  expect(await here.effects(delivery.key)).toBe(1);
});

test('a custom address that somebody else has is a conflict', async () => {
  const here = await open({ of: 'folder', access: 'open', vanityName: 'files-{number}' });
  const { request } = twoFiles();
  const first = twoFiles({ receiptNumber: '261122-SAME0', request });
  await here.destination().deliver(first, contextOf());
  const second = twoFiles({ receiptNumber: '261122-SAME0', submitter: { name: 'Another', email: null } });
  await expect(here.destination().deliver(second, contextOf())).rejects.toMatchObject({
    code: 'destination.conflict',
    retry: 'never',
  });
  expect(linked(here).map((item) => ancestorsOf(item).length)).toEqual([3]);
});
