import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownFilesOf, wakeLookAt, wakeLooks } from '../../../db/queries/found.ts';
import { unresolvedNotices } from '../../../db/queries/notices.ts';
import { markStored } from '../../../db/queries/upload-progress.ts';
import * as tables from '../../../db/schema/index.ts';
import { createMailDrop } from '../../../server/nextcloud/upload-only.ts';
import {
  forgetJobs,
  makeDue,
  newImporter,
  openStage,
  readFiles,
  type Stage,
  seedDestination,
  seedSubmission,
  type TestImporter,
} from './setup.ts';

let stage: Stage;
let importer: TestImporter;
/** One request of its own for each test, with a portal submission in it. */
let requestId: string;
let portalFolder: string;
let folderPath: string;
let n = 0;

beforeAll(async () => {
  stage = await openStage();
  importer = await newImporter(stage);
});
afterAll(() => stage.close());

beforeEach(async () => {
  n += 1;
  folderPath = `/Found ${n}`;
  await stage.nextcloud.files.makeDirectory(folderPath);
  const destinationId = await seedDestination(stage);
  const seeded = await seedSubmission(stage, { 'ours.txt': 'ours' }, [destinationId], { folderPath });
  requestId = seeded.requestId;
  portalFolder = seeded.folderName;
});

const put = (path: string, content: string, mark?: string) =>
  stage.nextcloud.files.put(`${folderPath}/${path}`, Buffer.from(content), {
    sizeBytes: Buffer.byteLength(content),
    mark,
  });

/** Time passes: what was seen has stood still for so long, and it may be looked again. */
const settle = async (seconds = 60): Promise<void> => {
  await stage.db.execute(
    sql`update arrivals set same_since = same_since - ${seconds} * interval '1 second' where request_id = ${requestId}`,
  );
  await stage.db.update(tables.requests).set({ lookedAt: null }).where(eq(tables.requests.id, requestId));
};

const look = async () => {
  await stage.db.update(tables.requests).set({ lookedAt: null }).where(eq(tables.requests.id, requestId));
  return importer.lookAt(requestId);
};

const found = () =>
  stage.db
    .select()
    .from(tables.submissions)
    .where(sql`${tables.submissions.requestId} = ${requestId} and ${tables.submissions.origin} = 'nextcloud'`)
    .orderBy(tables.submissions.folderName);

