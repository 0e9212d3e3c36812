import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJobPool } from '../../../db/migrate.ts';
import * as tables from '../../../db/schema/index.ts';
import type { Delivered, Manifest } from '../../../server/importer/destinations/destination.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';
import { startImporter } from '../../../server/importer/run.ts';
import { silentLog } from '../../../server/lib/log.ts';
import { toolsOf } from '../../contract/destination/tools.ts';
import {
  enter,
  forgetJobs,
  newImporter,
  openStage,
  readAttempts,
  readDelivery,
  readFiles,
  requestFolder,
  type Stage,
  scripted,
  seedDelivery,
  seedDestination,
  seedSubmission,
  setAlive,
  wakeUpOf,
} from './setup.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

const landed = (folderName: string) => join(stage.dir, 'Papers', folderName);

test('what is in Nextcloud arrives in the folder, and the ledger says so', async () => {
  const importer = await newImporter(stage);
  const target = await seedDestination(stage);
  const contents = { 'one.txt': 'one', '二.txt': 'two', 'empty.txt': '' };
  const { submissionId, folderName, receiptNumber } = await seedSubmission(stage, contents, [target]);
  const [id = ''] = await enter(stage, submissionId);
  expect(await importer.deliverOne(id)).toBe('delivered');

  for (const [name, content] of Object.entries(contents))
    expect(await readFile(join(landed(folderName), name), 'utf8')).toBe(content);
  const manifest = JSON.parse(await readFile(join(landed(folderName), 'manifest.json'), 'utf8')) as Manifest;
  const rows = await readFiles(stage, submissionId);
  expect(manifest).toMatchObject({
    receiptNumber,
    submitter: { name: '山田', email: null },
    answers: [{ key: 'number', label: 'Customer number', value: '42' }],
    files: rows.map((row) => ({ sentName: row.sentName, sha256: row.sha256, nextcloudFileId: row.fileId })),
  });
  const row = await readDelivery(stage, id);
  expect(row).toMatchObject({ state: 'delivered', leaseNode: null, failureCode: null });
  expect(row.deliveredAt).toBeInstanceOf(Date);
  expect((row.result as unknown as Delivered).remote).toHaveLength(3);
  expect(await readAttempts(stage, id)).toMatchObject([{ outcome: 'delivered', epoch: 1 }]);
  expect(rows.map(({ state }) => state)).toEqual(['imported', 'imported', 'imported']);
});

test('a file that staff have moved within the request is found and delivered', async () => {
  const importer = await newImporter(stage);
  const { deliveryId, folderName } = await seedDelivery(stage);
  await stage.nextcloud.files.makeDirectory(`${requestFolder}/sorted`);
  await stage.nextcloud.files.move(
    `${requestFolder}/${folderName}/a.txt`,
    `${requestFolder}/sorted/${folderName}.txt`,
    { overwrite: false },
  );
  expect(await importer.deliverOne(deliveryId)).toBe('delivered');
  expect(await readdir(landed(folderName))).toContain('a.txt');
});

test('a file that is gone from Nextcloud is waited for', async () => {
  const importer = await newImporter(stage);
  const { deliveryId, folderName } = await seedDelivery(stage);
  await stage.nextcloud.files.remove(`${requestFolder}/${folderName}`);
  expect(await importer.deliverOne(deliveryId)).toBe('retry');
  expect((await readDelivery(stage, deliveryId)).failureCode).toBe('nextcloud.not-found');
});

test('bytes that are not those of the receipt are not delivered, and staff are told', async () => {
  const importer = await newImporter(stage);
  const { deliveryId, folderName, submissionId } = await seedDelivery(stage);
  const [file] = await readFiles(stage, submissionId);
  const other = Buffer.alloc(file?.sizeBytes ?? 0, 'x');
  await stage.nextcloud.files.put(`${requestFolder}/${folderName}/a.txt`, other, { sizeBytes: other.length });
  expect(await importer.deliverOne(deliveryId)).toBe('dead');
  expect((await readDelivery(stage, deliveryId)).failureCode).toBe('upload.integrity');
  expect(await readdir(landed(folderName))).toEqual([]);
});

