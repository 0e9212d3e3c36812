import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../db/client.ts';
import { until } from '../support/processes.ts';
import { Sender, type Sending } from './support/sender.ts';
import { filesBelow, openSite, type Site, storedIn } from './support/site.ts';

const MiB = 1024 * 1024;
const pieceBytes = MiB;

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

beforeEach(() => site.standin.control.calm());

afterAll(async () => {
  await sql.end();
  await site.close();
});

const begin = async (bytes = 3 * MiB): Promise<{ sender: Sender; sending: Sending; folder: string }> => {
  const sender = await Sender.start(port, token);
  const sending = await sender.create('a.bin', randomBytes(bytes));
  return { sender, sending, folder: `uketori-${sending.uploadId}` };
};

const partFiles = (folder: string): Promise<string[]> =>
  filesBelow(join(site.standin.root, 'uploads', site.standin.user.id, folder));

/** One file under its own name, with the bytes that were sent, and nothing left of its parts. */
const expectArrived = async (sender: Sender, sending: Sending): Promise<void> => {
  const sealed = await sender.finish();
  expect(sealed.files).toMatchObject([{ name: 'a.bin', state: 'stored', sha256: sending.sha256 }]);
  expect(await storedIn(site, sealed.receiptNumber)).toEqual([{ name: 'a.bin', sha256: sending.sha256 }]);
  expect(sending.acknowledged.fallen).toEqual([]);
  await until(
    'the parts to be removed',
    30_000,
    async () => (await partFiles(`uketori-${sending.uploadId}`)).length === 0,
  );
};

const noticesAbout = (subject: string): Promise<{ code: string; level: string }[]> =>
  sql<{ code: string; level: string }[]>`select code, level from notices where subject = ${subject}`;

