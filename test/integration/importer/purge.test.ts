import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wakeDuePurges } from '../../../db/queries/purging.ts';
import * as tables from '../../../db/schema/index.ts';
import { Failure } from '../../../server/lib/failure.ts';
import { newImporter, openStage, requestFolder, type Stage, seedSubmission } from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** As the portal stores a file: with the mark of its upload. */
const mark = async (id: string, submissionId: string, folderName: string) => {
  const [file] = await stage.db.select().from(tables.files).where(eq(tables.files.id, id));
  const { path = '', sizeBytes = 0 } = file ?? {};
  const targetPath = `${folderName}/${path}`;
  const [upload] = await stage.db
    .insert(tables.uploads)
    .values({
      submissionId,
      state: 'stored',
      sentName: path,
      targetPath,
      targetKey: targetPath,
      sizeBytes,
      offsetBytes: sizeBytes,
    })
    .returning();
  const content = Buffer.from(path.slice(0, 1));
  const stored = await stage.nextcloud.files.put(`${requestFolder}/${targetPath}`, content, {
    sizeBytes,
    mark: upload?.id,
  });
  await stage.db
    .update(tables.files)
    .set({ uploadId: upload?.id ?? null, etag: stored.etag })
    .where(eq(tables.files.id, id));
};

/** A submission of two files to no destination, whose request was closed so many days ago. */
const seed = async (closedDaysAgo: number, more: Partial<typeof tables.requests.$inferInsert> = {}) => {
  const closedAt = new Date(Date.now() - closedDaysAgo * 86_400_000);
  const seeded = await seedSubmission(stage, { 'a.txt': 'a', 'b.txt': 'b' }, [], {
    state: 'closed',
    closedAt,
    retentionDays: 30,
    ...more,
  });
  const { submissionId, folderName } = seeded;
  for (const id of seeded.fileIds) await mark(id, submissionId, folderName);
  const importer = await newImporter(stage, []);
  return {
    ...seeded,
    purge: () => importer.tidyOne(submissionId),
    there: async (name: string) =>
      (await stage.nextcloud.files.stat(`${requestFolder}/${folderName}/${name}`)) !== undefined,
    purgedAt: async () =>
      (await stage.db.select().from(tables.submissions).where(eq(tables.submissions.id, submissionId)))[0]
        ?.purgedAt,
    audited: () =>
      stage.db.select().from(tables.auditEvents).where(eq(tables.auditEvents.subject, submissionId)),
  };
};

test('files go so many days after their request was closed, not before, and it is audited', async () => {
  const early = await seed(29);
  await early.purge();
  expect([await early.there('a.txt'), await early.purgedAt()]).toEqual([true, null]);
  const due = await seed(31);
  await due.purge();
  expect([await due.there('a.txt'), await due.there('b.txt')]).toEqual([false, false]);
  expect(await due.purgedAt()).toBeInstanceOf(Date);
  expect(await due.audited()).toMatchObject([
    { action: 'submission.purged', actor: 'system', details: { files: 2, left: [] } },
  ]);
  // Said again, nothing is done.
  await due.purge();
  expect(await due.audited()).toHaveLength(1);
});

test('an open request, and one without a retention, keep everything', async () => {
  for (const more of [{ state: 'open' }, { retentionDays: null }] as const) {
    const kept = await seed(1000, more);
    await kept.purge();
    expect([await kept.there('a.txt'), await kept.purgedAt()]).toEqual([true, null]);
  }
});

test('only what bears its mark goes: what somebody has changed or put there stays, and is named', async () => {
  const { there, purge, audited, folderName, submissionId } = await seed(31);
  const found = await seedSubmission(stage, { 'c.txt': 'c' }, [], {
    state: 'closed',
    closedAt: new Date(0),
    retentionDays: 1,
  });
  const { files } = stage.nextcloud;
  const folder = `${requestFolder}/${folderName}`;
  await files.put(`${folder}/a.txt`, Buffer.from('changed'), { sizeBytes: 7 });
  await files.put(`${folder}/later.txt`, Buffer.from('staff'), { sizeBytes: 5 });
  await purge();
  expect([await there('a.txt'), await there('b.txt'), await there('later.txt')]).toEqual([true, false, true]);
  // Nor does what never had one, as files that did not come through the portal.
  await (await newImporter(stage, [])).tidyOne(found.submissionId);
  expect(await files.stat(`${requestFolder}/${found.folderName}/c.txt`)).toBeDefined();
  const rows = await stage.db.select().from(tables.files).where(eq(tables.files.submissionId, submissionId));
  const changed = rows.find(({ path }) => path === 'a.txt');
  expect(await audited()).toMatchObject([{ details: { files: 2, left: [changed?.id] } }]);
});

