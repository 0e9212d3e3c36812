import { afterEach, describe, expect, test } from 'vitest';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { filesIn, manifestsIn } from './harness.ts';
import { ask, closeAll, fileNamed, metaPath, nameOf, namesIn, open, small, tokenOf } from './support.ts';

afterEach(closeAll);

describe('who may read', () => {
  test('unless anything is said, nobody but the account', async () => {
    const { standin, destination, user } = await open();
    standin.addUser('other', 'password-of-the-other');
    const delivery = small();
    await destination.deliver(delivery, contextOf());
    for (const { acl } of filesIn(standin))
      expect(acl).toEqual({ owner: user.id, r: [], w: [], u: [], d: [], admin: [] });
    const path = metaPath(nameOf(delivery, 'a.txt'));
    expect((await ask(standin, path)).status).toBe(403);
    expect((await ask(standin, path, await tokenOf(standin, 'other', 'password-of-the-other'))).status).toBe(
      403,
    );
  });

  test('a group that acl names, also one with a Japanese name', async () => {
    const { standin, destination } = await open({ acl: { r: ['g:経理部'] } });
    standin.addUser('other', 'password-of-the-other', ['経理部']);
    const delivery = small();
    await destination.deliver(delivery, contextOf());
    const token = await tokenOf(standin, 'other', 'password-of-the-other');
    expect((await ask(standin, metaPath(nameOf(delivery, 'a.txt')), token)).status).toBe(200);
    expect((await ask(standin, metaPath(nameOf(delivery, 'manifest.json')), token)).status).toBe(200);
    expect((await ask(standin, metaPath(nameOf(delivery, 'a.txt')))).status).toBe(403);
  });

  test('everybody, where acl says so: the files, and never the manifest', async () => {
    const { standin, again } = await open();
    const anybody = ['g:anonymous'];
    standin.addBucket('incoming', { contentAcl: { r: anybody, w: ['g:authenticated'] } });
    const delivery = small();
    await again({ acl: { r: anybody } }).deliver(delivery, contextOf());
    expect((await ask(standin, metaPath(nameOf(delivery, 'a.txt')))).status).toBe(200);
    expect((await ask(standin, metaPath(nameOf(delivery, 'manifest.json')))).status).toBe(403);
  });
});

describe('publishing', () => {
  test('gives each file an address that anybody can read, the same at a repeat, and the manifest none', async () => {
    const { standin, destination } = await open({ publish: true });
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a')), fileOf('b.txt', Buffer.from('b'))]);
    const context = contextOf();
    const { remote } = await destination.deliver(delivery, context);
    const links = remote.map(({ link }) => link ?? '');
    expect(await Promise.all(links.map(async (link) => (await fetch(link)).text()))).toEqual(['a', 'b']);
    const repeat = await destination.deliver(delivery, context);
    expect(repeat.alreadyThere).toBe(true);
    expect(repeat.remote.map(({ link }) => link)).toEqual(links);
    expect((await destination.probe(delivery, context))?.remote.map(({ link }) => link)).toEqual(links);
    expect(manifestsIn(standin, delivery.key)[0]?.publicPath).toBeUndefined();
  });

  test('waits until all files are there', async () => {
    const { standin, destination } = await open({ publish: true }, { mostFileBytes: 10_000 });
    const delivery = deliveryOf([fileOf('a.txt', Buffer.from('a')), fileOf('b.bin', Buffer.alloc(10_001))]);
    await expect(destination.deliver(delivery, contextOf())).rejects.toMatchObject({ retry: 'never' });
    expect(filesIn(standin).map(({ publicPath }) => publicPath)).toEqual([undefined]);
  });

  test('is not done unless it is said, and a delivery without addresses is not whole where it is', async () => {
    const { standin, destination, again } = await open();
    const delivery = small();
    const { remote } = await destination.deliver(delivery, contextOf());
    expect(remote[0]?.link).toBeUndefined();
    expect(filesIn(standin).every(({ publicPath }) => publicPath === undefined)).toBe(true);
    expect(await destination.probe(delivery, contextOf())).toBeDefined();
    const publishing = again({ publish: true });
    expect(await publishing.probe(delivery, contextOf())).toBeUndefined();
    expect((await publishing.deliver(delivery, contextOf())).remote[0]?.link).toBeDefined();
    expect(await publishing.probe(delivery, contextOf())).toBeDefined();
  });
});