describe('files that did not come through the portal', () => {
  test('by a mail share come by the name that their sender gave, and not without one', async () => {
    const drop = { path: folderPath, recipient: 'hanako@example.org', password: undefined, note: '' };
    const { token } = await createMailDrop(stage.nextcloud, drop);
    const leave = (name: string, headers: Record<string, string>) =>
      fetch(`${stage.nextcloud.baseUrl.href.replace(/\/$/, '')}/public.php/dav/files/${token}/${name}`, {
        method: 'PUT',
        headers: { 'x-requested-with': 'XMLHttpRequest', ...headers },
        body: 'left there',
      });
    expect((await leave('nameless.txt', {})).status).toBe(400);
    expect((await leave('report.txt', { 'x-nc-nickname': encodeURIComponent('花子') })).status).toBe(201);
    await look();
    await settle();
    expect(await look()).toMatchObject({ submissions: 1 });
    const [submission] = await found();
    expect([submission?.submitterName, submission?.state]).toEqual(['花子', 'sealed']);
    expect((await readFiles(stage, submission?.id ?? '')).map(({ path }) => path)).toEqual(['report.txt']);
  });

  test('are taken when they stand still, by folder, sealed, and delivered like all others', async () => {
    await stage.nextcloud.files.makeDirectory(`${folderPath}/山田`);
    await stage.nextcloud.files.makeDirectory(`${folderPath}/山田/sub`);
    await put('山田/a.txt', 'from yamada');
    await put('山田/sub/b.txt', 'deeper');
    await put('top.txt', 'by staff');
    expect(await look()).toEqual({ settling: 3, submissions: 0 });
    expect(await found()).toEqual([]);
    await settle();
    expect(await look()).toMatchObject({ submissions: 2 });
    const submissions = await found();
    expect(
      submissions.map(({ folderName, submitterName, state }) => [folderName, submitterName, state]),
    ).toEqual([
      ['', '', 'sealed'],
      ['山田', '山田', 'sealed'],
    ]);
    const [, yamada] = submissions;
    expect(
      (await readFiles(stage, yamada?.id ?? '')).map(({ path, verifiedBy }) => [path, verifiedBy]),
    ).toEqual([
      ['a.txt', 'first-read'],
      ['sub/b.txt', 'first-read'],
    ]);
    for (const { id, receiptNumber, submitterName } of submissions) {
      const [delivery] = await stage.db
        .select()
        .from(tables.deliveries)
        .where(eq(tables.deliveries.submissionId, id));
      await makeDue(stage, delivery?.id ?? '');
      expect(await importer.deliverOne(delivery?.id ?? '')).toBe('delivered');
      const dir = join(stage.dir, 'Papers', `${receiptNumber} ${submitterName}`.trim());
      const name = submitterName === '' ? 'top.txt' : 'sub/b.txt';
      expect(await readFile(join(dir, name), 'utf8')).toBe(submitterName === '' ? 'by staff' : 'deeper');
    }
    const told = (await unresolvedNotices(stage.db, 'all')).filter(
      (notice) => notice.requestId === requestId,
    );
    expect(told.map(({ code }) => code)).toEqual(['submission.found', 'submission.found']);
    expect(await look()).toEqual({ settling: 0, submissions: 0 });
  });

  test('that still grow are waited for, and so is what lies beside them', async () => {
    await stage.nextcloud.files.makeDirectory(`${folderPath}/nick`);
    await put('nick/ready.txt', 'ready');
    await put('nick/growing.bin', 'a');
    await look();
    await settle();
    await put('nick/growing.bin', 'ab');
    expect(await look()).toEqual({ settling: 2, submissions: 0 });
    await settle();
    expect(await look()).toMatchObject({ submissions: 1 });
    const [submission] = await found();
    const taken = await readFiles(stage, submission?.id ?? '');
    expect(taken.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([
      ['growing.bin', 2],
      ['ready.txt', 5],
    ]);
  });

  test.each(['', 'nick/'])(
    'that stand still are taken although more never stop coming to their folder (%j)',
    async (folder) => {
      if (folder !== '') await stage.nextcloud.files.makeDirectory(`${folderPath}/nick`);
      const [own] = await stage.db
        .select()
        .from(tables.submissions)
        .where(eq(tables.submissions.requestId, requestId));
      const reserved = { sentName: 'p', targetPath: 'placed.bin', targetKey: 'placed.bin' };
      await put(`${folder}0.txt`, 'still');
      await look();
      for (let arrival = 1; arrival <= 5; arrival += 1) {
        await settle(50);
        await put(`${folder}${arrival}.txt`, 'comes');
        expect(await look()).toEqual({ settling: arrival + 1, submissions: 0 });
      }
      await settle(50);
      await put(`${folder}young.txt`, 'young');
      // The portal's own, while its row is being written: beside them by its mark, and in its own folder by its place.
      await put(`${folder}marked.bin`, 'ours', 'upl_00000000000000000000000000000000');
      await stage.db.insert(tables.uploads).values({
        ...reserved,
        submissionId: own?.id ?? '',
        state: 'received',
        sizeBytes: 4,
        offsetBytes: 4,
      });
      await put(`${portalFolder}/placed.bin`, 'ours');
      expect(await look()).toEqual({ settling: 1, submissions: 1 });
      await settle();
      expect(await look()).toEqual({ settling: 0, submissions: 1 });
      const taken = await Promise.all(
        (await found()).map(async ({ id }) => (await readFiles(stage, id)).map(({ path }) => path)),
      );
      expect(taken.sort((a, b) => b.length - a.length)).toEqual([
        ['0.txt', '1.txt', '2.txt', '3.txt', '4.txt', '5.txt'],
        ['young.txt'],
      ]);
    },
  );

  test('that come later to the same folder are a submission of their own', async () => {
    await stage.nextcloud.files.makeDirectory(`${folderPath}/nick`);
    await put('nick/first.txt', 'first');
    await look();
    await settle();
    await look();
    await put('nick/second.txt', 'second');
    await look();
    await settle();
    await look();
    const submissions = await found();
    expect(submissions).toHaveLength(2);
    const paths = await Promise.all(
      submissions.map(async ({ id }) => (await readFiles(stage, id)).map((file) => file.path)),
    );
    expect(paths.flat().sort()).toEqual(['first.txt', 'second.txt']);
  });

  test('that were put into the folder of a submission are found too, and what is the portal’s own there is not', async () => {
    await put(`${portalFolder}/beside.txt`, 'by staff');
    await look();
    await settle();
    expect(await look()).toMatchObject({ submissions: 1 });
    const [submission] = await found();
    expect((await readFiles(stage, submission?.id ?? '')).map(({ path }) => path)).toEqual(['beside.txt']);
  });

  test('are late when Nextcloud took them in after the deadline, whatever date their sender gave them', async () => {
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    const [openedAt, deadlineAt] = [hoursAgo(3), hoursAgo(1)];
    await stage.db
      .update(tables.requests)
      .set({ openedAt, deadlineAt, graceMinutes: 10 })
      .where(eq(tables.requests.id, requestId));
    // What the server tells where the stand-in's clock does not go back; `now` is told by itself.
    const told: Record<string, Date | undefined> = {
      before: hoursAgo(2),
      grace: new Date(deadlineAt.getTime() + 60_000),
      'moved here': hoursAgo(30),
      none: undefined,
      zero: new Date(0),
    };
    for (const name of [...Object.keys(told), 'now']) {
      await stage.nextcloud.files.makeDirectory(`${folderPath}/${name}`);
      await stage.nextcloud.files.put(`${folderPath}/${name}/a.txt`, Buffer.from(name), {
        sizeBytes: name.length,
        mtime: hoursAgo(2),
      });
    }
    const original = stage.nextcloud.files.list;
    stage.nextcloud.files.list = async (path, options) =>
      (await original(path, options)).map((entry) => {
        const name = entry.path.split('/').at(-2) ?? '';
        return name in told && entry.kind === 'file' ? { ...entry, uploadedAt: told[name] } : entry;
      });
    try {
      await look();
      await settle();
      await look();
    } finally {
      stage.nextcloud.files.list = original;
    }
    const all = await found();
    const late = new Map(all.map((each) => [each.folderName, each.late]));
    expect(Object.fromEntries(late)).toEqual({
      before: false,
      grace: true,
      'moved here': false,
      none: true,
      now: true,
      zero: true,
    });
    const storedAt = async (name: string) => {
      const submission = all.find(({ folderName }) => folderName === name);
      return (await readFiles(stage, submission?.id ?? ''))[0]?.storedAt;
    };
    expect(await storedAt('before')).toEqual(told['before']);
    expect(await storedAt('moved here')).toEqual(openedAt);
    expect((await storedAt('now'))?.getTime()).toBeGreaterThan(hoursAgo(0.1).getTime());
  });

  test('that vanish before they are taken are forgotten', async () => {
    await put('gone.txt', 'gone');
    await look();
    await stage.nextcloud.files.remove(`${folderPath}/gone.txt`);
    await settle();
    expect(await look()).toEqual({ settling: 0, submissions: 0 });
  });

  test('are taken once by two importers that look at the same time', async () => {
    await put('a.txt', 'a');
    await look();
    await settle();
    const other = await newImporter(stage);
    await Promise.all([importer.lookAt(requestId), other.lookAt(requestId)]);
    expect(await found()).toHaveLength(1);
  });

  test('are moved out of the way one by one, where the request wants that', async () => {
    await stage.db
      .update(tables.requests)
      .set({ afterImport: 'move' })
      .where(eq(tables.requests.id, requestId));
    await stage.nextcloud.files.makeDirectory(`${folderPath}/nick`);
    await put('nick/a.txt', 'a');
    await look();
    await settle();
    await look();
    await put('nick/next.txt', 'comes later');
    const [submission] = await found();
    const [delivery] = await stage.db
      .select()
      .from(tables.deliveries)
      .where(eq(tables.deliveries.submissionId, submission?.id ?? ''));
    await makeDue(stage, delivery?.id ?? '');
    await importer.deliverOne(delivery?.id ?? '');
    await importer.tidyOne(submission?.id ?? '');
    const there = async (path: string) =>
      (await stage.nextcloud.files.stat(`${folderPath}/${path}`)) !== undefined;
    expect(await there(`Imported/${submission?.receiptNumber} nick/a.txt`)).toBe(true);
    expect(await there('nick/next.txt')).toBe(true);
    expect(await look()).toEqual({ settling: 1, submissions: 0 });
  });
});

describe('what the portal itself puts there', () => {
  test('is never taken, although its row is not written yet: it carries its upload’s mark', async () => {
    await put('marked.txt', 'ours', 'upl_00000000000000000000000000000000');
    await put('unmarked.txt', 'theirs');
    await look();
    await settle();
    expect(await look()).toMatchObject({ submissions: 1 });
    const [submission] = await found();
    expect((await readFiles(stage, submission?.id ?? '')).map(({ path }) => path)).toEqual(['unmarked.txt']);
  });

  test('is never taken while its place is kept for it', async () => {
    const [own] = await stage.db
      .select()
      .from(tables.submissions)
      .where(eq(tables.submissions.requestId, requestId));
    const reserved = { sentName: 'under way.bin', targetPath: 'under way.bin', targetKey: 'under way.bin' };
    await stage.db
      .insert(tables.uploads)
      .values({ ...reserved, submissionId: own?.id ?? '', state: 'received', sizeBytes: 4, offsetBytes: 4 });
    await put(`${portalFolder}/under way.bin`, 'here');
    await look();
    await settle();
    expect(await look()).toEqual({ settling: 0, submissions: 0 });
  });
});

test('what the portal stores while it is asked what its own is, is its own', async () => {
  const [own] = await stage.db
    .select()
    .from(tables.submissions)
    .where(eq(tables.submissions.requestId, requestId));
  const reserved = { sentName: 'a', targetPath: 'a.bin', targetKey: 'a.bin', sizeBytes: 4, offsetBytes: 4 };
  const [upload] = await stage.db
    .insert(tables.uploads)
    .values({ ...reserved, submissionId: own?.id ?? '', state: 'received' })
    .returning();
  const verified = { sha256: 'hash', verifiedBy: 'read-back' as const, hasParts: false };
  const file = {
    uploadId: upload?.id ?? '',
    epoch: 0,
    path: 'a.bin',
    fileId: 987_654,
    etag: 'e',
    ...verified,
  };
  let answer: ReturnType<typeof ownFilesOf> | undefined;
  await stage.db.transaction(async (tx) => {
    await tx.execute(sql`lock table uploads in access exclusive mode`);
    answer = ownFilesOf(stage.db, requestId);
    // Its question about uploads waits for us.
    await expect
      .poll(() =>
        stage.db.execute(sql`select 1 from pg_locks where relation = 'uploads'::regclass and not granted`),
      )
      .toHaveLength(1);
    await markStored(tx, file);
  });
  expect((await answer)?.fileIds).toContain(file.fileId);
});

describe('a look', () => {
  test('asks Nextcloud only for folders that have changed', async () => {
    await stage.nextcloud.files.makeDirectory(`${folderPath}/nick`);
    await put('nick/a.txt', 'a');
    const listed: string[] = [];
    const original = stage.nextcloud.files.list;
    stage.nextcloud.files.list = (path, options) => {
      listed.push(path);
      return original(path, options);
    };
    try {
      await look();
      expect(listed.sort()).toEqual(
        [folderPath, `${folderPath}/${portalFolder}`, `${folderPath}/nick`].sort(),
      );
      listed.length = 0;
      await look();
      expect(listed).toEqual([folderPath]);
      listed.length = 0;
      await put('nick/b.txt', 'b');
      await look();
      expect(listed).toEqual([folderPath, `${folderPath}/nick`]);
    } finally {
      stage.nextcloud.files.list = original;
    }
  });

  test('is woken by the path that Nextcloud tells, and by no other', async () => {
    await forgetJobs(stage);
    const woken = (path: string) => stage.db.transaction((tx) => wakeLookAt(tx, path));
    const ours = stage.standin.user.id;
    const there = `/${ours}/files${folderPath}/nick/a.txt`;
    expect(await woken(there)).toBe(true);
    for (const other of [
      `/${ours}/files/Elsewhere/a.txt`,
      `/${ours}/files${folderPath} too/a.txt`,
      `/${ours}/files/Kept${folderPath}/a.txt`,
      `/${ours}/files_trashbin/files${folderPath}/a.txt`,
      `/somebody-else/files${folderPath}/nick/a.txt`,
    ])
      expect([other, await woken(other)]).toEqual([other, false]);
    await stage.db
      .update(tables.requests)
      .set({ state: 'closed', closedAt: sql`now() - interval '8 days'` })
      .where(eq(tables.requests.id, requestId));
    expect(await woken(there)).toBe(false);
    expect(await look()).toBeUndefined();
  });

  test('is due sooner where submitters were told of a page in Nextcloud, while the request is open', async () => {
    const isWoken = async (lookedSecondsAgo: number): Promise<boolean> => {
      await forgetJobs(stage);
      await stage.db
        .update(tables.requests)
        .set({ lookedAt: sql`now() - ${lookedSecondsAgo} * interval '1 second'` })
        .where(eq(tables.requests.id, requestId));
      await wakeLooks(stage.db, { expectingSeconds: 60, otherwiseSeconds: 300 });
      const jobs = await stage.db.execute(
        sql`select 1 from graphile_worker.jobs where key = ${`look:${requestId}`}`,
      );
      return jobs.length > 0;
    };
    const set = (values: Partial<typeof tables.requests.$inferInsert>) =>
      stage.db.update(tables.requests).set(values).where(eq(tables.requests.id, requestId));
    expect([await isWoken(200), await isWoken(301)]).toEqual([false, true]);
    await set({ nextcloudPageAllowed: true });
    expect([await isWoken(50), await isWoken(61)]).toEqual([false, true]);
    await set({ nextcloudPageAllowed: false });
    const mailed = { requestId, address: 'a@example.org', addressKey: 'a@example.org' };
    await stage.db.insert(tables.mailShares).values({ ...mailed, state: 'waiting' });
    expect(await isWoken(61)).toBe(false);
    await stage.db
      .update(tables.mailShares)
      .set({ state: 'sent' })
      .where(eq(tables.mailShares.requestId, requestId));
    expect(await isWoken(61)).toBe(true);
    await set({ state: 'closed', closedAt: new Date() });
    expect([await isWoken(61), await isWoken(301)]).toEqual([false, true]);
  });

  test('is told from that of another account at the same path', async () => {
    const [account] = await stage.db
      .insert(tables.accounts)
      .values({ baseUrl: stage.standin.url, user: 'hanako', userId: 'Hanako', appPasswordSealed: 'sealed' })
      .returning();
    const theirs = await seedSubmission(stage, { 'a.txt': 'a' }, [], {
      folderPath,
      accountId: account?.id ?? '',
    });
    const woken = async (path: string) => {
      await forgetJobs(stage);
      await stage.db.transaction((tx) => wakeLookAt(tx, path));
      const jobs = await stage.db.execute<{ key: string }>(sql`select key from graphile_worker.jobs`);
      return jobs.map(({ key }) => key);
    };
    expect(await woken(`/Hanako/files${folderPath}/b.txt`)).toEqual([`look:${theirs.requestId}`]);
    expect(await woken(`/${stage.standin.user.id}/files${folderPath}/b.txt`)).toEqual([`look:${requestId}`]);
  });
});
