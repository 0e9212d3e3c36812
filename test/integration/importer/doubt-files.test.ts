import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noteOlder } from '../../../db/queries/found.ts';
import { replayDeliveries } from '../../../db/queries/ledger.ts';
import * as tables from '../../../db/schema/index.ts';
import { tidySubmission } from '../../../server/importer/tidy.ts';
import { silentLog } from '../../../server/lib/log.ts';
import {
  enter,
  forgetJobs,
  newImporter,
  openStage,
  readDelivery,
  readFiles,
  type Stage,
  scripted,
  seedDestination,
  seedSubmission,
} from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

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
