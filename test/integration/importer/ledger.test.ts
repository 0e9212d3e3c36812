import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditEvents, deliveries, destinations, notices } from '../../../db/schema/index.ts';
import { Failure } from '../../../server/lib/failure.ts';
import {
  enter,
  forgetJobs,
  makeDue,
  newImporter,
  openStage,
  readAttempts,
  readDelivery,
  readFiles,
  type Stage,
  scripted,
  seedDelivery,
  seedDestination,
  seedSubmission,
  setAlive,
  wakeUpOf,
} from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const noticesOn = (subject: string) => stage.db.select().from(notices).where(eq(notices.subject, subject));
const auditOn = async (subject: string) =>
  (await stage.db.select().from(auditEvents).where(eq(auditEvents.subject, subject))).map(
    ({ action }) => action,
  );

describe('a sealed submission', () => {
  test('gets one delivery for each destination, once, due when the take-back window has passed', async () => {
    const targets = [await seedDestination(stage), await seedDestination(stage)];
    const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a', 'b.txt': 'b' }, targets, {
      takeBackMinutes: 10,
    });
    const ids = await enter(stage, submissionId);
    expect(ids).toHaveLength(2);
    expect(await enter(stage, submissionId)).toEqual([]);
    for (const id of ids) {
      const row = await readDelivery(stage, id);
      expect(row).toMatchObject({ state: 'waiting', fileId: null, attempts: 0 });
      expect(row.key).toMatch(/^[a-z0-9-]{1,64}$/);
      expect(row.notBefore.getTime() - row.createdAt.getTime()).toBeGreaterThan(9 * 60_000);
      expect(await wakeUpOf(stage, id)).toEqual(row.notBefore);
    }
  });

  test('gets one for each file where the request says so', async () => {
    const target = await seedDestination(stage);
    const { submissionId, fileIds } = await seedSubmission(stage, { 'a.txt': 'a', 'b.txt': 'b' }, [target], {
      deliverPer: 'file',
    });
    const ids = await enter(stage, submissionId);
    const rows = await Promise.all(ids.map((id) => readDelivery(stage, id)));
    expect(rows.map(({ fileId }) => fileId ?? '').sort()).toEqual(fileIds.toSorted());
    expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
  });

  test('gets none before it is sealed', async () => {
    const target = await seedDestination(stage);
    const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a' }, [target], {}, 'finishing');
    expect(await enter(stage, submissionId)).toEqual([]);
  });
});

describe('a delivery can be claimed', () => {
  test('by one of many importers that try at once', async () => {
    const importers = await Promise.all([1, 2, 3, 4].map(() => newImporter(stage)));
    const { deliveryId } = await seedDelivery(stage);
    const outcomes = await Promise.all(importers.map((importer) => importer.deliverOne(deliveryId)));
    expect(outcomes.sort()).toEqual(['delivered', 'not-claimed', 'not-claimed', 'not-claimed']);
    expect(await readDelivery(stage, deliveryId)).toMatchObject({
      state: 'delivered',
      epoch: 1,
      attempts: 1,
    });
    expect(await importers[0]?.deliverOne(deliveryId)).toBe('not-claimed');
  });

  test('not before its time, and then', async () => {
    const importer = await newImporter(stage);
    const target = await seedDestination(stage);
    const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a' }, [target], { takeBackMinutes: 10 });
    const [id = ''] = await enter(stage, submissionId);
    expect(await importer.deliverOne(id)).toBe('not-claimed');
    await makeDue(stage, id);
    expect(await importer.deliverOne(id)).toBe('delivered');
  });

  test('not while its destination is paused', async () => {
    const importer = await newImporter(stage);
    const { deliveryId, destinationId } = await seedDelivery(stage);
    const pause = (pausedAt: Date | null) =>
      stage.db.update(destinations).set({ pausedAt }).where(eq(destinations.id, destinationId));
    await pause(new Date());
    await forgetJobs(stage);
    expect(await importer.deliverOne(deliveryId)).toBe('not-claimed');
    await importer.sweep();
    expect(await wakeUpOf(stage, deliveryId)).toBeUndefined();
    await pause(null);
    await importer.sweep();
    expect(await wakeUpOf(stage, deliveryId)).toBeDefined();
    expect(await importer.deliverOne(deliveryId)).toBe('delivered');
  });

  test('not by a node whose heart has stopped', async () => {
    const importer = await newImporter(stage);
    const { deliveryId } = await seedDelivery(stage);
    await setAlive(stage, importer.nodeId, false);
    expect(await importer.deliverOne(deliveryId)).toBe('not-claimed');
    await setAlive(stage, importer.nodeId, true);
    expect(await importer.deliverOne(deliveryId)).toBe('delivered');
  });
});

