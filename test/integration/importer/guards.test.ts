import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acknowledgeDelivery } from '../../../db/queries/acknowledgements.ts';
import { unresolvedNotices } from '../../../db/queries/notices.ts';
import { destinations } from '../../../db/schema/index.ts';
import type { Destination } from '../../../server/importer/destinations/destination.ts';
import { Failure } from '../../../server/lib/failure.ts';
import {
  enter,
  makeDue,
  newImporter,
  openStage,
  readDelivery,
  type Stage,
  scripted,
  seedDestination,
  seedSubmission,
  wakeUpOf,
} from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Deliveries of one file each to one destination whose every answer the test decides. */
const seedMany = async (kind: string, count: number) => {
  const destinationId = await seedDestination(stage, kind, {});
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const { submissionId } = await seedSubmission(stage, { 'a.txt': `${kind} ${n}` }, [destinationId]);
    ids.push(...(await enter(stage, submissionId)));
  }
  return { destinationId, ids };
};

const destinationRow = async (id: string) => {
  const [row] = await stage.db.select().from(destinations).where(eq(destinations.id, id));
  if (row === undefined) throw new Error('no such destination');
  return row;
};

const change = (id: string, values: Parameters<ReturnType<typeof stage.db.update>['set']>[0]) =>
  stage.db.update(destinations).set(values).where(eq(destinations.id, id));

const unavailable = () => Promise.reject(new Failure('destination.unavailable', { retry: 'later' }));

describe('a destination that takes so many at once', () => {
  test('is given no more by several importers together; the next is woken when one has ended', async () => {
    let atOnce = 0;
    let most = 0;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const deliver: Destination['deliver'] = async ({ files }) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await opened;
      atOnce -= 1;
      return {
        alreadyThere: false,
        remote: files.map(({ id, sizeBytes }) => ({ file: id, sizeBytes, verifiedBy: 'test' })),
      };
    };
    const { destinationId, ids } = await seedMany('narrow', 5);
    await change(destinationId, { maxConcurrent: 2 });
    const importers = await Promise.all(
      [1, 2].map(() => newImporter(stage, [scripted('narrow', { deliver })])),
    );
    const attempts = ids.map(async (id, n) => importers[n % 2]?.deliverOne(id));
    await expect.poll(() => atOnce).toBe(2);
    open();
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter((outcome) => outcome === 'delivered')).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === 'not-claimed')).toHaveLength(3);
    expect(most).toBe(2);
    const waiting = ids.filter((_, n) => outcomes[n] === 'not-claimed');
    const woken = await Promise.all(waiting.map((id) => wakeUpOf(stage, id)));
    expect(woken.filter((when) => when !== undefined && when.getTime() <= Date.now()).length).toBeGreaterThan(
      0,
    );
  });
});

describe('a destination that fails again and again', () => {
  test('is left alone for a while, staff are told, and no attempt is used up meanwhile', async () => {
    let asked = 0;
    const failing = scripted('failing', {
      probe: () => {
        asked += 1;
        return unavailable();
      },
    });
    const { destinationId, ids } = await seedMany('failing', 5);
    const importer = await newImporter(stage, [failing]);
    for (const id of ids.slice(0, 3)) expect(await importer.deliverOne(id)).toBe('retry');
    for (const id of ids.slice(3)) expect(await importer.deliverOne(id)).toBe('not-claimed');
    expect(asked).toBe(3);
    expect((await destinationRow(destinationId)).restsUntil?.getTime()).toBeGreaterThan(Date.now());
    for (const id of ids) expect((await readDelivery(stage, id)).attempts).toBe(0);
    const told = (await unresolvedNotices(stage.db, 'all')).filter(
      ({ subject }) => subject === destinationId,
    );
    expect(told.map(({ code, params }) => [code, params.reason])).toEqual([
      ['destination.failing', 'destination.unavailable'],
    ]);
  });

  test('is tried by one delivery after its rest, and trusted again when that succeeds', async () => {
    let well = false;
    let atOnce = 0;
    let most = 0;
    const recovering = scripted('recovering', {
      probe: async () => {
        if (!well) return unavailable();
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        atOnce -= 1;
        return undefined;
      },
    });
    const { destinationId, ids } = await seedMany('recovering', 6);
    const importer = await newImporter(stage, [recovering]);
    for (const id of ids.slice(0, 3)) await importer.deliverOne(id);
    await change(destinationId, { restsUntil: sql`now() - interval '1 second'` });
    for (const id of ids) await makeDue(stage, id);
    well = true;
    const outcomes = await Promise.all(ids.map((id) => importer.deliverOne(id)));
    expect(outcomes.filter((outcome) => outcome === 'not-claimed').length).toBeGreaterThan(0);
    const after = await destinationRow(destinationId);
    expect([after.failures, after.restsUntil]).toEqual([0, null]);
    expect(
      (await unresolvedNotices(stage.db, 'all')).filter(({ subject }) => subject === destinationId),
    ).toEqual([]);
    for (const id of ids)
      if ((await readDelivery(stage, id)).state === 'waiting') await importer.deliverOne(id);
    for (const id of ids) expect((await readDelivery(stage, id)).state).toBe('delivered');
    expect(most).toBeGreaterThan(0);
  });

  test('rests at once when it refuses the sign-in: trying again would only do harm', async () => {
    const refusing = scripted('refusing', {
      probe: () => Promise.reject(new Failure('destination.auth', { retry: 'later' })),
    });
    const { destinationId, ids } = await seedMany('refusing', 2);
    const importer = await newImporter(stage, [refusing]);
    expect(await importer.deliverOne(ids[0] ?? '')).toBe('retry');
    expect(await importer.deliverOne(ids[1] ?? '')).toBe('not-claimed');
    expect((await destinationRow(destinationId)).restsUntil).not.toBeNull();
  });

  test('is given up on only after days', async () => {
    const failing = scripted('gone', { probe: unavailable });
    const { destinationId, ids } = await seedMany('gone', 1);
    const importer = await newImporter(stage, [failing], { attempts: 2, patienceMs: 3_600_000 });
    const [id = ''] = ids;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await change(destinationId, { restsUntil: null });
      await makeDue(stage, id);
      expect(await importer.deliverOne(id)).toBe('retry');
    }
    await stage.db.execute(
      sql`update deliveries set tried_since = now() - interval '2 hours' where id = ${id}`,
    );
    await change(destinationId, { restsUntil: null });
    await makeDue(stage, id);
    expect(await importer.deliverOne(id)).toBe('dead');
  });

  test('a file that it refuses is no failure of the destination', async () => {
    const picky = scripted('picky', {
      deliver: () => Promise.reject(new Failure('destination.rejected')),
    });
    const { destinationId, ids } = await seedMany('picky', 4);
    const importer = await newImporter(stage, [picky]);
    for (const id of ids) expect(await importer.deliverOne(id)).toBe('dead');
    expect((await destinationRow(destinationId)).failures).toBe(0);
  });
});

