import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordScan } from '../../../db/queries/scans.ts';
import { files } from '../../../db/schema/index.ts';
import { type Begun, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;
let requestId: string;
let begun: Begun;

beforeAll(async () => {
  portal = await startPortal({ config: { clamd: { address: '127.0.0.1:1', mostBytes: 1024 } } });
  token = await portal.apiToken();
  cookie = await portal.signIn();
  const request = await portal.openRequest();
  requestId = request.id;
  begun = await portal.submit(
    request,
    ['clean.txt', 'evil.txt', 'new.txt'].map((name) => ({ name, content: name })),
  );
  const rows = await portal.db.select().from(files).where(eq(files.submissionId, begun.submissionId));
  const idOf = (name: string) => rows.find(({ sentName }) => sentName === name)?.id ?? '';
  await recordScan(portal.db, idOf('clean.txt'), { result: 'clean' });
  await recordScan(portal.db, idOf('evil.txt'), { result: 'found', found: 'Test.Harm' });
});

afterAll(() => portal.close());

const read = async (path: string, headers: Record<string, string>) =>
  (await ask(portal.url, { path, headers })).body;

test('the request’s page says of each file what a scanner said', async () => {
  const page = await read(`/staff/requests/${requestId}`, { cookie, accept: 'text/html' });
  const items = page.split('<li id="file-').slice(1);
  const said = (name: string) => items.find((item) => item.includes(name))?.replaceAll(/<[^>]*>/g, ' ') ?? '';
  expect(said('clean.txt')).toContain('Scanned: clean');
  expect(said('evil.txt')).toMatch(/In quarantine.*Scanner found: Test\.Harm/s);
  expect(said('new.txt')).toContain('Not scanned');
  expect(page).not.toContain('No virus scanner is set up');
});

test('so do the API, with the states of the deliveries, and the table', async () => {
  const headers = { authorization: `Bearer ${token}` };
  const told = JSON.parse(await read(`/api/v1/submissions/${begun.submissionId}`, headers)) as {
    files: { sentName: string; scan: unknown; released: boolean }[];
    deliveries: unknown[];
  };
  expect(told.files.map(({ sentName, scan, released }) => [sentName, scan, released])).toEqual([
    ['clean.txt', { result: 'clean', found: null }, false],
    ['evil.txt', { result: 'found', found: 'Test.Harm' }, false],
    ['new.txt', null, false],
  ]);
  expect(told.deliveries).toMatchObject([{ state: 'waiting', deliveredAt: null }]);
  const table = await read(`/api/v1/requests/${requestId}/files.csv`, headers);
  const column = table.split('\r\n')[0]?.split(',').indexOf('scan') ?? -1;
  const cells = table
    .split('\r\n')
    .slice(1, 4)
    .map((line) => line.split(',')[column]);
  expect(cells).toEqual(['clean', 'found', 'not-scanned']);
});

test('where no scanner is set up, the page says it once, and nothing of each file', async () => {
  const other = await startPortal();
  try {
    const request = await other.openRequest();
    await other.submit(request, [{ name: 'a.txt', content: 'a' }]);
    const headers = { cookie: await other.signIn(), accept: 'text/html' };
    const page = (await ask(other.url, { path: `/staff/requests/${request.id}`, headers })).body;
    expect(page).toContain('No virus scanner is set up');
    expect(page).not.toContain('Not scanned');
  } finally {
    await other.close();
  }
});
