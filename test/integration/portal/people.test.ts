import { and, eq } from 'drizzle-orm';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { listTeams } from '../../../db/queries/teams.ts';
import {
  auditEvents,
  mails,
  passwordTickets,
  type StaffRole,
  staff,
  teamMembers,
  teams,
  throttles,
} from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { hashPassword } from '../../../server/lib/passwords.ts';
import { startPortal, until } from '../../support/portal.ts';

// Nothing listens there: what is queued can be looked at.
const portal = await startPortal({
  config: {
    mail: {
      server: new URL('smtp://127.0.0.1:9'),
      from: { name: 'Uketori', address: 'uketori@example.org' },
    },
  },
});
const administrator = await portal.signIn();
const password = 'a first password of mine';
const another = 'a second password of mine';
let people = 0;

beforeEach(() => portal.db.delete(throttles));
afterAll(() => portal.close());

const send = (path: string, fields: Record<string, string> = {}, cookie = administrator) =>
  fetch(`${portal.url}/staff${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, accept: 'text/html', 'accept-language': 'en' },
    body: new URLSearchParams(fields),
  });

const get = (path: string, cookie = administrator) =>
  fetch(`${portal.url}/staff${path}`, { headers: { cookie, 'accept-language': 'en' }, redirect: 'manual' });

const signIn = async (login: string, typed: string) => {
  const response = await send('/sign-in', { login, password: typed }, '');
  return response.status === 303 ? (response.headers.getSetCookie()[0]?.split(';')[0] ?? '') : undefined;
};

const isOpen = async (cookie: string | undefined) => (await get('/account', cookie ?? '')).status === 200;

const callWith = async (token: string) =>
  (await fetch(`${portal.url}/api/v1/requests`, { headers: { authorization: `Bearer ${token}` } })).status;

const pathIn = (html: string) => /\/staff(\/set-password\/[\w.-]+)/.exec(html)?.[1] ?? '';

const person = async (role: StaffRole = 'staff', email: string | null = null) => {
  people += 1;
  const passwordHash = await hashPassword(password);
  const row = await insertStaff(portal.db, {
    login: `taro-${people}`,
    name: 'Taro',
    role,
    email,
    passwordHash,
  });
  if (row === undefined) throw new Error('no row');
  return row;
};

const values = (of: { name: string; role: string }, more: Record<string, string> = {}) => ({
  name: of.name,
  email: '',
  role: of.role,
  ...more,
});

const deedsOf = async (id: string) =>
  (await portal.db.select().from(auditEvents).where(eq(auditEvents.subject, id))).map(({ action }) => action);

describe('somebody who is added', () => {
  test('sets a password by a link that works once, and is seen to have signed in', async () => {
    const added = await send('/people', { login: 'Jiro', name: 'Jiro', email: '', role: 'viewer' });
    expect(added.status).toBe(200);
    const path = pathIn(await added.text());
    expect((await get(path, '')).status).toBe(200);
    expect((await send(path, { password: another, again: another }, '')).headers.get('location')).toBe(
      '/staff/sign-in?done=password',
    );
    expect((await send(path, { password, again: password }, '')).status).toBe(410);
    expect(await (await get('/people')).text()).toContain('never signed in');
    expect(await isOpen(await signIn('jiro', another))).toBe(true);
    const [row] = await portal.db.select().from(staff).where(eq(staff.login, 'jiro'));
    expect(row?.lastSignInAt).toBeInstanceOf(Date);
    expect(await deedsOf(row?.id ?? '')).toEqual(['staff.added', 'staff.password-set', 'session.begun']);
  });

  test('is not added with a login that somebody has', async () => {
    const { login } = await person();
    expect((await send('/people', { login, name: 'Two', email: '', role: 'staff' })).status).toBe(409);
  });

  test.each(['x', 'x.y', 'pwt_1.AAAA', 'pwt_1.A.A'])(
    'sets none by a link that is not ours: %j',
    async (token) => {
      expect((await get(`/set-password/${token}`, '')).status).toBe(410);
    },
  );

  test('sets none when the link is over, or another was made', async () => {
    const { id } = await person();
    const first = pathIn(await (await send(`/people/${id}/link`)).text());
    const second = pathIn(await (await send(`/people/${id}/link`)).text());
    expect((await get(first, '')).status).toBe(410);
    expect((await get(second, '')).status).toBe(200);
    await portal.db.update(passwordTickets).set({ expiresAt: new Date(Date.now() - 1000) });
    expect((await get(second, '')).status).toBe(410);
  });
});

describe('a Nextcloud user', () => {
  test('is named with one person alone, and stays when it is not spoken of', async () => {
    const [one, two] = [await person(), await person()];
    const name = (id: string, of: typeof one, nextcloudUser: string) =>
      send(`/people/${id}`, values(of, { nextcloudUser }));
    expect((await name(one.id, one, ' Hanako ')).status).toBe(303);
    expect((await name(two.id, two, 'hanako')).status).toBe(409);
    expect(
      (
        await send('/people', {
          login: 'three',
          name: 'x',
          email: '',
          role: 'staff',
          nextcloudUser: 'HANAKO',
        })
      ).status,
    ).toBe(409);
    await send(`/people/${one.id}`, values(one));
    expect(await (await get(`/people/${one.id}`)).text()).toContain('value="hanako"');
    await name(one.id, one, '');
    expect((await name(two.id, two, 'hanako')).status).toBe(303);
  });

  test('who has no password is given a link with words about what it opens', async () => {
    const them = await insertStaff(portal.db, {
      login: 'elsewhere',
      name: 'Elsewhere',
      role: 'staff',
      nextcloudUser: 'elsewhere',
    });
    expect(await (await get(`/people/${them?.id}`)).text()).toContain('A password is a second way in');
    const { id } = await person();
    expect(await (await get(`/people/${id}`)).text()).not.toContain('A password is a second way in');
  });
});

describe('a link to set a password', () => {
  test('ends with the mail address that it was sent to, and with no other change', async () => {
    const them = await person('staff', 'taro@example.org');
    const link = async () => pathIn(await (await send(`/people/${them.id}/link`)).text());
    const change = async (more: Record<string, string>) =>
      expect((await send(`/people/${them.id}`, values(them, more))).status).toBe(303);
    const path = await link();
    await change({ email: 'taro@example.org', name: 'Taro Yamada' });
    expect((await get(path, '')).status).toBe(200);
    await change({ email: 'somebody@example.org' });
    expect((await get(path, '')).status).toBe(410);
    const second = await link();
    await change({ email: '' });
    expect((await get(second, '')).status).toBe(410);
  });
});

describe('somebody who is disabled', () => {
  test('is out at once, with API tokens, and back without them', async () => {
    const them = await person('administrator');
    const cookie = await signIn(them.login, password);
    const { token } = await createApiToken(portal.db, {
      staffId: them.id,
      name: 'test',
      scopes: ['requests:read'],
      expiresAt: null,
    });
    const call = () => callWith(token);
    expect([await isOpen(cookie), await call()]).toEqual([true, 200]);
    await send(`/people/${them.id}`, values(them, { disabled: 'yes' }));
    expect([await isOpen(cookie), await call()]).toEqual([false, 401]);
    expect(await signIn(them.login, password)).toBeUndefined();
    await send(`/people/${them.id}`, values(them));
    expect([await isOpen(await signIn(them.login, password)), await call()]).toEqual([true, 401]);
  });
});

describe('the last administrator', () => {
  test('is neither demoted nor disabled; one of two is', async () => {
    const [me] = await portal.db.select().from(staff).where(eq(staff.login, portal.staff.login));
    const other = await person('administrator');
    await portal.db.update(staff).set({ disabledAt: new Date() }).where(eq(staff.id, other.id));
    const id = me?.id ?? '';
    const others = await portal.db.select().from(staff).where(eq(staff.role, 'administrator'));
    for (const each of others.filter((row) => row.id !== id))
      await portal.db.update(staff).set({ role: 'staff' }).where(eq(staff.id, each.id));
    expect((await send(`/people/${id}`, values({ name: 'Me', role: 'viewer' }))).status).toBe(409);
    expect(
      (await send(`/people/${id}`, values({ name: 'Me', role: 'administrator' }, { disabled: 'yes' })))
        .status,
    ).toBe(409);
    const second = await person('administrator');
    expect((await send(`/people/${second.id}`, values(second, { role: 'viewer' }))).status).toBe(303);
  });
});

describe('a team', () => {
  test('is added, renamed, and removed only when it is empty', async () => {
    expect((await send('/teams', { name: 'Tax' })).status).toBe(303);
    expect((await send('/teams', { name: 'Tax' })).status).toBe(409);
    const team = (await listTeams(portal.db)).find(({ name }) => name === 'Tax');
    const id = team?.id ?? '';
    expect((await send(`/teams/${id}`, { name: 'Taxes' })).status).toBe(303);
    const them = await person();
    await send(`/people/${them.id}`, values(them, { teams: id }));
    expect((await send(`/teams/${id}/remove`)).status).toBe(409);
    await send(`/people/${them.id}`, values(them));
    expect((await send(`/teams/${id}/remove`)).status).toBe(303);
    expect(await portal.db.select().from(teams).where(eq(teams.id, id))).toEqual([]);
    expect(await deedsOf(id)).toEqual(['team.added', 'team.renamed', 'team.removed']);
  });

  test('is said who is in it on its own page, and that holds at once; who was not listed stays', async () => {
    await send('/teams', { name: 'Audit' });
    const team = (await listTeams(portal.db)).find(({ name }) => name === 'Audit')?.id ?? '';
    const [coming, leaving, unlisted] = [await person(), await person(), await person()];
    for (const { id } of [leaving, unlisted])
      await portal.db.insert(teamMembers).values({ teamId: team, staffId: id });
    const request = await portal.openRequest({ team });
    const sees = async (cookie: string | undefined) =>
      (await get(`/requests/${request.id}`, cookie ?? '')).status;
    const [theirs, others] = [await signIn(coming.login, password), await signIn(leaving.login, password)];
    expect([await sees(theirs), await sees(others)]).toEqual([404, 200]);
    expect(await (await get('/teams')).text()).toContain(`action="/staff/teams/${team}/members"`);
    const form = new URLSearchParams([
      ['members', coming.id],
      ['listed', coming.id],
      ['listed', leaving.id],
    ]);
    const sent = (cookie: string) =>
      fetch(`${portal.url}/staff/teams/${team}/members`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie, accept: 'text/html' },
        body: form,
      });
    expect((await sent(others ?? '')).status).toBe(403);
    expect((await sent(administrator)).headers.get('location')).toBe('/staff/teams?done=yes');
    expect([await sees(theirs), await sees(others)]).toEqual([200, 404]);
    const rows = await portal.db.select().from(teamMembers).where(eq(teamMembers.teamId, team));
    expect(rows.map(({ staffId }) => staffId).sort()).toEqual([coming.id, unlisted.id].sort());
    const deeds = await Promise.all([coming, leaving, unlisted].map(({ id }) => deedsOf(id)));
    expect(deeds.map((of) => of.includes('staff.changed'))).toEqual([true, true, false]);
  });
});

describe('a forgotten password', () => {
  test('is set anew by a mail to its owner, and ends every session; the answer tells nothing', async () => {
    const them = await person('staff', 'Taro@example.org');
    const cookie = await signIn(them.login, password);
    const { token } = await createApiToken(portal.db, {
      staffId: them.id,
      name: 'test',
      scopes: ['requests:read'],
      expiresAt: null,
    });
    expect(await callWith(token)).toBe(200);
    const answers = await Promise.all(
      [them.login, 'taro@example.org', 'nobody', 'nobody@example.org'].map(async (name) => {
        const response = await send('/forgotten', { name }, '');
        return [response.status, await response.text()];
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.[0]).toBe(200);
    const queued = await until('the mails', async () => {
      const rows = await portal.db.select().from(mails).where(eq(mails.kind, 'reset'));
      return rows.length === 2 ? rows : undefined;
    });
    expect(queued.map(({ recipient }) => recipient)).toEqual(['Taro@example.org', 'Taro@example.org']);
    const ticket = queued[0]?.subject ?? '';
    const path = `/set-password/${ticket}.${portal.composed.portal.sealing.sign(ticket, 'password-ticket')}`;
    expect((await send(path, { password: 'short', again: 'short' }, '')).status).toBe(422);
    // Whoever only asked has ended nothing.
    expect([await isOpen(cookie), await callWith(token)]).toEqual([true, 200]);
    expect((await send(path, { password: another, again: another }, '')).status).toBe(303);
    expect([await isOpen(cookie), await callWith(token)]).toEqual([false, 401]);
    expect(await isOpen(await signIn(them.login, another))).toBe(true);
    expect(
      await portal.db
        .select({ details: auditEvents.details })
        .from(auditEvents)
        .where(and(eq(auditEvents.subject, them.id), eq(auditEvents.action, 'staff.password-set'))),
    ).toEqual([{ details: { tokensRevoked: 1 } }]);
    expect(
      await portal.db.select().from(passwordTickets).where(eq(passwordTickets.staffId, them.id)),
    ).toEqual([]);
  });

  test('floods no mailbox', async () => {
    for (let n = 0; n < 10; n += 1) expect((await send('/forgotten', { name: 'x' }, '')).status).toBe(200);
    expect((await send('/forgotten', { name: 'x' }, '')).status).toBe(429);
  });
});

describe('the API', () => {
  test('adds, changes and lists people and teams, by the same rules', async () => {
    const token = await portal.apiToken(['people:read', 'people:write']);
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${portal.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return [response.status, response.status === 204 ? undefined : await response.json()] as const;
    };
    const [, team] = await call('POST', '/teams', { name: 'Of the API' });
    const [status, { person: added, link }] = await call('POST', '/people', {
      login: 'saburo',
      name: 'Saburo',
      role: 'viewer',
      teams: [team.id],
    });
    const named = { id: team.id, name: 'Of the API' };
    expect(team).toEqual({ ...named, members: [] });
    expect([status, added.teams, added.hasPassword]).toEqual([201, [named], false]);
    expect((await get(pathIn(link), '')).status).toBe(200);
    expect(await call('PATCH', `/people/${added.id}`, { disabled: true })).toMatchObject([
      200,
      { disabled: true, role: 'viewer', teams: [named] },
    ]);
    expect((await get(pathIn(link), '')).status).toBe(410);
    expect(
      await call('POST', '/people', { login: 'x', name: 'X', role: 'staff', teams: ['tem_0'] }),
    ).toMatchObject([400, { code: 'input.invalid' }]);
    expect(await call('DELETE', `/teams/${team.id}`)).toMatchObject([409, { code: 'team.in-use' }]);
    const other = await person();
    const set = (members: string[]) => call('PATCH', `/teams/${team.id}`, { members });
    const membersOfTeam = async () =>
      (await call('GET', `/teams/${team.id}`))[1].members.map(({ id }: { id: string }) => id);
    expect(await membersOfTeam()).toEqual([added.id]);
    expect((await set([other.id]))[0]).toBe(204);
    expect(await membersOfTeam()).toEqual([other.id]);
    expect(await set([added.id, 'stf_0'])).toMatchObject([400, { code: 'input.invalid' }]);
    expect(await membersOfTeam()).toEqual([other.id]);
    const [, { teams: withMembers }] = await call('GET', '/teams');
    expect(withMembers).toContainEqual({ ...named, members: [{ id: other.id, name: 'Taro' }] });
    expect((await set([]))[0]).toBe(204);
    expect((await call('PATCH', '/teams/tem_0', { members: [] }))[0]).toBe(404);
    expect((await call('GET', '/teams/tem_0'))[0]).toBe(404);
    const [, { people: listed, next }] = await call('GET', '/people?limit=1');
    expect(listed).toMatchObject([{ login: other.login, lastSignInAt: null }]);
    expect((await call('GET', `/people?limit=1&cursor=${next}`))[1].people).not.toEqual(listed);
  });
});