test('types come from the extension, but none that a browser would run', async () => {
  const { standin, destination } = await open();
  const delivery = deliveryOf(
    ['a.PDF', 'b.html', 'c.svg', 'd', 'e.constructor'].map((name) => fileOf(name, Buffer.from(name))),
  );
  await destination.deliver(delivery, contextOf());
  const typeOf = (name: string) => fileNamed(standin, nameOf(delivery, name))?.contentType;
  expect(typeOf('a.PDF')).toBe('application/pdf');
  for (const name of ['b.html', 'c.svg', 'd', 'e.constructor'])
    expect(typeOf(name)).toBe('application/octet-stream');
});

describe('names', () => {
  test('what the BaaS refuses is replaced; folders become part of the name', async () => {
    const { standin, destination } = await open();
    const delivery = deliveryOf(
      ["it's.txt", 'a~~~b.txt', 'sub/folder/c.txt'].map((name) => fileOf(name, Buffer.from(name))),
    );
    await destination.deliver(delivery, contextOf());
    const names = ['it_s.txt', 'a___b.txt', 'sub - folder - c.txt', 'manifest.json'];
    expect(namesIn(standin)).toEqual(names.map((name) => nameOf(delivery, name)).sort());
  });

  test('a title that is changed in between changes no name', async () => {
    const { standin, destination } = await open({ template: '{request} {number} {name}' });
    const delivery = small();
    const context = contextOf();
    await destination.deliver(delivery, context);
    const renamed = { ...delivery, request: { ...delivery.request, title: 'New title' } };
    expect(await destination.probe(renamed, context)).toBeDefined();
    expect((await destination.deliver(renamed, context)).alreadyThere).toBe(true);
    expect(filesIn(standin)).toHaveLength(2);
  });

  test('two files of one submission that are delivered on their own keep a manifest each', async () => {
    const { standin, destination } = await open();
    const deliveries = ['a.txt', 'b.txt'].map((name) =>
      deliveryOf([fileOf(name, Buffer.from(name))], { per: 'file', receiptNumber: '261122-SAME0' }),
    );
    for (const delivery of deliveries) await destination.deliver(delivery, contextOf());
    for (const delivery of deliveries) expect(await destination.probe(delivery, contextOf())).toBeDefined();
    expect(filesIn(standin)).toHaveLength(4);
  });
});

describe('a name that is taken', () => {
  test('by a file that can not even be looked at: the next number, and the repeat finds it', async () => {
    const { standin, destination } = await open();
    const delivery = small();
    const name = nameOf(delivery, 'a.txt');
    const acl = { owner: 'somebody', r: [], w: [] };
    const other = await standin.put('incoming', name, Buffer.from('theirs'), { acl });
    const context = contextOf();
    await destination.deliver(delivery, context);
    expect(namesIn(standin)).toContain(nameOf(delivery, 'a (2).txt'));
    expect(fileNamed(standin, name)).toBe(other);
    expect((await destination.deliver(delivery, context)).alreadyThere).toBe(true);
    // Also when the name has become free.
    standin.bucket('incoming')?.files.delete(name);
    expect((await destination.deliver(delivery, context)).alreadyThere).toBe(true);
    expect(filesIn(standin)).toHaveLength(2);
  });

  test('also the manifest’s own', async () => {
    const { standin, destination } = await open();
    const delivery = small();
    await standin.put('incoming', nameOf(delivery, 'manifest.json'), Buffer.from('{}'));
    await destination.deliver(delivery, contextOf());
    expect(manifestsIn(standin, delivery.key)[0]?.filename).toBe(nameOf(delivery, 'manifest (2).json'));
    expect(await destination.probe(delivery, contextOf())).toBeDefined();
  });

  test('can not be told without the right to read: then nothing is written', async () => {
    const { standin, destination } = await open();
    standin.addBucket('incoming', { contentAcl: { w: ['g:authenticated'] } });
    await expect(destination.deliver(small(), contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
    expect(filesIn(standin)).toEqual([]);
    standin.addBucket('incoming');
    await destination.deliver(small(), contextOf());
    expect(filesIn(standin)).toHaveLength(2);
  });
});
