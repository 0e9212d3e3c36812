import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wakeDueRetirements } from '../../../db/queries/retention.ts';
import { auditEvents, destinations, notices } from '../../../db/schema/index.ts';
import type { Delivered } from '../../../server/importer/destinations/destination.ts';
import { abandonDelivery, replayDelivery } from '../../../server/importer/ledger/manage-deliveries.ts';
import { Failure } from '../../../server/lib/failure.ts';
import {
  newImporter,
  openStage,
  readDelivery,
  type Stage,
  scripted,
  seedDelivery,
  setAlive,
} from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const actor = { name: 'staff:test', teams: 'all' } as const;
let kinds = 0;

/** A delivery that was made to a destination that keeps for thirty days; `remove` is what the destination does then. */
const delivered = async (remove: (what: Delivered) => Promise<void>, config = { retentionDays: 30 }) => {
  kinds += 1;
  const kind = `kept ${kinds}`;
  const seeded = await seedDelivery(stage, { kind, config });
  const importer = await newImporter(stage, [scripted(kind, { remove })]);
  expect(await importer.deliverOne(seeded.deliveryId)).toBe('delivered');
  const age = (days: number) =>
    stage.db.execute(
      sql`update deliveries set delivered_at = now() - ${days} * interval '1 day', not_before = now()
          where id = ${seeded.deliveryId}`,
    );
  const told = () => stage.db.select().from(notices).where(eq(notices.subject, seeded.deliveryId));
  return { ...seeded, importer, age, told, row: () => readDelivery(stage, seeded.deliveryId) };
};

test('is taken away after so many days, not before, once, and the ledger says so', async () => {
  const removed: Delivered[] = [];
  const { deliveryId, fileIds, importer, age, row } = await delivered(async (what) => {
    removed.push(what);
  });
  await age(29);
  await importer.retireOne(deliveryId);
  expect([removed.length, (await row()).removedAt]).toEqual([0, null]);
  await age(31);
  expect(await wakeDueRetirements(stage.db, importer.nodeId)).toBe(1);
  await importer.retireOne(deliveryId);
  await importer.retireOne(deliveryId);
  expect(removed.map(({ remote }) => remote.map(({ file }) => file))).toEqual([fileIds]);
  expect(await row()).toMatchObject({ state: 'delivered', removedAt: expect.any(Date), leaseNode: null });
  expect(await wakeDueRetirements(stage.db, importer.nodeId)).toBe(0);
  const audited = await stage.db.select().from(auditEvents).where(eq(auditEvents.subject, deliveryId));
  expect(audited.map(({ action }) => action)).toContain('delivery.removed');
});

test('stays where nothing ends it, or while its destination is paused', async () => {
  const never = await delivered(() => Promise.reject(new Error('asked')), {} as { retentionDays: number });
  await never.age(5000);
  await never.importer.retireOne(never.deliveryId);
  const paused = await delivered(() => Promise.reject(new Error('asked')));
  await paused.age(5000);
  await stage.db
    .update(destinations)
    .set({ pausedAt: sql`now()` })
    .where(eq(destinations.id, paused.destinationId));
  await paused.importer.retireOne(paused.deliveryId);
  expect(await wakeDueRetirements(stage.db, 'nod_any')).toBe(0);
  for (const each of [never, paused]) expect((await each.row()).removedAt).toBeNull();
});

test('what can’t be taken away is told to staff, tried again later, and told no more when it is gone', async () => {
  let refuses = true;
  const { deliveryId, importer, age, row, told } = await delivered(async () => {
    if (refuses) throw new Failure('destination.auth', { retry: 'later' });
  });
  await age(31);
  await importer.retireOne(deliveryId);
  expect(await told()).toMatchObject([
    {
      code: 'delivery.not-removed',
      level: 'problem',
      params: { reason: 'destination.auth' },
      resolvedAt: null,
    },
  ]);
  expect((await row()).notBefore.getTime()).toBeGreaterThan(Date.now() + 50 * 60_000);
  expect(await wakeDueRetirements(stage.db, importer.nodeId)).toBe(0);
  refuses = false;
  await age(31);
  await importer.retireOne(deliveryId);
  expect(await told()).toMatchObject([{ resolvedAt: expect.any(Date) }]);
  expect((await row()).removedAt).not.toBeNull();
});

test('is not delivered again while it is taken away, and can be afterwards', async () => {
  const refused: unknown[] = [];
  const { deliveryId, importer, age, row } = await delivered(async () => {
    refused.push(await replayDelivery(stage.db, deliveryId, actor).catch((error: unknown) => error));
  });
  await age(31);
  await importer.retireOne(deliveryId);
  expect(refused).toMatchObject([{ code: 'delivery.not-over' }]);
  await replayDelivery(stage.db, deliveryId, actor);
  expect(await row()).toMatchObject({ state: 'waiting', removedAt: null });
  expect(await importer.deliverOne(deliveryId)).toBe('delivered');
});

test('is taken away too when it was delivered, was to be delivered again, and was given up', async () => {
  const { deliveryId, importer, age, row } = await delivered(async () => {});
  await replayDelivery(stage.db, deliveryId, actor);
  await abandonDelivery(stage.db, deliveryId, actor);
  await age(31);
  expect(await wakeDueRetirements(stage.db, importer.nodeId)).toBe(1);
  await importer.retireOne(deliveryId);
  expect(await row()).toMatchObject({ state: 'dead', removedAt: expect.any(Date) });
});

test('of a kind that takes nothing away is not said to be gone', async () => {
  const { deliveryId, importer, age, row, told } = await delivered(undefined as never);
  await age(31);
  await importer.retireOne(deliveryId);
  expect((await row()).removedAt).toBeNull();
  expect(await told()).toMatchObject([{ code: 'delivery.not-removed' }]);
});

test('an importer that died over it leaves it to another', async () => {
  const { deliveryId, importer, age, row } = await delivered(async () => {});
  await age(31);
  const dead = await newImporter(stage);
  await stage.db.execute(sql`update deliveries set lease_node = ${dead.nodeId} where id = ${deliveryId}`);
  await importer.retireOne(deliveryId);
  expect((await row()).removedAt).toBeNull();
  await setAlive(stage, dead.nodeId, false);
  await importer.retireOne(deliveryId);
  expect((await row()).removedAt).not.toBeNull();
});
