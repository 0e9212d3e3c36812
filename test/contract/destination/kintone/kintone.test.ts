import { describe, expect, test } from 'vitest';
import { loadVendorSpec, requestChecker } from '../../../support/vendor-specs.ts';
import { contextOf, deliveryOf, fileOf } from '../deliveries.ts';
import { findConfig, problemsByVendor, token } from './harness.ts';
import { closeAfterEach, namesIn, openKintone, recordsOf } from './support.ts';

closeAfterEach();

const a = () => fileOf('a.txt', Buffer.from('a'));
const b = () => fileOf('b.txt', Buffer.from('bb'));

const spec = await loadVendorSpec('kintone-openapi.yaml');

describe.skipIf(spec === undefined)("the vendor's own description", () => {
  test('has every request of a check and a delivery, in both modes and in a guest space', async () => {
    const { standin, app, open } = await openKintone({ guestSpace: 3 });
    app.add({ Customer: { value: '42' } });
    for (const config of [{}, findConfig]) {
      const destination = open({ ...config, guestSpace: 3, fields: { Title: '{request.title}' } });
      expect((await destination.check()).fit).toBe(true);
      const delivery = deliveryOf([a(), b()]);
      await destination.deliver(delivery, contextOf());
      expect(await destination.probe(delivery, contextOf())).toBeDefined();
    }
    expect(standin.calls.length).toBeGreaterThan(20);
    expect(await problemsByVendor(standin)).toEqual([]);
  });

  test('does not have a misspelt one', () => {
    const check = requestChecker(spec ?? { openapi: '', paths: {} });
    const seen = { method: 'PUT', path: '/k/v1/record.json', query: new URLSearchParams() };
    const contentType = 'application/json';
    const good = { app: 1, id: 2, revision: 3, record: { Title: { value: 'x' } } };
    expect(check({ ...seen, contentType, body: good })).toEqual([]);
    expect(check({ ...seen, contentType, body: { ...good, app: '1' } })).toHaveLength(1);
    expect(check({ ...seen, contentType, body: { ...good, revisoin: 3 } })).toHaveLength(1);
    expect(check({ ...seen, path: '/k/v1/recrod.json', contentType, body: good })).toHaveLength(1);
  });
});

describe('fields', () => {
  test('are filled from the delivery, each in the form that its type takes', async () => {
    const { app, open } = await openKintone();
    const delivery = deliveryOf([a()], {
      message: 'first\nsecond',
      answers: [{ key: 'amount', label: '金額', value: '１２,３００' }],
      sealedAt: new Date('2026-11-22T16:05:07.123Z'),
      late: true,
    });
    await open({
      fields: {
        Title: '{receipt} {submitter.name}\n<{submitter.email}> {answer:nobody}',
        Message: '{message}\n{answers}\n{files}',
        Amount: '{answer:amount}',
        Received: '{sealedAt}',
        ReceivedOn: '{sealedAt}',
        ReceivedAt: '{sealedAt}',
        Late: '{late:期限後|期限内}',
      },
    }).deliver(delivery, contextOf());
    const [record] = recordsOf(app);
    expect(Object.fromEntries(record?.values ?? [])).toEqual({
      DeliveryKey: delivery.key,
      Title: `${delivery.receiptNumber} 山田 太郎 <yamada@example.org>`,
      Message: `first\nsecond\n金額: １２,３００\na.txt (1 bytes, SHA-256 ${delivery.files[0]?.sha256})`,
      Amount: '12300',
      Received: '2026-11-22T16:05:07Z',
      // In Tokyo, it is the next day.
      ReceivedOn: '2026-11-23',
      ReceivedAt: '01:05',
      Late: '期限後',
    });
  });

  test('that the form no longer has stop a delivery before anything is sent', async () => {
    const { app, open, asked } = await openKintone();
    const destination = open({ fields: { Titel: '{request.title}' } });
    await expect(destination.deliver(deliveryOf([a()]), contextOf())).rejects.toMatchObject({
      code: 'destination.rejected',
      retry: 'never',
      details: { problems: [expect.stringContaining('"Titel"')] },
    });
    expect(asked()).toEqual(['GET app/form/fields']);
    expect(recordsOf(app)).toEqual([]);
    await open({ fields: { Title: '{request.title}' } }).deliver(deliveryOf([a()]), contextOf());
    expect(recordsOf(app)).toHaveLength(1);
  });

  test('whose values kintone refuses are named, and the values are not', async () => {
    const { app, open } = await openKintone();
    const destination = open({ fields: { Amount: '{answer:amount}' } });
    const delivery = deliveryOf([a()], { answers: [{ key: 'amount', label: '金額', value: 'secret' }] });
    const failure = await destination.deliver(delivery, contextOf()).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'destination.rejected',
      retry: 'never',
      details: { kintone: 'CB_VA01', invalid: ['record.Amount.value'] },
    });
    expect(JSON.stringify(failure)).not.toContain('secret');
    expect(recordsOf(app)).toEqual([]);
  });
});

