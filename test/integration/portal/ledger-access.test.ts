import { describe, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { tokenScopes } from '../../../server/auth/api-tokens.ts';
import { setLedger } from './ledger.ts';
import { ask } from './wire.ts';

const ledger = setLedger();
const { api, post, newDestination, deliveryIn } = ledger;

describe('who may', () => {
  const routes: [string, string, string][] = [
    ['GET', '/destinations', 'destinations:read'],
    ['GET', '/destinations/kinds', 'destinations:read'],
    ['GET', '/destinations/dst_x', 'destinations:read'],
    ['POST', '/destinations', 'destinations:write'],
    ['PATCH', '/destinations/dst_x', 'destinations:write'],
    ['DELETE', '/destinations/dst_x', 'destinations:write'],
    ['POST', '/destinations/dst_x/check', 'destinations:write'],
    ['POST', '/destinations/dst_x/pause', 'destinations:write'],
    ['POST', '/destinations/dst_x/resume', 'destinations:write'],
    ['GET', '/deliveries', 'deliveries:read'],
    ['GET', '/deliveries.csv', 'deliveries:read'],
    ['GET', '/deliveries/dlv_x', 'deliveries:read'],
    ['POST', '/deliveries/replay', 'deliveries:write'],
    ['POST', '/deliveries/dlv_x/retry', 'deliveries:write'],
    ['POST', '/deliveries/dlv_x/replay', 'deliveries:write'],
    ['POST', '/files/fil_x/release', 'deliveries:write'],
  ];
  const body = (method: string) =>
    method === 'GET' || method === 'DELETE' ? undefined : { kind: 'folder', name: 'x', config: {} };

  test.each(routes)(
    '%s %s: nobody without a token, nor with every scope but %s',
    async (method, path, scope) => {
      expect((await api(method, path, body(method), 'nonsense')).status).toBe(401);
      const others = await ledger.portal.apiToken(tokenScopes.filter((each) => each !== scope));
      expect((await api(method, path, body(method), others)).status).toBe(403);
      expect((await api(method, path, body(method))).status).not.toBe(403);
    },
  );

  test.each([
    '/staff/destinations',
    '/staff/destinations/new/folder',
    '/staff/deliveries',
    '/staff/deliveries.csv',
  ])('%s is for those who are signed in', async (path) => {
    expect((await ask(ledger.portal.url, { path })).headers.location).toBe('/staff/sign-in');
    expect((await ask(ledger.portal.url, { path, headers: { cookie: ledger.cookie } })).status).toBe(200);
  });

  test('only administrators set up destinations, viewers change nothing', async () => {
    const made = await newDestination();
    const dead = await deliveryIn('dead', made);
    const as = async (role: 'viewer' | 'staff') => {
      await ledger.portal.db.update(tables.staff).set({ role });
      const paused = await post(`/destinations/${made.id}/pause`);
      const replayed = await post(`/deliveries/${dead}/replay`);
      return [paused.status, replayed.status];
    };
    try {
      expect(await as('viewer')).toEqual([403, 403]);
      expect(await as('staff')).toEqual([403, 303]);
      expect((await api('GET', `/destinations/${made.id}`)).json.paused).toBe(false);
    } finally {
      await ledger.portal.db.update(tables.staff).set({ role: 'administrator' });
    }
  });
});
