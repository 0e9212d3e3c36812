import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hookToken } from '../../../server/http/public/hooks.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

const metricsToken = 'a-token-for-the-monitoring';
let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal({ config: { metricsToken } });
  request = await portal.openRequest();
});
afterAll(() => portal.close());

describe('Nextcloud telling of a new file', () => {
  beforeEach(async () => {
    await portal.db.execute(sql`delete from graphile_worker._private_jobs`);
  });

  const tell = (event: unknown, token = hookToken(portal.composed.portal.sealing)) =>
    ask(portal.url, {
      method: 'POST',
      path: '/hooks/nextcloud',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
  const woken = async () =>
    (await portal.db.execute(sql`select 1 from graphile_worker.jobs where key = ${`look:${request.id}`}`))
      .length;
  // As Nextcloud 32.0.1 sends it: of who did it there is nothing for a file drop.
  const created = (path: string) => ({
    event: { class: 'OCP\\Files\\Events\\Node\\NodeCreatedEvent', node: { id: 4711, path } },
    user: { uid: '', displayName: '' },
    time: 1_764_000_000,
  });

  test('wakes a look at the request whose folder it is in', async () => {
    expect((await tell(created(`/uketori/files${request.folder}/nick/a.txt`))).status).toBe(204);
    expect(await woken()).toBe(1);
  });

  test('wakes nothing for a path elsewhere', async () => {
    expect((await tell(created('/uketori/files/Private/a.txt'))).status).toBe(204);
    expect(await woken()).toBe(0);
  });

  test('is heard of a renaming by where the file went', async () => {
    const to = { id: 1, path: `/uketori/files${request.folder}/b.txt` };
    await tell({ event: { source: { id: 1, path: '/uketori/files/Private/b.txt' }, target: to } });
    expect(await woken()).toBe(1);
  });

  test.each(['', 'nonsense', 'x'.repeat(43)])('with the token %j it is not there', async (token) => {
    expect((await tell(created(`/uketori/files${request.folder}/a.txt`), token)).status).toBe(404);
    expect(await woken()).toBe(0);
  });

  test('that makes no sense is refused', async () => {
    expect((await tell({ hello: 'world' })).status).toBe(400);
  });
});

describe('metrics', () => {
  const read = (token: string | undefined) =>
    ask(portal.url, {
      path: '/metrics',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });

  test('are told to whoever has the token, and to nobody else', async () => {
    expect((await read(undefined)).status).toBe(404);
    expect((await read('another-token-of-that-leng')).status).toBe(404);
    expect((await read(metricsToken)).status).toBe(200);
  });

  test('count uploads, requests to Nextcloud, deliveries and jobs', async () => {
    await portal.submit(request, [{ name: 'a.txt', content: 'a' }]);
    const { body, headers } = await read(metricsToken);
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toMatch(/^uketori_uploads\{state="stored"\} [1-9]/m);
    expect(body).toMatch(/^uketori_nextcloud_requests_total\{method="PUT",status="201"\} [1-9]/m);
    expect(body).toMatch(/^uketori_nextcloud_request_seconds_count\{method="MKCOL"\} [1-9]/m);
    expect(body).toMatch(/^uketori_deliveries\{destination="[^"]+",state="waiting"\} [1-9]/m);
    expect(body).toMatch(/^uketori_delivery_lag_seconds \d/m);
    expect(body).toMatch(/^uketori_destination_resting\{destination="[^"]+"\} 0/m);
    expect(body).not.toContain(portal.standin.user.appPassword);
  });
});