describe('a destination whose receiver is to acknowledge', () => {
  const telling = (kind: string) => {
    let told = 0;
    const module = scripted(kind, {
      deliver: ({ files }) => {
        told += 1;
        return Promise.resolve({
          alreadyThere: false,
          remote: files.map(({ id, sizeBytes }) => ({ file: id, sizeBytes, verifiedBy: 'told' })),
          awaiting: 'acknowledgement',
        });
      },
    });
    return { module, times: () => told };
  };

  test('is told, waited for, told again after a while, and given up after days', async () => {
    const { module, times } = telling('receiver');
    const { ids } = await seedMany('receiver', 1);
    const [id = ''] = ids;
    const importer = await newImporter(stage, [module], { patienceMs: 3_600_000 });
    expect(await importer.deliverOne(id)).toBe('awaiting');
    const row = await readDelivery(stage, id);
    expect([row.state, row.awaiting, row.attempts]).toEqual(['waiting', 'acknowledgement', 0]);
    expect(row.notBefore.getTime()).toBeGreaterThan(Date.now() + 60_000);
    await makeDue(stage, id);
    expect(await importer.deliverOne(id)).toBe('awaiting');
    expect(times()).toBe(2);
    await stage.db.execute(
      sql`update deliveries set tried_since = now() - interval '2 hours' where id = ${id}`,
    );
    await makeDue(stage, id);
    expect(await importer.deliverOne(id)).toBe('dead');
    expect((await readDelivery(stage, id)).failureCode).toBe('delivery.unacknowledged');
  });

  test('acknowledged while it is told: whoever tells is fenced off', async () => {
    const { ids } = await seedMany('quick receiver', 1);
    const [id = ''] = ids;
    const module = scripted('quick receiver', {
      deliver: async () => {
        await stage.db.transaction((tx) => acknowledgeDelivery(tx, id, { outcome: 'delivered' }));
        return { alreadyThere: false, remote: [], awaiting: 'acknowledgement' };
      },
    });
    expect(await (await newImporter(stage, [module])).deliverOne(id)).toBe('fenced');
    expect((await readDelivery(stage, id)).state).toBe('delivered');
  });

  test('that wants nothing more is paused, staff are told, and its deliveries wait for them', async () => {
    const { destinationId, ids } = await seedMany('gone receiver', 2);
    const module = scripted('gone receiver', {
      deliver: () => Promise.reject(new Failure('destination.rejected', { details: { gone: true } })),
    });
    const importer = await newImporter(stage, [module]);
    expect(await importer.deliverOne(ids[0] ?? '')).toBe('retry');
    expect(await importer.deliverOne(ids[1] ?? '')).toBe('not-claimed');
    expect((await destinationRow(destinationId)).pausedAt).not.toBeNull();
    const told = (await unresolvedNotices(stage.db, 'all')).filter(
      ({ subject }) => subject === destinationId,
    );
    expect(told.map(({ code }) => code)).toEqual(['destination.gone']);
    expect((await readDelivery(stage, ids[0] ?? '')).state).toBe('waiting');
  });
});
