import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../db/client.ts';
import { until } from '../support/processes.ts';
import { Sender, type Sending } from './support/sender.ts';
import { filesBelow, openSite, type Site, sha256Of } from './support/site.ts';

const MiB = 1024 * 1024;

let site: Site;
let sql: postgres.Sql;
let token: string;
let port: number;

beforeAll(async () => {
  site = await openSite();
  sql = connect(site.address, { max: 2 });
  ({ port } = await site.startPortal());
  token = await site.openRequest();
});

afterAll(async () => {
  await sql.end();
  await site.close();
});

/** Sends one file and seals its submission. */
const send = async (name: string): Promise<{ sending: Sending; submissionId: string }> => {
  const sender = await Sender.start(port, token);
  const sending = await sender.create(name, randomBytes(2 * MiB));
  await sending.sendAll();
  await sender.finish();
  return { sending, submissionId: sender.submissionId };
};

const deliveryOf = async (submissionId: string) => {
  const [row] = await sql<{ id: string; state: string; attempts: number }[]>`
    select id, state, attempts from deliveries where submission_id = ${submissionId}`;
  if (row === undefined) throw new Error('no delivery in the ledger');
  return row;
};

const outcomesOf = async (submissionId: string): Promise<(string | null)[]> => {
  const rows = await sql<{ outcome: string | null }[]>`
    select a.outcome from delivery_attempts a join deliveries d on d.id = a.delivery_id
    where d.submission_id = ${submissionId} order by a.epoch`;
  return rows.map(({ outcome }) => outcome);
};

const untilDelivered = (submissionId: string, limitMs: number): Promise<void> =>
  until(
    'the delivery to be recorded',
    limitMs,
    async () => (await deliveryOf(submissionId)).state === 'delivered',
  );

/** Everything in the import folder that belongs to a file of this name, and the manifest beside it. */
const deliveredAs = async (name: string): Promise<string[]> => {
  const all = await filesBelow(site.importDir);
  const folders = new Set(
    all.filter((path) => path.endsWith(`/${name}`)).map((path) => path.slice(0, -name.length)),
  );
  return all.filter((path) => [...folders].some((folder) => path.startsWith(folder)));
};

const expectOnce = async (name: string, sending: Sending): Promise<string> => {
  const found = await deliveredAs(name);
  expect(found.map((path) => path.split('/').at(-1) ?? '').sort()).toEqual(['manifest.json', name].sort());
  const [path = ''] = found.filter((each) => each.endsWith(name));
  expect(await sha256Of(join(site.importDir, path))).toBe(sending.sha256);
  const manifest = join(site.importDir, found.find((each) => each.endsWith('manifest.json')) ?? '');
  expect(await readFile(manifest, 'utf8')).toContain(sending.sha256);
  return manifest;
};

test('the importer killed between delivering and recording, and in the middle of a file: delivered once, within two minutes', async () => {
  const importer = await site.startImporter();
  const untouched = await send('control.bin');
  await untilDelivered(untouched.submissionId, 30_000);
  await expectOnce('control.bin', untouched.sending);
  expect(await outcomesOf(untouched.submissionId)).toEqual(['delivered']);

  const { control } = site.standin;
  // Slow, so that the row is locked before there is anything to record.
  const slow = control.fault({ method: 'GET', path: 'recorded-late.bin', action: { delayMs: 3_000 } });
  const late = await send('recorded-late.bin');
  await slow.hit();
  const { id } = await deliveryOf(late.submissionId);
  const keeper = await sql.reserve();
  await keeper`begin`;
  await keeper`select id from deliveries where id = ${id} for update`;
  await until('the manifest', 30_000, async () => (await deliveredAs('recorded-late.bin')).length === 2);
  // Another is still being written.
  const half = control.fault({
    method: 'GET',
    path: 'half.bin',
    action: { replyBytesPerSecond: MiB / 4 },
  });
  const halfway = await send('half.bin');
  await half.hit();
  await until('a part of the file', 30_000, async () =>
    (await filesBelow(site.importDir)).some((path) => path.endsWith('.part')),
  );
  await importer.end('SIGKILL');
  await keeper`rollback`;
  keeper.release();
  const delivering = { state: 'delivering', attempts: 1 };
  expect(await deliveryOf(late.submissionId)).toMatchObject(delivering);
  expect(await deliveryOf(halfway.submissionId)).toMatchObject(delivering);
  const manifest = await expectOnce('recorded-late.bin', late.sending);
  const before = await stat(manifest);

  const next = await site.startImporter();
  await untilDelivered(late.submissionId, 120_000);
  await untilDelivered(halfway.submissionId, 120_000);
  await expectOnce('recorded-late.bin', late.sending);
  await expectOnce('half.bin', halfway.sending);
  const after = await stat(manifest);
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  expect(await outcomesOf(late.submissionId)).toEqual(['retry', 'already-there']);
  expect(await outcomesOf(halfway.submissionId)).toEqual(['retry', 'delivered']);
  expect((await filesBelow(site.importDir)).filter((path) => path.endsWith('.part'))).toEqual([]);
  expect((await next.end('SIGTERM')).code).toBe(0);
});