describe('the sweep wakes', () => {
  test('what a dead node has left, and not what a living one holds', async () => {
    const [dead, alive, sweeping] = await Promise.all([1, 2, 3].map(() => newImporter(stage)));
    const left = await seedDelivery(stage);
    const held = await seedDelivery(stage);
    const hold = (id: string, leaseNode: string | undefined) =>
      stage.db
        .update(deliveries)
        .set({ state: 'delivering', leaseNode: leaseNode ?? null, epoch: 1, attempts: 1 })
        .where(eq(deliveries.id, id));
    await hold(left.deliveryId, dead?.nodeId);
    await hold(held.deliveryId, alive?.nodeId);
    await setAlive(stage, dead?.nodeId ?? '', false);
    await forgetJobs(stage);
    await sweeping?.sweep();
    expect(await wakeUpOf(stage, left.deliveryId)).toBeDefined();
    expect(await wakeUpOf(stage, held.deliveryId)).toBeUndefined();
    expect(await sweeping?.deliverOne(held.deliveryId)).toBe('not-claimed');
    expect(await sweeping?.deliverOne(left.deliveryId)).toBe('delivered');
    expect(await readDelivery(stage, left.deliveryId)).toMatchObject({ epoch: 2, attempts: 2 });
  });

  test('what this node holds and has forgotten', async () => {
    const importer = await newImporter(stage);
    const { deliveryId } = await seedDelivery(stage);
    await stage.db
      .update(deliveries)
      .set({ state: 'delivering', leaseNode: importer.nodeId, epoch: 1, attempts: 1 })
      .where(eq(deliveries.id, deliveryId));
    expect(await importer.deliverOne(deliveryId)).toBe('not-claimed');
    await importer.sweep();
    expect(await importer.deliverOne(deliveryId)).toBe('delivered');
  });
});

