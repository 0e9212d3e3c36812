import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acknowledgeDelivery } from '../../../db/queries/acknowledgements.ts';
import {
  changeDestination,
  pauseDestination,
  removeDestination,
  resumeDestination,
} from '../../../db/queries/destinations.ts';
import { replayDeliveries } from '../../../db/queries/ledger.ts';
import { raiseNotice, unresolvedNotices } from '../../../db/queries/notices.ts';
import * as tables from '../../../db/schema/index.ts';
import {
  abandonDelivery,
  releaseHeld,
  replayAll,
  replayDelivery,
} from '../../../server/importer/ledger/manage-deliveries.ts';
import type { Scanner } from '../../../server/importer/scan/scanner.ts';
import { Failure } from '../../../server/lib/failure.ts';
import {
  enter,
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
  wakeUpOf,
} from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const staff = { name: 'staff:stf_1', teams: 'all' } as const;
const told = async (subject: string) =>
  (await unresolvedNotices(stage.db, 'all'))
    .filter((notice) => notice.subject === subject)
    .map(({ code }) => code);
const closeAll = (destinationId: string) =>
  stage.db
    .update(tables.requests)
    .set({ state: 'closed' })
    .where(
      sql`${tables.requests.id} in (select request_id from request_destinations where destination_id = ${destinationId})`,
    );
const refusing = (
  kind: string,
  code: 'destination.rejected' | 'destination.unavailable' | 'destination.auth',
) =>
  scripted(kind, {
    deliver: () =>
      Promise.reject(new Failure(code, { retry: code === 'destination.rejected' ? 'never' : 'later' })),
  });

describe('a delivery', () => {
  test('under way when a file is released is delivered again, with it', async () => {
    let go: () => void = () => undefined;
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const waiting = new Promise<void>((resolve) => {
      go = resolve;
    });
    const sent: string[][] = [];
    const slow = scripted('slow', {
      deliver: async ({ files }) => {
        sent.push(files.map(({ path }) => path));
        begin();
        await waiting;
        return {
          alreadyThere: false,
          remote: files.map(({ id, sizeBytes }) => ({ file: id, sizeBytes, verifiedBy: 'test' })),
        };
      },
    });
    const scanner: Scanner = {
      scan: ({ sizeBytes }) =>
        Promise.resolve(sizeBytes === 3 ? { result: 'found', found: 'Test' } : { result: 'clean' }),
      version: () => Promise.resolve('test'),
    };
    const importer = await newImporter(stage, [slow], {}, { scanner });
    const destination = await seedDestination(stage, 'slow', {});
    const { submissionId } = await seedSubmission(stage, { 'bad.txt': 'bad', 'good.txt': 'good one' }, [
      destination,
    ]);
    const [id = ''] = await enter(stage, submissionId);
    const first = importer.deliverOne(id);
    await begun;
    const bad = (await readFiles(stage, submissionId)).find(({ path }) => path === 'bad.txt');
    await releaseHeld(stage.db, bad?.id ?? '', staff);
    go();
    expect(await first).toBe('fenced');
    expect(await importer.deliverOne(id)).toBe('delivered');
    expect(sent).toEqual([['good.txt'], ['bad.txt', 'good.txt']]);
    expect((await readFiles(stage, submissionId)).map(({ state }) => state)).toEqual([
      'imported',
      'imported',
    ]);
  });

  test('to be made anew is not ended by what was said of it before', async () => {
    const telling = scripted('telling', {
      deliver: () => Promise.resolve({ alreadyThere: false, remote: [], awaiting: 'acknowledgement' }),
    });
    const importer = await newImporter(stage, [telling]);
    const { deliveryId } = await seedDelivery(stage, { kind: 'telling', config: {} });
    await importer.deliverOne(deliveryId);
    await stage.db.transaction((tx) =>
      acknowledgeDelivery(tx, deliveryId, { outcome: 'refused', reason: 'disk full' }),
    );
    expect((await readAttempts(stage, deliveryId)).at(-1)).toMatchObject({
      outcome: 'dead',
      failureCode: 'delivery.refused-there',
      details: { reason: 'disk full' },
    });
    await stage.db.transaction((tx) => replayDeliveries(tx, { ids: [deliveryId] }, ['dead']));
    expect(
      await stage.db.transaction((tx) => acknowledgeDelivery(tx, deliveryId, { outcome: 'delivered' })),
    ).toBe(false);
    expect((await readDelivery(stage, deliveryId)).state).toBe('waiting');
  });

  test('whose receiver answers before it is noted what it was told, keeps both', async () => {
    const quick = scripted('quick', {
      async deliver({ files: [file] }) {
        const [row] = await stage.db
          .select()
          .from(tables.deliveries)
          .where(eq(tables.deliveries.state, 'delivering'));
        await stage.db.transaction((tx) => acknowledgeDelivery(tx, row?.id ?? '', { outcome: 'delivered' }));
        const remote = [{ file: file?.id ?? '', sizeBytes: 1, verifiedBy: 'message-accepted' }];
        return { alreadyThere: false, remote, place: 'there', awaiting: 'acknowledgement' };
      },
    });
    const importer = await newImporter(stage, [quick]);
    const { deliveryId } = await seedDelivery(stage, { kind: 'quick', config: {} });
    expect(await importer.deliverOne(deliveryId)).toBe('fenced');
    expect(await readDelivery(stage, deliveryId)).toMatchObject({
      state: 'delivered',
      result: { place: 'there' },
    });
  });

  test('is not replayed to a destination that was removed', async () => {
    const importer = await newImporter(stage, [refusing('removed', 'destination.rejected')]);
    const { deliveryId, destinationId } = await seedDelivery(stage, { kind: 'removed', config: {} });
    await importer.deliverOne(deliveryId);
    await closeAll(destinationId);
    await stage.db.transaction((tx) => removeDestination(tx, destinationId));
    await replayAll(stage.db, destinationId, staff);
    expect((await readDelivery(stage, deliveryId)).state).toBe('dead');
  });

  test('that nobody wants any more is given up, and lets its destination be removed', async () => {
    const { deliveryId, destinationId } = await seedDelivery(stage);
    await closeAll(destinationId);
    const remove = () => stage.db.transaction((tx) => removeDestination(tx, destinationId));
    expect(await remove()).toMatchObject({ waiting: 1 });
    await abandonDelivery(stage.db, deliveryId, staff);
    expect(await readDelivery(stage, deliveryId)).toMatchObject({
      state: 'dead',
      failureCode: 'delivery.given-up',
    });
    expect(await remove()).toBe('removed');
    await expect(abandonDelivery(stage.db, deliveryId, staff)).rejects.toMatchObject({
      code: 'delivery.not-waiting',
    });
  });

  test('that is given up while it runs shows how its attempt ended, and its files as failed', async () => {
    const during = scripted('given up', {
      deliver: async () => {
        await abandonDelivery(stage.db, deliveryId, staff);
        return { alreadyThere: false, remote: [] };
      },
    });
    const importer = await newImporter(stage, [during]);
    const { deliveryId, submissionId } = await seedDelivery(stage, { kind: 'given up', config: {} });
    expect(await importer.deliverOne(deliveryId)).toBe('fenced');
    expect(await readAttempts(stage, deliveryId)).toMatchObject([
      { outcome: 'dead', failureCode: 'delivery.given-up', endedAt: expect.any(Date) },
    ]);
    expect((await readFiles(stage, submissionId)).map(({ state }) => state)).not.toContain('importing');
    await replayDelivery(stage.db, deliveryId, staff);
    expect((await readDelivery(stage, deliveryId)).state).toBe('waiting');
  });

  test('of a destination that was paused for days has not used up anybody’s patience', async () => {
    const importer = await newImporter(stage, [refusing('paused long', 'destination.unavailable')]);
    const { deliveryId, destinationId } = await seedDelivery(stage, { kind: 'paused long', config: {} });
    await pauseDestination(stage.db, destinationId);
    await stage.db.execute(
      sql`update deliveries set tried_since = now() - interval '8 days' where id = ${deliveryId}`,
    );
    await stage.db.transaction((tx) => resumeDestination(tx, destinationId));
    expect(await importer.deliverOne(deliveryId)).toBe('retry');
  });

  test('that fails for one destination leaves its files failed, whatever the other does afterwards', async () => {
    const importer = await newImporter(stage, [refusing('one fails', 'destination.rejected')]);
    const [bad, good] = [await seedDestination(stage, 'one fails', {}), await seedDestination(stage)];
    const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a' }, [bad, good]);
    const rows = await Promise.all((await enter(stage, submissionId)).map((id) => readDelivery(stage, id)));
    for (const destination of [bad, good])
      await importer.deliverOne(rows.find(({ destinationId }) => destinationId === destination)?.id ?? '');
    expect((await readFiles(stage, submissionId)).map(({ state }) => state)).toEqual(['failed']);
  });
});

