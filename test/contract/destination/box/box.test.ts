import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../../server/importer/destinations/destination.ts';
import { keep } from '../../../standins/box/body.ts';
import type { SeenCall } from '../../../standins/box/exchange.ts';
import type { Item } from '../../../standins/box/tree.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { type BoxPlace, openBox } from './harness.ts';
import { hasVendorSpec, vendorProblems } from './vendor.ts';

let place: BoxPlace | undefined;
afterEach(async () => {
  await place?.remove();
  place = undefined;
});
const open = async (...options: Parameters<typeof openBox>): Promise<BoxPlace> => {
  place = await openBox(...options);
  return place;
};

const small = (path = 'a.txt', text = 'a') => fileOf(path, Buffer.from(text));
const callsOf = ({ box }: BoxPlace, method: string, path: RegExp): SeenCall[] =>
  box.calls.filter((call) => call.method === method && path.test(call.path));
const itemAt = ({ box, folder }: BoxPlace, ...names: string[]): Item => {
  let item = folder;
  for (const name of names) {
    const next = box.tree.children(item).find((child) => child.name === name);
    if (next === undefined) throw new Error(`no ${name}`);
    item = next;
  }
  return item;
};
const folderOf = (place: BoxPlace, delivery: Delivery, ...below: string[]): Item =>
  itemAt(place, delivery.request.title, `${delivery.receiptNumber} ${delivery.submitter.name}`, ...below);
const attempt = async (place: BoxPlace, delivery: Delivery, context = contextOf()) =>
  (await place.destination().probe(delivery, context)) ?? place.destination().deliver(delivery, context);

describe('what is sent', () => {
  test('of a small file the attributes go first, and its SHA-1 ahead of it', async () => {
    const here = await open();
    await here.destination().deliver(deliveryOf([small()]), contextOf());
    const [first] = callsOf(here, 'POST', /^\/files\/content$/);
    expect(first?.headers['content-md5']).toBe('86f7e437faa5a7fce15d1ddcb9eaeaea377667b8');
    expect(first?.body).toMatchObject({ attributes: { name: 'a.txt' } });
  });

  test('the manifest names every file with its id in Box, and the result says where to open it', async () => {
    const here = await open();
    const delivery = deliveryOf([small('sub/a.txt')]);
    const delivered = await here.destination().deliver(delivery, contextOf());
    const file = folderOf(here, delivery, 'sub', 'a.txt');
    const top = folderOf(here, delivery);
    expect(delivered).toMatchObject({
      alreadyThere: false,
      place: '確定申告 2026/' + top.name,
      link: `https://app.box.com/folder/${top.id}`,
      remote: [
        {
          id: file.id,
          path: `確定申告 2026/${top.name}/sub/a.txt`,
          link: `https://app.box.com/file/${file.id}`,
          verifiedBy: 'sha1-told-by-box',
        },
      ],
    });
    expect(await here.destination().probe(delivery, contextOf())).toMatchObject({
      ...delivered,
      alreadyThere: true,
    });
  });

  test('Box stores other bytes: it does not count, and another attempt does', async () => {
    const here = await open();
    const entry = { id: '1', size: 1, sha1: 'f'.repeat(40) };
    here.box.faults.add({
      method: 'POST',
      path: /^\/files\/content$/,
      action: { reply: { status: 201, body: { total_count: 1, entries: [entry] } } },
    });
    const delivery = deliveryOf([small()]);
    await expect(attempt(here, delivery)).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    await attempt(here, delivery);
    expect(await here.effects(delivery.key)).toBe(1);
  });

  test.skipIf(!hasVendorSpec)("a request that is not as Box's description says would be noticed", () => {
    const good: SeenCall = {
      method: 'POST',
      path: '/folders',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/json' },
      body: { name: 'a', parent: { id: '0' } },
    };
    expect(vendorProblems([good])).toEqual([]);
    expect(vendorProblems([{ ...good, body: { name: 'a' } }])).not.toEqual([]);
    expect(vendorProblems([{ ...good, body: { name: 'a', parent: { id: '0', nmae: 'x' } } }])).not.toEqual(
      [],
    );
    const part = { ...good, method: 'PUT', path: '/files/upload_sessions/A1', body: undefined };
    const headers = { 'content-type': 'application/octet-stream', digest: 'sha=', 'content-range': 'bytes' };
    expect(vendorProblems([{ ...part, headers }])).toEqual([]);
    expect(vendorProblems([{ ...part, headers: { ...headers, digest: undefined } }])).not.toEqual([]);
  });
});