describe('the folder with the sender’s name', () => {
  const nodeAt = (path: string) => stage.nextcloud.files.stat(`${requestFolder}/${path}`);
  const putAt = (path: string) =>
    stage.nextcloud.files.put(`${requestFolder}/${path}`, Buffer.from('late'), { sizeBytes: 4 });

  test('goes with the last file in it, and with the folders of its checklist; the request’s own stays', async () => {
    const { purge, folderName, purgedAt } = await seed(31);
    await stage.nextcloud.files.makeDirectory(`${requestFolder}/${folderName}/Item`);
    await purge();
    expect(await nodeAt(folderName)).toBeUndefined();
    expect(await purgedAt()).toBeInstanceOf(Date);
    expect(await stage.nextcloud.files.stat(requestFolder)).toBeDefined();
  });

  test('stays while anything is in it, however deep', async () => {
    const { purge, folderName, purgedAt } = await seed(31);
    await stage.nextcloud.files.makeDirectory(`${requestFolder}/${folderName}/Item`);
    await putAt(`${folderName}/Item/staff.txt`);
    await purge();
    expect(await nodeAt(`${folderName}/Item/staff.txt`)).toBeDefined();
    expect(await purgedAt()).toBeInstanceOf(Date);
  });

  test('is put back with a file that came into it after it was found empty', async () => {
    const { purge, folderName, receiptNumber } = await seed(31);
    const { files } = stage.nextcloud;
    const { move } = files;
    files.move = async (from, to, options) => {
      if (from.endsWith(folderName)) await putAt(`${folderName}/late.txt`);
      return move(from, to, options);
    };
    try {
      await purge();
    } finally {
      files.move = move;
    }
    expect(await nodeAt(`${folderName}/late.txt`)).toBeDefined();
    expect(await nodeAt(`Removed ${receiptNumber}`)).toBeUndefined();
  });

  test('loses nothing when it was made anew meanwhile, and keeps the new one', async () => {
    const { purge, folderName, receiptNumber } = await seed(31);
    const { files } = stage.nextcloud;
    const { move } = files;
    files.move = async (from, to, options) => {
      if (!from.endsWith(folderName)) return move(from, to, options);
      await putAt(`${folderName}/late.txt`);
      const moved = await move(from, to, options);
      await files.makeDirectory(from);
      await putAt(`${folderName}/later.txt`);
      return moved;
    };
    try {
      await purge();
    } finally {
      files.move = move;
    }
    expect(await nodeAt(`Removed ${receiptNumber}/late.txt`)).toBeDefined();
    expect(await nodeAt(`${folderName}/later.txt`)).toBeDefined();
  });

  test('goes when it was broken off between the two', async () => {
    const { purge, folderName, receiptNumber } = await seed(31);
    const { files } = stage.nextcloud;
    const { remove } = files;
    files.remove = (path, options) =>
      path.includes('Removed') ? Promise.reject(new Failure('nextcloud.locked')) : remove(path, options);
    try {
      await purge();
    } finally {
      files.remove = remove;
    }
    expect(await nodeAt(folderName)).toBeUndefined();
    expect(await nodeAt(`Removed ${receiptNumber}`)).toBeDefined();
    await stage.db.update(tables.submissions).set({ tidyNotBefore: null });
    await purge();
    expect(await nodeAt(`Removed ${receiptNumber}`)).toBeUndefined();
  });

  test('goes also where what was found in it had been moved out of it', async () => {
    const { purge, submissionId, receiptNumber } = await seed(31);
    const { files } = stage.nextcloud;
    await stage.db
      .update(tables.submissions)
      .set({ origin: 'nextcloud', submitterName: 'Hanako', folderName: `Imported/${receiptNumber} Hanako` })
      .where(eq(tables.submissions.id, submissionId));
    await files.makeDirectory(`${requestFolder}/Imported`);
    await files.makeDirectory(`${requestFolder}/Imported/${receiptNumber} Hanako`);
    await files.makeDirectory(`${requestFolder}/Hanako`);
    await putAt(`Imported/${receiptNumber} Hanako/kept.txt`);
    await purge();
    expect(await nodeAt('Hanako')).toBeUndefined();
    expect(await nodeAt(`Imported/${receiptNumber} Hanako/kept.txt`)).toBeDefined();
  });
});

test('what is due is woken for by the sweep', async () => {
  const due = await seed(31);
  const early = await seed(29);
  await wakeDuePurges(stage.db);
  const keys = (await stage.db.execute(sql`select key from graphile_worker.jobs`)).map(({ key }) => key);
  expect(keys).toContain(`tidy:${due.submissionId}`);
  expect(keys).not.toContain(`tidy:${early.submissionId}`);
});
