import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { requests } from '../../../db/schema/index.ts';
import { startStandin } from '../../standins/nextcloud/standin.ts';
import { startPortal, type TestPortal, type TestPortalOptions, until } from '../../support/portal.ts';
import { ask, codeOf, noticesOf, tusOf, untilStored } from './wire.ts';

const ending: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

const start = async (options: TestPortalOptions = {}): Promise<TestPortal> => {
  const portal = await startPortal(options);
  ending.push(() => portal.close());
  return portal;
};

const health = async (portal: TestPortal) => {
  const reply = await ask(portal.url, { path: '/healthz' });
  return {
    status: reply.status,
    ...(JSON.parse(reply.body) as { ok: boolean; nextcloud: string; database: string }),
  };
};

/** A stand-in that is not there now, and can be had later at the same address. */
const absentStandin = async () => {
  const root = mkdtempSync(join(tmpdir(), 'uketori-away-'));
  ending.push(() => rmSync(root, { recursive: true, force: true }));
  const first = await startStandin({ root });
  await first.close();
  return {
    absent: first,
    comeBack: async () => {
      const back = await startStandin({ root, port: Number(new URL(first.url).port) });
      ending.push(() => back.close());
      return back;
    },
  };
};

describe('Nextcloud that can not be reached at start', () => {
  test('does not keep the portal from starting: it says so, opens nothing, and works when it is back', async () => {
    const { absent, comeBack } = await absentStandin();
    const portal = await start({ standin: absent });
    expect(await health(portal)).toEqual({ status: 503, ok: false, database: 'up', nextcloud: 'down' });
    const cookie = await portal.signIn();
    expect((await ask(portal.url, { path: '/staff', headers: { cookie } })).status).toBe(200);
    const refused = await portal.post({ title: 'Too early' });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'nextcloud.unreachable', retry: true });
    expect(await portal.db.select().from(requests)).toEqual([]);
    await comeBack();
    expect((await portal.post({ title: 'In time' })).status).toBe(201);
    await until('health', async () => (await health(portal)).ok);
    const [request] = await portal.db.select().from(requests);
    expect(request).toMatchObject({ title: 'In time', state: 'open' });
  });

  test('and goes away later: links are still answered, files wait, nothing is lost', async () => {
    const { absent, comeBack } = await absentStandin();
    const back = await comeBack();
    const portal = await start({ standin: absent, limits: { patienceMs: 500, flushMs: 300 } });
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const id = await tus.made('a.bin', 2000);
    expect((await tus.patch(id, 0, Buffer.alloc(1000, 1))).status).toBe(204);
    await back.close();
    expect((await ask(portal.url, { path: `/r/${request.token}` })).status).toBe(200);
    const refused = await tus.patch(id, 1000, Buffer.alloc(1000, 2));
    expect(refused.status).toBe(503);
    // What passes must not make the client begin another upload.
    expect((await tus.head(id)).headers['upload-offset']).toBe('1000');
    await comeBack();
    expect((await tus.patch(id, 1000, Buffer.alloc(1000, 2))).status).toBe(204);
    await untilStored(portal, id);
  });
});

describe('Nextcloud in maintenance', () => {
  test('is named by the health address, and opens nothing', async () => {
    const portal = await start();
    portal.standin.control.set({ maintenance: true });
    expect(await health(portal)).toMatchObject({ status: 503, nextcloud: 'maintenance' });
    const refused = await portal.post({ title: 'Later' });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'nextcloud.maintenance' });
    portal.standin.control.calm();
    expect((await portal.post({ title: 'Later' })).status).toBe(201);
  });
});

describe('an app password', () => {
  test('that was revoked is not tried over and over: Nextcloud would lock the portal out; staff are told', async () => {
    const portal = await start({ limits: { patienceMs: 500, flushMs: 300 } });
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const ids = await Promise.all(Array.from({ length: 6 }, (_, n) => tus.made(`${n}.bin`, 2000)));
    expect(await health(portal)).toMatchObject({ status: 200, nextcloud: 'up' });
    portal.standin.requests.clear();
    portal.standin.control.revokeAppPasswords(portal.standin.user.id);
    for (let round = 0; round < 4; round += 1) {
      const replies = await Promise.all(ids.map((id) => tus.patch(id, 0, Buffer.alloc(1000))));
      for (const reply of replies) expect(reply.status).not.toBe(204);
      expect((await portal.post({ title: 'Refused' })).status).toBe(503);
    }
    expect(portal.standin.requests.unauthorized).toBeGreaterThan(0);
    expect(portal.standin.requests.unauthorized).toBeLessThan(10);
    const refused = await tus.patch(ids[0] ?? '', 0, Buffer.alloc(2000));
    expect([refused.status, codeOf(refused)]).toEqual([503, 'nextcloud.credentials-refused']);
    await until(
      'the notice',
      async () => (await noticesOf(portal, 'nextcloud.credentials-refused')).length === 1,
    );
    await until('health', async () => (await health(portal)).nextcloud === 'credentials-refused');
    // The address is not locked out: somebody with the right password is let in from here.
    portal.standin.control.restoreAppPassword(portal.standin.user.id);
    const { url, user } = portal.standin;
    const basic = Buffer.from(`${user.id}:${user.appPassword}`).toString('base64');
    const me = await fetch(`${url}/ocs/v2.php/cloud/user?format=json`, {
      headers: { authorization: `Basic ${basic}`, 'ocs-apirequest': 'true' },
    });
    expect(me.status).toBe(200);
  });

  test('that is wrong from the start is not tried at every request either', async () => {
    const portal = await start({ nextcloud: { appPassword: 'wrong-from-the-start' } });
    for (let n = 0; n < 15; n += 1) {
      const refused = await portal.post({ title: 'Refused' });
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        503,
        'nextcloud.credentials-refused',
      ]);
    }
    expect(await health(portal)).toMatchObject({ status: 503, nextcloud: 'credentials-refused' });
    expect(portal.standin.requests.unauthorized).toBe(1);
  });

  test('is made of a login password, once, and staff are told; the login password is not used again', async () => {
    const standin = await startStandin({ sharesPerTenMinutes: Number.POSITIVE_INFINITY });
    ending.push(() => standin.close());
    const portal = await start({ standin, nextcloud: { appPassword: standin.user.loginPassword } });
    await Promise.all([portal.openRequest(), portal.openRequest(), health(portal)]);
    expect(standin.requests.matching('GET', '/getapppassword')).toHaveLength(1);
    expect(await noticesOf(portal, 'nextcloud.password-traded')).toMatchObject([{ level: 'information' }]);
    standin.requests.clear();
    await portal.submit(await portal.openRequest(), [{ name: 'a.txt', content: 'a' }]);
    const login = Buffer.from(`${standin.user.id}:${standin.user.loginPassword}`).toString('base64');
    expect(standin.requests.all.length).toBeGreaterThan(5);
    expect(standin.requests.all.filter(({ authorization }) => authorization === `Basic ${login}`)).toEqual(
      [],
    );
    expect(standin.requests.matching('GET', '/getapppassword')).toEqual([]);
    expect(portal.log.join('')).not.toContain(standin.user.loginPassword);
  });

  test('that was an app password already is used as it is', async () => {
    const portal = await start();
    await portal.openRequest();
    expect(await noticesOf(portal, 'nextcloud.password-traded')).toEqual([]);
  });
});