describe('what staff are told', () => {
  test('of a destination that fails is settled when it is mended and works', async () => {
    const importer = await newImporter(stage, [refusing('mended', 'destination.auth')]);
    const { destinationId, deliveryId } = await seedDelivery(stage, { kind: 'mended', config: {} });
    await importer.deliverOne(deliveryId);
    expect(await told(destinationId)).toEqual(['destination.failing']);
    await changeDestination(stage.db, destinationId, { config: { mended: true } });
    expect(await told(destinationId)).toEqual([]);
    expect(await wakeUpOf(stage, deliveryId)).toBeDefined();
  });

  test('of files that wait for a scanner is settled when one has looked and they are delivered', async () => {
    const { submissionId } = await seedSubmission(stage, { 'a.txt': 'a' }, [await seedDestination(stage)], {
      unscanned: 'hold',
    });
    const [id = ''] = await enter(stage, submissionId);
    await (await newImporter(stage)).deliverOne(id);
    expect(await told(submissionId)).toEqual(['file.unscanned']);
    const scanner: Scanner = {
      scan: () => Promise.resolve({ result: 'clean' }),
      version: () => Promise.resolve('test'),
    };
    await makeDue(stage, id);
    expect(await (await newImporter(stage, [], {}, { scanner })).deliverOne(id)).toBe('delivered');
    expect(await told(submissionId)).toEqual([]);
  });

  test('of problems is never hidden by what is only said', async () => {
    await raiseNotice(stage.db, { level: 'problem', code: 'destination.gone', subject: 'dst_old' });
    for (let n = 0; n < 250; n += 1)
      await raiseNotice(stage.db, { level: 'information', code: 'submission.found', subject: `sub_${n}` });
    expect(await told('dst_old')).toEqual(['destination.gone']);
  });
});
