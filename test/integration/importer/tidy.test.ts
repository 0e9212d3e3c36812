import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wakeDueTidying } from '../../../db/queries/tidying.ts';
import * as tables from '../../../db/schema/index.ts';
import { Failure } from '../../../server/lib/failure.ts';
import {
  enter,
  forgetJobs,
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
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info', base: null },
    { write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const importer = await newImporter(stage, [second], {}, { log });
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
    warnings: () => logged.filter(({ msg }) => msg === 'not tidied, to be tried again'),
    told: () => stage.db.select().from(tables.notices).where(eq(tables.notices.subject, seeded.submissionId)),
    /** As if it had failed so many minutes before. */
    waitMinutes: (minutes: number) =>
      stage.db.execute(
        sql`update submissions set tidy_not_before = tidy_not_before - ${minutes} * interval '1 minute'
            where id = ${seeded.submissionId}`,
      ),
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

/** How many jobs are to tidy it now. */
const jobsFor = async (submissionId: string): Promise<number> =>
  (
    await stage.db.execute(
      sql`select 1 from graphile_worker.jobs where key = ${`tidy:${submissionId}`} and run_at <= now()`,
    )
  ).length;

describe('what can’t be done', () => {
  test('is told to staff, tried again after an hour, and told no more when it is done', async () => {
    const folderPath = '/In the way';
    const { files } = stage.nextcloud;
    await files.makeDirectory(folderPath);
    await files.put(`${folderPath}/Imported`, Buffer.from('a file'), { sizeBytes: 6 });
    const { deliver, row, told, warnings, waitMinutes, importer, submissionId, requestId, receiptNumber } =
      await seed({ afterImport: 'move', folderPath });
    await deliver();
    const params = { title: 'Papers', receipt: receiptNumber, action: 'move', reason: 'nextcloud.exists' };
    const notice = { code: 'submission.not-tidied', level: 'problem', requestId, params };
    expect(await told()).toMatchObject([{ ...notice, timesSeen: 1, resolvedAt: null }]);
    const [warning] = warnings();
    expect(warning).toMatchObject({ level: 40, submission: submissionId, code: 'nextcloud.exists' });
    expect(JSON.stringify(warning)).not.toContain('stack');
    await forgetJobs(stage);
    await waitMinutes(58);
    await wakeDueTidying(stage.db);
    await importer.tidyOne(submissionId);
    expect(await jobsFor(submissionId)).toBe(0);
    expect(warnings()).toHaveLength(1);
    await waitMinutes(2);
    await wakeDueTidying(stage.db);
    expect(await jobsFor(submissionId)).toBe(1);
    await importer.tidyOne(submissionId);
    expect(await told()).toMatchObject([{ ...notice, timesSeen: 2, resolvedAt: null }]);
    expect(warnings()).toHaveLength(2);
    await files.remove(`${folderPath}/Imported`);
    await waitMinutes(60);
    await importer.tidyOne(submissionId);
    expect((await row())?.tidiedAt).not.toBeNull();
    expect(await told()).toMatchObject([{ resolvedAt: expect.any(Date) }]);
  });

  test('because the importer stops is due as before, and nobody is told', async () => {
    const { deliver, row, told, warnings, there, folderName, importer, submissionId } = await seed({
      afterImport: 'move',
    });
    const original = stage.nextcloud.files.move;
    stage.nextcloud.files.move = async (from, to, options) => {
      await importer.stop();
      return original(from, to, options);
    };
    try {
      await deliver();
    } finally {
      stage.nextcloud.files.move = original;
    }
    expect(await there(`${folderName}/a.txt`)).toBe(true);
    expect([await told(), warnings(), (await row())?.tidyNotBefore]).toEqual([[], [], null]);
    await (await newImporter(stage)).tidyOne(submissionId);
    expect(await there(`Imported/${folderName}/a.txt`)).toBe(true);
  });

  test('is not done twice at once', async () => {
    const { deliver, told, there, folderName, importer, submissionId } = await seed({ afterImport: 'move' });
    const original = stage.nextcloud.files.move;
    let moves = 0;
    stage.nextcloud.files.move = async (from, to, options) => {
      moves += 1;
      if (moves === 1) await importer.tidyOne(submissionId);
      return original(from, to, options);
    };
    try {
      await deliver();
    } finally {
      stage.nextcloud.files.move = original;
    }
    expect(moves).toBe(1);
    expect(await told()).toEqual([]);
    expect(await there(`Imported/${folderName}/a.txt`)).toBe(true);
  });
});