describe('a failure', () => {
  test('that may pass is tried again after a wait, which asks for its own wake-up', async () => {
    const failing = scripted('throttled', {
      deliver: () => Promise.reject(new Failure('destination.unavailable', { retry: { afterMs: 600_000 } })),
    });
    const importer = await newImporter(stage, [failing]);
    const { deliveryId, submissionId } = await seedDelivery(stage, { kind: 'throttled' });
    const before = await readDelivery(stage, deliveryId);
    expect(await importer.deliverOne(deliveryId)).toBe('retry');
    const row = await readDelivery(stage, deliveryId);
    expect(row).toMatchObject({ state: 'waiting', leaseNode: null, failureCode: 'destination.unavailable' });
    expect(row.notBefore.getTime() - before.createdAt.getTime()).toBeGreaterThanOrEqual(600_000);
    expect(await wakeUpOf(stage, deliveryId)).toEqual(row.notBefore);
    expect(await importer.deliverOne(deliveryId)).toBe('not-claimed');
    expect(await readAttempts(stage, deliveryId)).toMatchObject([
      { outcome: 'retry', failureCode: 'destination.unavailable', endedAt: expect.any(Date) },
    ]);
    expect((await readFiles(stage, submissionId)).map(({ state }) => state)).toEqual(['importing']);
    expect(await noticesOn(deliveryId)).toEqual([]);
  });

  test('waits longer each time, and is given up after the last attempt', async () => {
    const failing = scripted('down', { deliver: () => Promise.reject(new Error('connection reset')) });
    const importer = await newImporter(stage, [failing], { attempts: 3, leastMs: 60_000, mostMs: 3_600_000 });
    const { deliveryId } = await seedDelivery(stage, { kind: 'down' });
    const waitsMs: number[] = [];
    for (let attempt = 1; attempt < 3; attempt += 1) {
      const beforeMs = (await readDelivery(stage, deliveryId)).createdAt.getTime();
      expect(await importer.deliverOne(deliveryId)).toBe('retry');
      waitsMs.push((await readDelivery(stage, deliveryId)).notBefore.getTime() - beforeMs);
      await makeDue(stage, deliveryId);
    }
    expect(waitsMs[0]).toBeGreaterThanOrEqual(30_000);
    expect(waitsMs[1]).toBeGreaterThanOrEqual(60_000);
    expect(await importer.deliverOne(deliveryId)).toBe('dead');
    expect(await readDelivery(stage, deliveryId)).toMatchObject({ state: 'dead', attempts: 3 });
    const outcomes = (await readAttempts(stage, deliveryId)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['retry', 'retry', 'dead']);
  });

  test('that will not pass gives it up at once and tells staff; delivered after all, the notice is settled', async () => {
    let broken = true;
    const module = scripted('strict', {
      probe: () =>
        broken
          ? Promise.reject(new Failure('destination.rejected', { details: { field: 'number' } }))
          : Promise.resolve(undefined),
    });
    const importer = await newImporter(stage, [module]);
    const { deliveryId, submissionId, requestId } = await seedDelivery(stage, { kind: 'strict' });
    expect(await importer.deliverOne(deliveryId)).toBe('dead');
    expect(await readDelivery(stage, deliveryId)).toMatchObject({
      state: 'dead',
      failureCode: 'destination.rejected',
      leaseNode: null,
    });
    expect(await noticesOn(deliveryId)).toMatchObject([
      { code: 'delivery.dead', level: 'problem', requestId, resolvedAt: null },
    ]);
    expect((await readFiles(stage, submissionId)).map(({ state }) => state)).toEqual(['failed']);
    expect(await importer.deliverOne(deliveryId)).toBe('not-claimed');

    broken = false;
    await stage.db.update(deliveries).set({ state: 'waiting' }).where(eq(deliveries.id, deliveryId));
    expect(await importer.deliverOne(deliveryId)).toBe('delivered');
    expect(await noticesOn(deliveryId)).toMatchObject([{ resolvedAt: expect.any(Date) }]);
    expect((await readFiles(stage, submissionId)).map(({ state }) => state)).toEqual(['imported']);
    expect(await auditOn(deliveryId)).toEqual(['delivery.dead', 'delivery.delivered']);
  });

  test.each([
    ['a kind that is not known', { kind: 'carrier-pigeon' }],
    ['a configuration that makes no sense', { kind: 'folder', config: { dir: 'relative' } }],
  ])('%s is given up at once', async (_, destination) => {
    const importer = await newImporter(stage);
    const { deliveryId } = await seedDelivery(stage, destination);
    expect(await importer.deliverOne(deliveryId)).toBe('dead');
    expect((await readDelivery(stage, deliveryId)).failureCode).toBe('destination.rejected');
  });
});

test('a file is imported when the last of its destinations has it, also when two finish at once', async () => {
  const plain = [scripted('plain', {})];
  const [first, second] = [await newImporter(stage, plain), await newImporter(stage, plain)];
  const targets = [await seedDestination(stage, 'plain'), await seedDestination(stage, 'plain')];
  for (let round = 0; round < 5; round += 1) {
    const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a' }, targets);
    const [one = '', other = ''] = await enter(stage, submissionId);
    const outcomes = await Promise.all([first.deliverOne(one), second.deliverOne(other)]);
    expect(outcomes).toEqual(['delivered', 'delivered']);
    expect(await readFiles(stage, submissionId)).toMatchObject([
      { state: 'imported', importedAt: expect.any(Date) },
    ]);
  }
  const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a' }, targets);
  const [one = ''] = await enter(stage, submissionId);
  expect(await first.deliverOne(one)).toBe('delivered');
  expect(await readFiles(stage, submissionId)).toMatchObject([{ state: 'importing', importedAt: null }]);
});
