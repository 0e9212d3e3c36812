import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wakeLeftFolders } from '../../../db/queries/left-folders.ts';
import * as tables from '../../../db/schema/index.ts';
import { newImporter, openStage, requestFolder, type Stage, seedSubmission } from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** A sending whose one upload was given up; what it left was removed so many minutes ago, or is not yet (null). */
const seed = async (
  removedMinutesAgo: number | null,
  {
    state = 'discarded',
    contents = {},
  }: { state?: 'discarded' | 'open'; contents?: Record<string, string> } = {},
) => {
  const seeded = await seedSubmission(stage, contents, []);
  const { submissionId, folderName } = seeded;
  await stage.db.update(tables.submissions).set({ state }).where(eq(tables.submissions.id, submissionId));
  await stage.db.insert(tables.uploads).values({
    submissionId,
    state: 'abandoned',
    sentName: 'a.txt',
    targetPath: 'a.txt',
    targetKey: 'a.txt',
    removedAt: removedMinutesAgo === null ? null : sql`now() - ${removedMinutesAgo} * interval '1 minute'`,
  });
  const importer = await newImporter(stage, []);
  const folder = `${requestFolder}/${folderName}`;
  return {
    folder,
    submissionId,
    clear: () => importer.tidyOne(submissionId),
    there: async () => (await stage.nextcloud.files.stat(folder)) !== undefined,
  };
};

test('the empty folder of a sending that ended with nothing in it goes, with those below it', async () => {
  const over = await seed(20);
  await stage.nextcloud.files.makeDirectory(`${over.folder}/Report`);
  expect(await wakeLeftFolders(stage.db)).toBe(1);
  await over.clear();
  expect(await over.there()).toBe(false);
  const names = (await stage.nextcloud.files.list(requestFolder)).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('Removed'))).toEqual([]);
  // Once: it is not asked for again.
  await stage.nextcloud.files.makeDirectory(over.folder);
  await over.clear();
  expect(await over.there()).toBe(true);
});

test('it stays while something may still come into it, while its sending goes on, and where anything lies in it', async () => {
  for (const kept of [
    await seed(5),
    await seed(null),
    await seed(20, { state: 'open' }),
    await seed(20, { contents: { 'of-staff.txt': 'a' } }),
  ]) {
    await kept.clear();
    expect(await kept.there()).toBe(true);
  }
});

test('what Nextcloud does not let be removed now is tried again later', async () => {
  const over = await seed(20);
  stage.standin.control.fault({
    method: 'MOVE',
    path: /Papers/,
    times: 9,
    action: { reply: 503 },
  });
  await over.clear();
  stage.standin.control.calm();
  expect(await over.there()).toBe(true);
  await over.clear();
  expect(await over.there()).toBe(true);
  await stage.db
    .update(tables.submissions)
    .set({ tidyNotBefore: sql`now() - interval '1 second'` })
    .where(eq(tables.submissions.id, over.submissionId));
  await over.clear();
  expect(await over.there()).toBe(false);
});

test('one that nothing was ever sent for made no folder: it is done with, and Nextcloud is not asked', async () => {
  const { submissionId } = await seedSubmission(stage, {}, []);
  await stage.db
    .update(tables.submissions)
    .set({ state: 'discarded' })
    .where(eq(tables.submissions.id, submissionId));
  const importer = await newImporter(stage, []);
  stage.standin.requests.clear();
  await importer.tidyOne(submissionId);
  expect(stage.standin.requests.all).toEqual([]);
  const [row] = await stage.db
    .select({ tidiedAt: tables.submissions.tidiedAt })
    .from(tables.submissions)
    .where(eq(tables.submissions.id, submissionId));
  expect(row?.tidiedAt).not.toBeNull();
});