describe('a new record', () => {
  test('tells where it is, and how each file was verified', async () => {
    const { standin, open } = await openKintone();
    const files = [a(), fileOf('sub/big.bin', Buffer.alloc(2000, 1))];
    const delivery = deliveryOf(files);
    const destination = open({ readBackUpToBytes: 1000 });
    const delivered = await destination.deliver(delivery, contextOf());
    const link = `${standin.url}/k/1/show#record=1`;
    expect(delivered).toMatchObject({ alreadyThere: false, place: 'app 1, record 1', link });
    expect(delivered.remote).toEqual([
      { file: files[0]?.id, path: 'a.txt', link, sizeBytes: 1, verifiedBy: 'sha256-read-back' },
      {
        file: files[1]?.id,
        path: 'sub - big.bin',
        link,
        sizeBytes: 2000,
        verifiedBy: 'sha256-while-sending, size-read-back',
      },
    ]);
    const found = await destination.probe(delivery, contextOf());
    expect(found?.remote.map(({ verifiedBy }) => verifiedBy)).toEqual(['sha256-read-back', 'size-read-back']);
  });

  test('is made for each file, where files are delivered on their own', async () => {
    const { app, open } = await openKintone();
    for (const file of [a(), b()])
      await open().deliver(deliveryOf([file], { per: 'file', receiptNumber: '261122-SAME0' }), contextOf());
    expect(recordsOf(app).map(({ id }) => namesIn(app, id))).toEqual([['a.txt'], ['b.txt']]);
  });

  test('that a twin makes at the last moment stays as it is, with what staff have attached to it', async () => {
    const { standin, app, open } = await openKintone();
    const delivery = deliveryOf([a()]);
    const note = await standin.files.put('note.txt', Buffer.from('of staff'));
    const twins = await standin.files.put('a.txt', Buffer.from('a'));
    standin.beforeWrite = () => {
      standin.beforeWrite = undefined;
      const { id } = app.add({ DeliveryKey: { value: delivery.key } });
      app.setAttachments(id, 'Files', () => [twins, note]);
    };
    const delivered = await open().deliver(delivery, contextOf());
    expect(delivered).toMatchObject({ alreadyThere: true, place: 'app 1, record 1' });
    expect(recordsOf(app)).toHaveLength(1);
    expect(namesIn(app, 1)).toEqual(['a.txt', 'note.txt']);
  });

  test('whose attachment somebody has removed gets it back, and keeps what staff have changed', async () => {
    const { standin, app, open } = await openKintone();
    const destination = open({ fields: { Title: '{request.title}' } });
    const delivery = deliveryOf([a(), b()]);
    const context = contextOf();
    await destination.deliver(delivery, context);
    const note = await standin.files.put('note.txt', Buffer.from('of staff'));
    app.setAttachments(1, 'Files', (files) => [...files.filter(({ name }) => name !== 'a.txt'), note]);
    app.update(1, undefined, { Title: { value: 'corrected' } });
    expect(await destination.probe(delivery, context)).toBeUndefined();
    expect((await destination.deliver(delivery, context)).alreadyThere).toBe(false);
    expect(namesIn(app, 1)).toEqual(['b.txt', 'note.txt', 'a.txt']);
    expect(recordsOf(app)[0]?.values.get('Title')).toBe('corrected');
  });

  test('that holds other bytes than were sent is not taken for good, and nothing is added to it again', async () => {
    const { standin, app, open } = await openKintone();
    standin.files.damaging = true;
    const delivery = deliveryOf([a()]);
    await expect(open().deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.rejected',
      retry: 'never',
      details: { record: 1, files: [delivery.files[0]?.id] },
    });
    expect(await open().probe(delivery, contextOf())).toBeUndefined();
    expect(namesIn(app, 1)).toEqual(['a.txt']);
  });
});

describe('a key in the temporary storage', () => {
  const halfway = async (laterMs: number, standinLaterMs = laterMs) => {
    const { standin, app, open } = await openKintone();
    let nowMs = Date.parse('2026-11-22T02:00:00Z');
    const context = { ...contextOf(), clock: { now: () => new Date(nowMs) } };
    const files = [a(), b()];
    const delivery = deliveryOf(files);
    standin.fault('maintenance', 'write');
    await expect(open().deliver(delivery, context)).rejects.toMatchObject({
      code: 'destination.unavailable',
      retry: 'later',
    });
    nowMs += laterMs;
    standin.pass(standinLaterMs);
    await open().deliver(delivery, context);
    expect(namesIn(app, 1)).toEqual(['a.txt', 'b.txt']);
    return files.map(({ opened }) => opened);
  };
  const dayMs = 24 * 3600_000;

  test('is used again while it lives', async () => {
    expect(await halfway(2 * dayMs)).toEqual([1, 1]);
  });

  test('is not used any more shortly before it ends', async () => {
    expect(await halfway(2.6 * dayMs)).toEqual([2, 2]);
  });

  test('that kintone refuses nevertheless is replaced within the attempt', async () => {
    expect(await halfway(0, 4 * dayMs)).toEqual([2, 2]);
  });
});

describe('what may not be seen', () => {
  test('is never overwritten: a hidden attachment field stops the delivery', async () => {
    const { standin, app, open } = await openKintone();
    app.add({ Customer: { value: '42' } });
    const note = await standin.files.put('note.txt', Buffer.from('of staff'));
    app.setAttachments(1, 'Files', () => [note]);
    standin.hidden.add('Files');
    const delivery = deliveryOf([a()]);
    await expect(open(findConfig).deliver(delivery, contextOf())).rejects.toMatchObject({
      code: 'destination.auth',
      retry: 'later',
    });
    expect(namesIn(app, 1)).toEqual(['note.txt']);
    standin.hidden.delete('Files');
    await open(findConfig).deliver(delivery, contextOf());
    expect(namesIn(app, 1)).toEqual(['note.txt', 'a.txt']);
  });
});

test('several tokens go out together, as lookups need them', async () => {
  const { app, open } = await openKintone();
  await open({}, `AnotherAppsToken, ${token}`).deliver(deliveryOf([a()]), contextOf());
  expect(recordsOf(app)).toHaveLength(1);
});
