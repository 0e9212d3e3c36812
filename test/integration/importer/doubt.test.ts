import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acknowledgeDelivery } from '../../../db/queries/acknowledgements.ts';
import {
  changeDestination,
  pauseDestination,
  removeDestination,
  resumeDestination,
} from '../../../db/queries/destinations.ts';
import { noteOlder } from '../../../db/queries/found.ts';
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
import { tidySubmission } from '../../../server/importer/tidy.ts';
import { Failure } from '../../../server/lib/failure.ts';
import { silentLog } from '../../../server/lib/log.ts';
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
const refusing = (
  kind: string,
  code: 'destination.rejected' | 'destination.unavailable' | 'destination.auth',
) =>
  scripted(kind, {
    deliver: () =>
      Promise.reject(new Failure(code, { retry: code === 'destination.rejected' ? 'never' : 'later' })),
  });

/** A request with a folder of its own, so that what is found in it is this test's. */
const seedIn = async (
  folderPath: string,
  contents: Record<string, string>,
  destinationIds: string[],
  more: Partial<typeof tables.requests.$inferInsert> = {},
) => {
  await stage.nextcloud.files.makeDirectory(folderPath);
  const seeded = await seedSubmission(stage, contents, destinationIds, { folderPath, ...more });
  const [deliveryId = ''] = await enter(stage, seeded.submissionId);
  const put = (path: string, content: string) =>
    stage.nextcloud.files.put(`${folderPath}/${path}`, Buffer.from(content), { sizeBytes: content.length });
  const there = async (path: string) =>
    (await stage.nextcloud.files.stat(`${folderPath}/${path}`)) !== undefined;
  const importer = await newImporter(stage);
  const look = async () => {
    await stage.db
      .update(tables.requests)
      .set({ lookedAt: null })
      .where(eq(tables.requests.id, seeded.requestId));
    return importer.lookAt(seeded.requestId);
  };
  const settle = () =>
    stage.db.execute(
      sql`update arrivals set same_since = same_since - interval '60 seconds' where request_id = ${seeded.requestId}`,
    );
  const found = () =>
    stage.db
      .select()
      .from(tables.submissions)
      .where(sql`${tables.submissions.requestId} = ${seeded.requestId} and origin = 'nextcloud'`);
  return { ...seeded, deliveryId, put, there, look, settle, found, importer };
};