describe('an importer that is taken for dead in the middle', () => {
  test('after delivering and before recording: the next one finds it delivered, one effect', async () => {
    const folder = destinationModules.get('folder');
    const reached = gate();
    const stuck = gate();
    const slow = scripted('slow-folder', {
      probe: (delivery, context) =>
        folder?.open({ dir: stage.dir }, toolsOf()).probe(delivery, context) ?? Promise.reject(new Error()),
      async deliver(delivery, context) {
        const done = await folder?.open({ dir: stage.dir }, toolsOf()).deliver(delivery, context);
        reached.open();
        await stuck.opened;
        if (done === undefined) throw new Error('no folder');
        return done;
      },
    });
    const [first, second] = [await newImporter(stage, [slow]), await newImporter(stage, [slow])];
    const { deliveryId, folderName } = await seedDelivery(stage, { kind: 'slow-folder' });
    const delivering = first.deliverOne(deliveryId);
    await reached.opened;
    expect(await second.deliverOne(deliveryId)).toBe('not-claimed');
    await setAlive(stage, first.nodeId, false);
    expect(await second.deliverOne(deliveryId)).toBe('already-there');
    const recorded = await readDelivery(stage, deliveryId);
    stuck.open();
    expect(await delivering).toBe('fenced');
    expect(await readDelivery(stage, deliveryId)).toEqual(recorded);
    expect((await readdir(landed(folderName))).sort()).toEqual(['a.txt', 'manifest.json']);
    expect(await readAttempts(stage, deliveryId)).toMatchObject([
      { epoch: 1, outcome: 'retry', details: { nodeLost: true } },
      { epoch: 2, outcome: 'already-there' },
    ]);
  });

  test.each(['checkpoint', 'failure'] as const)('its %s changes nothing any more', async (late) => {
    const reached = gate();
    const stuck = gate();
    let calls = 0;
    const module = scripted(`stale-${late}`, {
      async deliver(_delivery, { checkpoint }) {
        calls += 1;
        if (calls === 1) {
          reached.open();
          await stuck.opened;
          if (late === 'failure') throw new Error('late');
        }
        await checkpoint.save({ call: calls });
        return { alreadyThere: false, remote: [] };
      },
    });
    const [first, second] = [await newImporter(stage, [module]), await newImporter(stage, [module])];
    const { deliveryId } = await seedDelivery(stage, { kind: `stale-${late}` });
    const delivering = first.deliverOne(deliveryId);
    await reached.opened;
    await setAlive(stage, first.nodeId, false);
    expect(await second.deliverOne(deliveryId)).toBe('delivered');
    const recorded = await readDelivery(stage, deliveryId);
    expect(recorded).toMatchObject({ state: 'delivered', epoch: 2, checkpoint: { call: 2 } });
    calls = 7;
    await setAlive(stage, first.nodeId, true);
    stuck.open();
    expect(await delivering).toBe('fenced');
    expect(await readDelivery(stage, deliveryId)).toEqual(recorded);
  });

  test('a node that dies at every attempt does not go on for ever', async () => {
    const importer = await newImporter(stage, [scripted('killer', {})], { attempts: 2 });
    const { deliveryId } = await seedDelivery(stage, { kind: 'killer' });
    const { deliveries } = tables;
    const died = { state: 'delivering', leaseNode: 'nod_dead', epoch: 2, attempts: 2 } as const;
    await stage.db.update(deliveries).set(died).where(eq(deliveries.id, deliveryId));
    expect(await importer.deliverOne(deliveryId)).toBe('dead');
    const other = await seedDelivery(stage, { kind: 'killer' });
    await stage.db
      .update(deliveries)
      .set({ ...died, attempts: 1 })
      .where(eq(deliveries.id, other.deliveryId));
    expect(await importer.deliverOne(other.deliveryId)).toBe('delivered');
  });
});