test('control: without a fault, several parts become one file', async () => {
  const { sender, sending, folder } = await begin();
  expect(await sending.sendAll({ pieceBytes })).toBe(0);
  await expectArrived(sender, sending);
  const puts = site.standin.requests.matching('PUT', folder);
  expect(puts.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(site.standin.requests.matching('COPY', folder).map(({ status }) => status)).toEqual([201]);
});

describe('a part that Nextcloud refuses for a while is sent again without the submitter', () => {
  test.each([
    ['423 Locked', { reply: 423 }],
    ['429 with Retry-After', { reply: 429, headers: { 'retry-after': '1' } }],
    ['500', { reply: 500 }],
    ['503 maintenance', { reply: 503, headers: { 'retry-after': '1', 'x-nextcloud-maintenance-mode': '1' } }],
    ['a connection that breaks before the work', { drop: 'before' as const }],
    ['a connection that breaks after the work', { drop: 'after' as const }],
    ['a connection that breaks in the middle', { dropAfterBodyBytes: 200_000 }],
  ])('%s', async (_, action) => {
    const { sender, sending, folder } = await begin();
    const fault = site.standin.control.fault({ method: 'PUT', path: folder, skip: 1, times: 2, action });
    expect(await sending.sendAll({ pieceBytes })).toBe(0);
    expect(fault.hits).toBe(2);
    await expectArrived(sender, sending);
    const asked = 'headers' in action ? 1_000 : 0;
    const puts = site.standin.requests.matching('PUT', folder);
    expect(puts.length).toBe(5);
    const pauseMs = (puts[2]?.startedAtMs ?? 0) - (puts[1]?.startedAtMs ?? 0);
    expect(pauseMs).toBeGreaterThanOrEqual(asked - 5);
  });

  test('a file that fits in one part, too: one PUT that makes, never `a (2)`', async () => {
    const { sender, sending } = await begin();
    const fault = site.standin.control.fault({
      method: 'PUT',
      path: '/a.bin',
      times: 2,
      action: { drop: 'after' },
    });
    expect(await sending.sendAll()).toBe(0);
    expect(fault.hits).toBeGreaterThan(0);
    await expectArrived(sender, sending);
  });
});

describe('an assembly that fails is looked into and done again: one file, never `a (2)`', () => {
  test.each([
    ['423 Locked', { reply: 423 }],
    ['429 with Retry-After', { reply: 429, headers: { 'retry-after': '1' } }],
    ['500', { reply: 500 }],
    ['503 maintenance', { reply: 503, headers: { 'retry-after': '1', 'x-nextcloud-maintenance-mode': '1' } }],
    ['504 after it was done', { reply: 504, when: 'after' as const }],
    ['a connection that breaks before it was done', { drop: 'before' as const }],
    ['a connection that breaks after it was done', { drop: 'after' as const }],
    ['201 and nothing stored', { hollow: true as const }],
    ['201 with another hash', { wrongHash: true as const }],
  ])('%s', async (_, action) => {
    const { sender, sending, folder } = await begin();
    const fault = site.standin.control.fault({ method: 'COPY', path: folder, action });
    await sending.sendAll({ pieceBytes });
    await fault.hit();
    await expectArrived(sender, sending);
    expect(fault.hits).toBe(1);
  });
});

describe('what lies in the upload folder is compared with what was acknowledged', () => {
  test('a phantom part is removed, and the hash is right', async () => {
    const { sender, sending, folder } = await begin();
    expect((await sending.patch(0, { bytes: pieceBytes })).offsetBytes).toBe(pieceBytes);
    const [known = ''] = await partFiles(folder);
    site.standin.control.plantPart(site.standin.user.id, folder, `${known}.part`, 'a phantom');
    site.standin.control.plantPart(site.standin.user.id, folder, '0000000000000500-9', 'another');
    await sending.sendAll({ pieceBytes });
    await expectArrived(sender, sending);
    const removed = site.standin.requests
      .matching('DELETE', `${folder}/`)
      .map(({ path }) => path.split('/').at(-1) ?? '');
    expect(removed.sort()).toEqual([`${known}.part`, '0000000000000500-9'].sort());
  });

  test('the upload folder vanished: the upload ends as lost, staff are told, a new one works', async () => {
    const { sender, sending, folder } = await begin();
    await sending.patch(0, { bytes: pieceBytes });
    await rm(join(site.standin.root, 'uploads', site.standin.user.id, folder), { recursive: true });
    const { status, body } = await sending.patch(pieceBytes, { bytes: pieceBytes });
    expect([status, JSON.parse(body)]).toMatchObject([404, { code: 'upload.lost', retry: false }]);
    expect((await sending.head()).status).toBe(404);
    expect(await noticesAbout(sending.uploadId)).toMatchObject([{ code: 'upload.lost', level: 'problem' }]);
    const again = await sender.create('a.bin', sending.content);
    await again.sendAll({ pieceBytes });
    const sealed = await sender.finish();
    expect(await storedIn(site, sealed.receiptNumber)).toEqual([{ name: 'a.bin', sha256: sending.sha256 }]);
  });

  test('an acknowledged part that vanished is noticed before assembly: lost, never a shorter file', async () => {
    const { sender, sending, folder } = await begin();
    await sending.patch(0, { bytes: pieceBytes });
    await sending.patch(pieceBytes, { bytes: pieceBytes });
    const [first = ''] = await partFiles(folder);
    await rm(join(site.standin.root, 'uploads', site.standin.user.id, folder, first));
    await sending.patch(2 * pieceBytes);
    await until(
      'the upload to end',
      30_000,
      async () => (await sender.describe()).files[0]?.state === 'failed',
    );
    expect(await noticesAbout(sending.uploadId)).toMatchObject([{ code: 'upload.lost' }]);
    expect(site.standin.requests.matching('COPY', folder)).toEqual([]);
    const { receiptNumber } = await sender.describe();
    expect(await storedIn(site, receiptNumber)).toEqual([]);
  });
});

describe('no space left in Nextcloud', () => {
  test('while it is sent: refused with 507, no hot loop, nothing acknowledged is lost, and it goes on later', async () => {
    const { sender, sending, folder } = await begin();
    await sending.patch(0, { bytes: pieceBytes });
    const fault = site.standin.control.fault({
      method: 'PUT',
      path: folder,
      times: 1000,
      action: { reply: 507 },
    });
    const { status, body } = await sending.patch(pieceBytes, { bytes: pieceBytes });
    expect([status, JSON.parse(body)]).toMatchObject([507, { code: 'nextcloud.out-of-space' }]);
    expect(fault.hits).toBe(1);
    expect((await sending.head()).offsetBytes).toBe(pieceBytes);
    fault.remove();
    await sending.sendAll({ pieceBytes });
    await expectArrived(sender, sending);
  });

  test('while it is put together: nothing is thrown away, and it is done when there is space again', async () => {
    const { sender, sending, folder } = await begin();
    const fault = site.standin.control.fault({ method: 'COPY', path: folder, action: { reply: 507 } });
    await sending.sendAll({ pieceBytes });
    await fault.hit();
    await expectArrived(sender, sending);
    expect(fault.hits).toBe(1);
  });
});