describe('files in Nextcloud', () => {
  test('that lay in the folder before the request was opened are nobody’s submission', async () => {
    const { requestId, put, look, settle, found } = await seedIn('/Older', { 'a.txt': 'a' }, [
      await seedDestination(stage),
    ]);
    const { fileId = 0, etag } = await put('precious.txt', 'years old');
    await noteOlder(stage.db, requestId, [{ fileId, path: 'precious.txt', etag, sizeBytes: 9 }]);
    await put('new.txt', 'sent');
    await look();
    await settle();
    expect(await look()).toEqual({ settling: 0, submissions: 1 });
    const [submission] = await found();
    expect((await readFiles(stage, submission?.id ?? '')).map(({ path }) => path)).toEqual(['new.txt']);
  });

  test('stay there while only a message is known to have arrived', async () => {
    const message = scripted('message only', {
      deliver: ({ files }) =>
        Promise.resolve({
          alreadyThere: false,
          bytesUnknown: true,
          remote: files.map(({ id, sizeBytes }) => ({ file: id, sizeBytes, verifiedBy: 'message-accepted' })),
        }),
    });
    const destination = await seedDestination(stage, 'message only', {});
    const { deliveryId, submissionId, folderName, there } = await seedIn(
      '/Told',
      { 'a.txt': 'a' },
      [destination],
      {
        afterImport: 'delete',
        deleteAfterDays: 0,
      },
    );
    const importer = await newImporter(stage, [message]);
    expect(await importer.deliverOne(deliveryId)).toBe('delivered');
    await importer.tidyOne(submissionId);
    expect(await there(`${folderName}/a.txt`)).toBe(true);
  });

  test('are not deleted any further once they are to be delivered again', async () => {
    const { deliveryId, submissionId, importer } = await seedIn(
      '/Again',
      { 'a.txt': 'a', 'b.txt': 'b' },
      [await seedDestination(stage)],
      {
        afterImport: 'delete',
        deleteAfterDays: 0,
      },
    );
    await importer.deliverOne(deliveryId);
    const files = new Proxy(stage.nextcloud.files, {
      get: (target, name) =>
        name === 'remove'
          ? async (...call: Parameters<typeof target.remove>) => {
              await stage.db.transaction((tx) => replayDeliveries(tx, { ids: [deliveryId] }, ['delivered']));
              return target.remove(...call);
            }
          : Reflect.get(target, name),
    });
    const nextcloud = { files, directLink: stage.nextcloud.directLink };
    const options = { db: stage.db, nextcloudFor: () => Promise.resolve(nextcloud), log: silentLog };
    await tidySubmission(options, submissionId, new AbortController().signal);
    const removed = (await readFiles(stage, submissionId)).filter(({ removedAt }) => removedAt !== null);
    expect(removed).toHaveLength(1);
  });

  test('put beside a submission’s, and moved out of the way with them, are found all the same', async () => {
    const { deliveryId, submissionId, folderName, put, look, settle, found, importer } = await seedIn(
      '/Beside',
      { 'a.txt': 'a' },
      [await seedDestination(stage)],
      { afterImport: 'move' },
    );
    await put(`${folderName}/addendum.txt`, 'by staff');
    await look();
    await importer.deliverOne(deliveryId);
    await importer.tidyOne(submissionId);
    await settle();
    await look();
    await settle();
    await look();
    const [submission] = await found();
    expect((await readFiles(stage, submission?.id ?? '')).map(({ path }) => path)).toEqual(['addendum.txt']);
    expect(submission?.submitterName).toBe(folderName);
  });

  test('of a visitor who calls himself Imported are found', async () => {
    const { put, look, settle } = await seedIn('/Visitor', { 'a.txt': 'a' }, [await seedDestination(stage)]);
    await stage.nextcloud.files.makeDirectory('/Visitor/Imported');
    await put('Imported/mine.txt', 'mine');
    await look();
    await settle();
    expect(await look()).toEqual({ settling: 0, submissions: 1 });
  });

  test('that staff have taken away keep nobody from moving the others', async () => {
    const { deliveryId, submissionId, folderName, there, importer } = await seedIn(
      '/Taken',
      { 'a.txt': 'a', 'b.txt': 'b' },
      [await seedDestination(stage)],
      {
        afterImport: 'move',
      },
    );
    await stage.db
      .update(tables.submissions)
      .set({ origin: 'nextcloud' })
      .where(eq(tables.submissions.id, submissionId));
    await importer.deliverOne(deliveryId);
    await stage.nextcloud.files.remove(`/Taken/${folderName}/a.txt`);
    await importer.tidyOne(submissionId);
    expect(await there(`${folderName}/b.txt`)).toBe(false);
  });

  test('are never delivered into the folder in which they would be found again', async () => {
    await stage.nextcloud.files.makeDirectory('/Loop');
    await stage.nextcloud.files.makeDirectory('/Loop/Out');
    const destination = await seedDestination(stage, 'nextcloud', {
      folder: '/Loop/Out',
      template: '{request}/{receipt}',
      mode: 'copy',
    });
    const { deliveryId, importer } = await seedIn('/Loop', { 'a.txt': 'a' }, [destination]);
    expect(await importer.deliverOne(deliveryId)).toBe('dead');
    expect((await readDelivery(stage, deliveryId)).failureCode).toBe('destination.conflict');
    expect(await stage.nextcloud.files.list('/Loop/Out')).toEqual([]);
  });
});

describe('a look', () => {
  test('that a wake-up asks for too soon is put off, not dropped', async () => {
    const { requestId, look, importer } = await seedIn('/Soon', { 'a.txt': 'a' }, [
      await seedDestination(stage),
    ]);
    await look();
    await forgetJobs(stage);
    await importer.lookAt(requestId);
    const jobs = await stage.db.execute(
      sql`select 1 from graphile_worker.jobs where key = ${`look:${requestId}`}`,
    );
    expect(jobs).toHaveLength(1);
  });

  test('at a folder that stands still leaves those that do not to be looked at again', async () => {
    const { put, look, settle } = await seedIn('/Two', { 'a.txt': 'a' }, [await seedDestination(stage)]);
    for (const name of ['A', 'B']) await stage.nextcloud.files.makeDirectory(`/Two/${name}`);
    await put('A/1', 'x');
    await look();
    await settle();
    await put('B/1', 'x');
    expect(await look()).toEqual({ settling: 1, submissions: 1 });
  });
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
    await stage.db.transaction((tx) => removeDestination(tx, destinationId));
    await replayAll(stage.db, destinationId, staff);
    expect((await readDelivery(stage, deliveryId)).state).toBe('dead');
  });

  test('that nobody wants any more is given up, and lets its destination be removed', async () => {
    const { deliveryId, destinationId } = await seedDelivery(stage);
    const remove = () => stage.db.transaction((tx) => removeDestination(tx, destinationId));
    expect(await remove()).toBe('busy');
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
