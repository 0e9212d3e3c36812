import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { filesIn, manifestsIn } from './harness.ts';
import { ask, calls, closeAll, fileNamed, nameOf, namesIn, open, small } from './support.ts';

afterEach(closeAll);

describe('an unfinished file of ours', () => {
  /** A BaaS that keeps what came of a body that broke off. */
  const begun = async () => {
    const place = await open({}, { keepsCutBodies: true });
    const delivery = small('a.txt', 'the whole text');
    const { files } = delivery;
    const context = contextOf();
    await place.destination.deliver(delivery, context);
    const file = fileNamed(place.standin, nameOf(delivery, 'a.txt'));
    if (file === undefined || files[0] === undefined) throw new Error('it was not delivered');
    const bytes = await place.standin.read(file);
    const cut = await place.standin.put('incoming', 'cut', bytes.subarray(0, 5));
    file.body = cut.body;
    for (const name of ['cut', nameOf(delivery, 'manifest.json')])
      place.standin.bucket('incoming')?.files.delete(name);
    return { ...place, delivery, context, file, sent: files[0] };
  };

  test('does not count as delivered, and is replaced, as exactly the one that was seen', async () => {
    const { standin, destination, delivery, context, file } = await begun();
    expect(await destination.probe(delivery, context)).toBeUndefined();
    const { fileETag, metaETag } = file;
    expect((await destination.deliver(delivery, context)).alreadyThere).toBe(false);
    expect((await standin.read(file)).toString('utf8')).toBe('the whole text');
    expect(filesIn(standin)).toHaveLength(2);
    const [put] = calls(standin, 'PUT', '/files/');
    expect(put?.path).toContain(`metaETag=${metaETag}&fileETag=${fileETag}`);
    expect(await destination.probe(delivery, context)).toBeDefined();
  });

  test('that somebody has changed since it was seen is left alone', async () => {
    const { standin, destination, delivery, context, file, sent } = await begun();
    const { open: openSource } = sent;
    sent.open = () => {
      file.fileETag = 'another';
      return openSource();
    };
    await expect(destination.deliver(delivery, context)).rejects.toMatchObject({
      code: 'destination.conflict',
      retry: 'later',
      details: { reason: 'etag_mismatch' },
    });
    expect((await standin.read(file)).toString('utf8')).toBe('the w');
    sent.open = openSource;
    await destination.deliver(delivery, context);
    expect(await destination.probe(delivery, context)).toBeDefined();
  });

  test('that is being written by a twin is waited for', async () => {
    const { destination, delivery, context, file } = await begun();
    file.locked = true;
    await expect(destination.deliver(delivery, context)).rejects.toMatchObject({
      code: 'destination.conflict',
      retry: 'later',
      details: { reason: 'file_locked' },
    });
    file.locked = false;
    await destination.deliver(delivery, context);
    expect(await destination.probe(delivery, context)).toBeDefined();
  });

  test('is never made of a source that turns out wrong at its end, when its bytes have long been sent', async () => {
    const { standin, destination } = await open();
    const bytes = Buffer.alloc(100_000, 'b');
    let wrong = true;
    const file = fileOf('b.bin', bytes, () =>
      Readable.from(
        (async function* () {
          yield bytes.subarray(0, -1);
          yield Buffer.from(wrong ? 'x' : 'b');
          while (standin.receivedBytes() < bytes.length - 1) await ask(standin, 'files/incoming');
          // The last byte, too, would have come by now.
          for (let more = 0; more < 3; more += 1) await ask(standin, 'files/incoming');
        })(),
      ),
    );
    const delivery = deliveryOf([file]);
    await expect(destination.deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'upload.integrity',
    });
    expect(filesIn(standin)).toEqual([]);
    wrong = false;
    await destination.deliver(delivery, contextOf());
    expect(filesIn(standin)).toHaveLength(2);
  });

  test('of a source that broke off is not whole either', async () => {
    const { standin, destination } = await open({}, { keepsCutBodies: true });
    const bytes = Buffer.alloc(300_000, 'b');
    let broken = true;
    const file = fileOf('b.bin', bytes);
    const { open: openWhole } = file;
    const openBroken = async () => {
      const source = await openWhole();
      source.once('data', () => source.destroy(new Error('gone')));
      return source.pause();
    };
    file.open = () => (broken ? openBroken() : openWhole());
    const delivery = deliveryOf([file]);
    await expect(destination.deliver(delivery, contextOf())).rejects.toThrow('gone');
    expect(manifestsIn(standin, delivery.key)).toEqual([]);
    broken = false;
    await destination.deliver(delivery, contextOf());
    expect(filesIn(standin)).toHaveLength(2);
    expect(await destination.probe(delivery, contextOf())).toBeDefined();
  });
});

describe('a delivery that was changed afterwards', () => {
  test.each([
    ['its manifest was replaced', 'manifest.json', '{"deliveryKey":"other","files":[]}'],
    ['its manifest is no manifest any more', 'manifest.json', 'not JSON'],
  ])('is not found where %s; the repeat makes it whole', async (_, name, text) => {
    const { standin, destination } = await open();
    const delivery = small();
    const context = contextOf();
    await destination.deliver(delivery, context);
    const file = fileNamed(standin, nameOf(delivery, name));
    const other = await standin.put('incoming', 'other', Buffer.from(text));
    if (file !== undefined) file.body = other.body;
    standin.bucket('incoming')?.files.delete('other');
    expect(await destination.probe(delivery, context)).toBeUndefined();
    await destination.deliver(delivery, context);
    expect(await destination.probe(delivery, context)).toBeDefined();
    expect(filesIn(standin)).toHaveLength(2);
  });

  test.each(['longer than it was', ''])(
    'is not found where its file is another: that is kept, and ours put beside it (%j)',
    async (text) => {
      const { standin, destination } = await open();
      const delivery = small('a.txt', 'ours');
      await destination.deliver(delivery, contextOf());
      const file = fileNamed(standin, nameOf(delivery, 'a.txt'));
      const other = await standin.put('incoming', 'other', Buffer.from(text));
      if (file !== undefined) file.body = other.body;
      standin.bucket('incoming')?.files.delete('other');
      expect(await destination.probe(delivery, contextOf())).toBeUndefined();
      await destination.deliver(delivery, contextOf());
      // Also where nothing is known any more of the attempt before.
      expect((await destination.deliver(delivery, contextOf())).alreadyThere).toBe(true);
      expect(await destination.probe(delivery, contextOf())).toBeDefined();
      expect(namesIn(standin)).toEqual(
        ['a (2).txt', 'a.txt', 'manifest.json'].map((name) => nameOf(delivery, name)),
      );
      expect(file && (await standin.read(file)).toString('utf8')).toBe(text);
    },
  );

  test('whose manifest names somebody else’s file is not believed', async () => {
    const { standin, destination } = await open();
    const delivery = small();
    await destination.deliver(delivery, contextOf());
    await standin.put('incoming', 'other.txt', Buffer.from('a'));
    const [manifest] = manifestsIn(standin, delivery.key);
    if (manifest === undefined) throw new Error('no manifest');
    const text = (await standin.read(manifest)).toString('utf8');
    const forged = text.replace(nameOf(delivery, 'a.txt'), 'other.txt');
    manifest.body = (await standin.put('incoming', 'forged', Buffer.from(forged))).body;
    expect(await destination.probe(delivery, contextOf())).toBeUndefined();
  });
});
