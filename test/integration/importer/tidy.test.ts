import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { Failure } from '../../../server/lib/failure.ts';
import {
  enter,
  makeDue,
  newImporter,
  openStage,
  readFiles,
  requestFolder,
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

let kinds = 0;

/** A submission of two files to a destination that takes everything, and one that can be made to refuse. */
const seed = async (more: Partial<typeof tables.requests.$inferInsert>) => {
  kinds += 1;
  const kind = `second ${kinds}`;
  let refuses = false;
  const second = scripted(kind, {
    probe: () =>
      refuses
        ? Promise.reject(new Failure('destination.rejected', { retry: 'later' }))
        : Promise.resolve(undefined),
  });
  const destinations = [await seedDestination(stage), await seedDestination(stage, kind, {})];
  const seeded = await seedSubmission(stage, { 'a.txt': 'a', 'b.txt': 'b' }, destinations, more);
  const deliveries = await enter(stage, seeded.submissionId);
  const importer = await newImporter(stage, [second]);
  const row = async () => {
    const [found] = await stage.db
      .select()
      .from(tables.submissions)
      .where(eq(tables.submissions.id, seeded.submissionId));
    return found;
  };
  const there = async (path: string) =>
    (await stage.nextcloud.files.stat(`${requestFolder}/${path}`)) !== undefined;
  return {
    ...seeded,
    importer,
    row,
    there,
    async deliver(options: { refuses?: boolean } = {}) {
      refuses = options.refuses === true;
      for (const id of deliveries) {
        await makeDue(stage, id);
        await importer.deliverOne(id);
      }
      await importer.tidyOne(seeded.submissionId);
    },
    /** As if the last delivery had been confirmed so many days ago. */
    age: (days: number) =>
      stage.db.execute(
        sql`update deliveries set delivered_at = now() - ${days} * interval '1 day'
            where submission_id = ${seeded.submissionId} and delivered_at is not null`,
      ),
  };
};

test('what is to be kept is left where it is', async () => {
  const { deliver, row, there, folderName } = await seed({ afterImport: 'keep' });
  await deliver();
  expect((await row())?.tidiedAt).toBeNull();
  expect(await there(`${folderName}/a.txt`)).toBe(true);
});

test('a submission is moved out of the way when its last delivery is confirmed, not before', async () => {
  const { deliver, row, there, folderName } = await seed({ afterImport: 'move' });
  await deliver({ refuses: true });
  expect(await there(`${folderName}/a.txt`)).toBe(true);
  await deliver();
  expect(await there(folderName)).toBe(false);
  expect(await there(`Imported/${folderName}/a.txt`)).toBe(true);
  expect((await row())?.folderName).toBe(`Imported/${folderName}`);
});

test('moved by an attempt that could not note it: the next one only notes it', async () => {
  const { deliver, row, there, folderName, submissionId, importer } = await seed({ afterImport: 'move' });
  await deliver();
  await stage.db
    .update(tables.submissions)
    .set({ tidiedAt: null, folderName })
    .where(eq(tables.submissions.id, submissionId));
  await importer.tidyOne(submissionId);
  expect((await row())?.folderName).toBe(`Imported/${folderName}`);
  expect(await there(`Imported/${folderName}/b.txt`)).toBe(true);
});

test('files are deleted some days after the last delivery, not before', async () => {
  const { deliver, age, importer, there, folderName, submissionId } = await seed({
    afterImport: 'delete',
    deleteAfterDays: 3,
  });
  await deliver();
  await age(2);
  await importer.tidyOne(submissionId);
  expect(await there(`${folderName}/a.txt`)).toBe(true);
  await age(4);
  await importer.tidyOne(submissionId);
  expect([await there(`${folderName}/a.txt`), await there(`${folderName}/b.txt`)]).toEqual([false, false]);
  expect((await readFiles(stage, submissionId)).map(({ removedAt }) => removedAt === null)).toEqual([
    false,
    false,
  ]);
});

test('a file that somebody has changed since is not deleted; one that staff have moved is found', async () => {
  const { deliver, age, importer, there, folderName, submissionId } = await seed({
    afterImport: 'delete',
    deleteAfterDays: 0,
  });
  const { files } = stage.nextcloud;
  await files.put(`${requestFolder}/${folderName}/later.txt`, Buffer.from('staff'), { sizeBytes: 5 });
  await deliver({ refuses: true });
  await files.put(`${requestFolder}/${folderName}/a.txt`, Buffer.from('changed'), { sizeBytes: 7 });
  await files.move(`${requestFolder}/${folderName}/b.txt`, `${requestFolder}/moved ${folderName}.txt`, {
    overwrite: false,
  });
  // Confirmed already where it was; the rest is as if it had been.
  await stage.db.execute(
    sql`update deliveries set state = 'delivered', delivered_at = now() where submission_id = ${submissionId}`,
  );
  await stage.db.execute(sql`update files set state = 'imported' where submission_id = ${submissionId}`);
  await age(1);
  await importer.tidyOne(submissionId);
  expect([
    await there(`${folderName}/a.txt`),
    await there(`${folderName}/later.txt`),
    await there(`moved ${folderName}.txt`),
  ]).toEqual([true, true, false]);
});

test('nothing is done while a file waits in quarantine', async () => {
  const { deliver, there, folderName, submissionId, importer } = await seed({ afterImport: 'move' });
  await stage.db.execute(
    sql`update files set state = 'quarantined' where submission_id = ${submissionId} and path = 'a.txt'`,
  );
  await deliver();
  await importer.tidyOne(submissionId);
  expect(await there(`${folderName}/b.txt`)).toBe(true);
});