describe('names', () => {
  test('a template of one segment needs no folders, and the manifest bears the receipt number', async () => {
    const here = await open({ template: '{number} {name}' });
    const deliveries = [deliveryOf([small()]), deliveryOf([small()])];
    for (const delivery of deliveries) await here.destination().deliver(delivery, contextOf());
    const names = here.box.tree.children(here.folder).map(({ name }) => name);
    expect(names).toEqual(
      deliveries.flatMap(({ receiptNumber }) => [`${receiptNumber} a.txt`, `${receiptNumber} manifest.json`]),
    );
    for (const delivery of deliveries)
      expect((await here.destination().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
  });

  test('two files of one submission that are delivered on their own keep a manifest each', async () => {
    const here = await open();
    const deliveries = [small('a.txt'), small('b.txt', 'b')].map((file) =>
      deliveryOf([file], { per: 'file', receiptNumber: '261122-SAME0' }),
    );
    for (const delivery of deliveries) await here.destination().deliver(delivery, contextOf());
    for (const delivery of deliveries) {
      expect(await here.effects(delivery.key)).toBe(1);
      expect((await here.destination().probe(delivery, contextOf()))?.alreadyThere).toBe(true);
    }
  });

  test('a request whose title was changed in between is continued where it was begun', async () => {
    const here = await open();
    const delivery = deliveryOf([small()]);
    const context = contextOf();
    await here.destination().deliver(delivery, context);
    const renamed = { ...delivery, request: { ...delivery.request, title: 'New title' } };
    expect((await here.destination().probe(renamed, context))?.alreadyThere).toBe(true);
    await here.destination().deliver(renamed, context);
    expect(here.box.tree.children(here.folder).map(({ name }) => name)).toEqual([delivery.request.title]);
  });

  test('two that make the same folder at once share it', async () => {
    const here = await open();
    const deliveries = [deliveryOf([small()]), deliveryOf([small()]), deliveryOf([small()])];
    await Promise.all(deliveries.map((delivery) => here.destination().deliver(delivery, contextOf())));
    expect(here.box.tree.children(here.folder)).toHaveLength(1);
    for (const { key } of deliveries) expect(await here.effects(key)).toBe(1);
  });

  test('a file where a folder belongs is a conflict, and stays', async () => {
    const here = await open();
    const delivery = deliveryOf([small()]);
    const content = await keep(Buffer.from('x'), join(here.box.dir, 'x'));
    here.box.tree.add(here.folder, delivery.request.title, content);
    await expect(attempt(here, delivery)).rejects.toMatchObject({
      code: 'destination.conflict',
      retry: 'never',
    });
    expect(itemAt(here, delivery.request.title).type).toBe('file');
  });

  test('a folder that has the name of a file is stepped aside for', async () => {
    const here = await open();
    const delivery = deliveryOf([small('a.txt')]);
    const request = here.box.tree.add(here.folder, delivery.request.title);
    const top = here.box.tree.add(request, `${delivery.receiptNumber} ${delivery.submitter.name}`);
    here.box.tree.add(top, 'A.txt');
    const { remote } = await here.destination().deliver(delivery, contextOf());
    expect(remote[0]?.path).toMatch(/\/a \(2\)\.txt$/);
  });

  test.each([
    ['another size: it is not read for that', 'other length', 1],
    ['the same size: it is read for its hash', 'b', 2],
  ])('a file of ours whose name is taken by one of %s', async (_, text, opened) => {
    const here = await open();
    const file = small('a.txt');
    const delivery = deliveryOf([file]);
    const request = here.box.tree.add(here.folder, delivery.request.title);
    const top = here.box.tree.add(request, `${delivery.receiptNumber} ${delivery.submitter.name}`);
    here.box.tree.add(top, 'a.txt', await keep(Buffer.from(text), join(here.box.dir, 'x')));
    await here.destination().deliver(delivery, contextOf());
    expect(file.opened).toBe(opened);
    expect(
      here.box.tree
        .children(top)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['a (2).txt', 'a.txt', 'manifest.json']);
  });
});

describe('what is there already', () => {
  const delivered = async (here: BoxPlace) => {
    const delivery = deliveryOf([small('a.txt'), small('b.txt', 'b')]);
    await here.destination().deliver(delivery, contextOf());
    return delivery;
  };

  test.each<[string, (here: BoxPlace, file: Item) => unknown]>([
    ['in the trash', (_, file) => (file.status = 'trashed')],
    ['moved out', ({ folder }, file) => (file.parent = folder)],
    [
      'another version by now',
      async ({ box }, file) => box.tree.replace(file, await keep(Buffer.from('x'), join(box.dir, 'x'))),
    ],
  ])('a file that is %s is not taken for the delivered one, and comes again', async (_, change) => {
    const here = await open();
    const delivery = await delivered(here);
    expect(await here.destination().probe(delivery, contextOf())).toBeDefined();
    await change(here, folderOf(here, delivery, 'a.txt'));
    expect(await here.destination().probe(delivery, contextOf())).toBeUndefined();
    await here.destination().deliver(delivery, contextOf());
    expect(await here.effects(delivery.key)).toBe(1);
    expect(await here.destination().probe(delivery, contextOf())).toBeDefined();
    // The mark is the same file, in its next version.
    expect(folderOf(here, delivery, 'manifest.json').etag).toBe(1);
  });

  test('a manifest that was written by somebody else is never replaced: a conflict', async () => {
    const here = await open();
    for (const text of ['{"deliveryKey":"other","files":[],"box":[]}', 'not JSON']) {
      const delivery = deliveryOf([small()]);
      await here.destination().deliver(delivery, contextOf());
      const manifest = folderOf(here, delivery, 'manifest.json');
      here.box.tree.replace(manifest, await keep(Buffer.from(text), join(here.box.dir, 'x')));
      const etag = manifest.etag;
      expect(await here.destination().probe(delivery, contextOf())).toBeUndefined();
      await expect(here.destination().deliver(delivery, contextOf())).rejects.toMatchObject({
        code: 'destination.conflict',
        retry: 'never',
      });
      expect(manifest.etag).toBe(etag);
    }
  });

  test('a manifest that Box is not ready to give out is asked for again when Box says', async () => {
    const here = await open();
    const delivery = await delivered(here);
    const action = { reply: { status: 202, headers: { 'retry-after': '7' } } };
    here.box.faults.add({ method: 'GET', path: /\/content$/, action });
    await expect(here.destination().probe(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: { afterMs: 7000 },
    });
    expect(await here.destination().probe(delivery, contextOf())).toBeDefined();
  });

  test('an address that is not https is not followed', async () => {
    const here = await open();
    const delivery = await delivered(here);
    const action = { reply: { status: 302, headers: { location: 'http://dl.example.org/x' } } };
    here.box.faults.add({ method: 'GET', path: /\/content$/, action });
    await expect(here.destination().probe(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.unavailable',
      details: { reason: 'an address that is not https' },
    });
  });
});