describe('running', () => {
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

  test('a job wakes the delivery as soon as it is in the ledger', async () => {
    const pool = openJobPool(stage.database.address);
    const importer = await newImporter(stage);
    const running = await startImporter({ importer, pool, log: silentLog });
    try {
      const { deliveryId, folderName, submissionId } = await seedDelivery(stage);
      await expect.poll(async () => (await readDelivery(stage, deliveryId)).state).toBe('delivered');
      const [file] = await readFiles(stage, submissionId);
      expect(sha256(await readFile(join(landed(folderName), 'a.txt')))).toBe(file?.sha256);
    } finally {
      await running.stop();
      await pool.end();
    }
  });

  test('the sweep at start finds what no job wakes, another task runs beside, and stopping gives work back', async () => {
    const reached = gate();
    const hanging = scripted('hanging', {
      deliver: (_delivery, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          reached.open();
        }),
    });
    const { deliveryId } = await seedDelivery(stage, { kind: 'hanging' });
    await forgetJobs(stage);
    const pool = openJobPool(stage.database.address);
    const importer = await newImporter(stage, [hanging]);
    const other = gate();
    const running = await startImporter({
      importer,
      pool,
      log: silentLog,
      tasks: { other: () => other.open() },
    });
    await reached.opened;
    await stage.db.execute(sql`select graphile_worker.add_job('other')`);
    await other.opened;
    const beforeMs = performance.now();
    await running.stop();
    expect(performance.now() - beforeMs).toBeLessThan(10_000);
    await pool.end();
    expect(await readDelivery(stage, deliveryId)).toMatchObject({
      state: 'waiting',
      leaseNode: null,
      attempts: 0,
    });
    expect(await wakeUpOf(stage, deliveryId)).toBeDefined();
    expect(await importer.deliverOne(deliveryId)).toBe('released');
  });

  test('a destination that does not listen is left behind, and its lease stays with the node', async () => {
    const reached = gate();
    const end = gate();
    const deaf = scripted('deaf', {
      async deliver() {
        reached.open();
        await end.opened;
        return { alreadyThere: false, remote: [] };
      },
    });
    const { deliveryId } = await seedDelivery(stage, { kind: 'deaf' });
    const pool = openJobPool(stage.database.address);
    const importer = await newImporter(stage, [deaf]);
    const running = await startImporter({ importer, pool, log: silentLog, stopWithinMs: 100 });
    await reached.opened;
    await running.stop();
    expect(await readDelivery(stage, deliveryId)).toMatchObject({
      state: 'delivering',
      leaseNode: importer.nodeId,
    });
    end.open();
    await importer.stop();
    await pool.end();
  });

  test('connections of the job queue that break are made again', async () => {
    const pool = openJobPool(stage.database.address);
    const importer = await newImporter(stage);
    const running = await startImporter({ importer, pool, log: silentLog });
    try {
      await stage.db.execute(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'uketori'`);
      const { deliveryId } = await seedDelivery(stage);
      await expect
        .poll(async () => (await readDelivery(stage, deliveryId)).state, { timeout: 30_000 })
        .toBe('delivered');
    } finally {
      await running.stop();
      await pool.end();
    }
  });

  test('a queue whose first query fails is replaced, and jobs are taken all the same', async () => {
    const pool = openJobPool(stage.database.address);
    const importer = await newImporter(stage);
    const stop: (() => Promise<void>)[] = [];
    try {
      await stage.db.transaction(async (tx) => {
        await tx.execute(sql`lock table graphile_worker._private_tasks in access exclusive mode`);
        const running = await startImporter({ importer, pool, log: silentLog });
        stop.push(running.stop);
        const cut = () =>
          stage.db.execute(sql`
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name <> 'uketori' and wait_event_type = 'Lock'`);
        await expect.poll(async () => (await cut()).length).toBeGreaterThan(0);
      });
      const { deliveryId } = await seedDelivery(stage);
      await expect
        .poll(async () => (await readDelivery(stage, deliveryId)).state, { timeout: 30_000 })
        .toBe('delivered');
    } finally {
      for (const end of stop) await end();
      await pool.end();
    }
  });
});
