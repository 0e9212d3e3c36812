import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { raiseNotice, unresolvedNotices } from '../../../db/queries/notices.ts';
import { insertStaff } from '../../../db/queries/people.ts';
import type { Owned } from '../../../db/queries/teams.ts';
import { insertTemplate } from '../../../db/queries/templates.ts';
import {
  apiTokens,
  deliveries,
  files,
  type Right,
  type StaffRole,
  sessions,
  teams,
  throttles,
} from '../../../db/schema/index.ts';
import { createApiToken } from '../../../server/auth/api-tokens.ts';
import { rights, rightsOf } from '../../../server/auth/rights.ts';
import { createApi } from '../../../server/http/api/api.ts';
import type { GuardedRoute } from '../../../server/http/guards.ts';
import { createStaffRoutes } from '../../../server/http/staff/routes.tsx';
import { templateContentSchema } from '../../../server/intake/rules/new-request.ts';
import { hashToken, newToken } from '../../../server/lib/ids.ts';
import { startPortal, until } from '../../support/portal.ts';
import { ask } from './wire.ts';

/*
 * What holds for every route of the console and of the API, whoever adds one: the cases go through what is registered.
 */

const portal = await startPortal();
const consoleRoutes = createStaffRoutes(portal.composed.portal).routes;
const apiRoutes = createApi(portal.composed.portal).routes;

const title = 'Planted for one team alone';
const roles: readonly StaffRole[] = ['administrator', 'staff', 'viewer'];

interface Person {
  staffId: string;
}

/** One person of each role in the team that owns the request, and a member of staff in another. */
let own: Record<StaffRole, Person>;
let other: Person;
/** Something of every kind that belongs to the team. */
let ids: Record<Owned, string>;
let receiptNumber: string;

const person = async (login: string, role: StaffRole, teamId: string): Promise<Person> => {
  const row = await insertStaff(portal.db, { login, name: login, role }, [teamId]);
  if (row === undefined) throw new Error(`${login} is there already`);
  return { staffId: row.id };
};

const tokenOf = async ({ staffId }: Person, scopes: readonly Right[], expiresAt: Date | null = null) =>
  (await createApiToken(portal.db, { staffId, name: 'test', scopes: [...scopes], expiresAt })).token;

beforeAll(async () => {
  const [team, otherTeam] = await portal.db
    .insert(teams)
    .values([{ name: 'One' }, { name: 'Another' }])
    .returning();
  if (team === undefined || otherTeam === undefined) throw new Error('no teams');
  own = {
    administrator: await person('of-one-administrator', 'administrator', team.id),
    staff: await person('of-one-staff', 'staff', team.id),
    viewer: await person('of-one-viewer', 'viewer', team.id),
  };
  other = await person('of-another', 'staff', otherTeam.id);
  const request = await portal.openRequest({ title, team: team.id, takeBackMinutes: 0 });
  const { submissionId, ...begun } = await portal.submit(request, [{ name: 'a.txt', content: 'content' }]);
  receiptNumber = begun.receiptNumber;
  const delivery = await until(
    'the delivery',
    async () =>
      (await portal.db.select().from(deliveries).where(eq(deliveries.submissionId, submissionId)))[0],
  );
  const [file] = await portal.db.select().from(files).where(eq(files.submissionId, submissionId));
  await raiseNotice(portal.db, {
    level: 'warning',
    code: 'upload.waiting',
    subject: 'upl_planted',
    requestId: request.id,
    params: { title },
  });
  const notice = (await unresolvedNotices(portal.db, 'all')).find(({ subject }) => subject === 'upl_planted');
  const content = templateContentSchema.parse({ title });
  const template = await insertTemplate(portal.db, { teamId: team.id, name: title, content });
  ids = {
    request: request.id,
    submission: submissionId,
    delivery: delivery.id,
    file: file?.id ?? '',
    notice: notice?.id ?? '',
    template: template?.id ?? '',
  };
});

// Or the wrong tokens of these tests would be too many.
beforeEach(() => portal.db.delete(throttles));

afterAll(() => portal.close());

const pathOf = ({ path, guard }: GuardedRoute, id = guard.of === undefined ? 'x' : ids[guard.of]): string =>
  path.replace(/:id\b/, id).replaceAll(/:[a-z]+/g, 'x');

const changes = ({ method }: GuardedRoute): boolean => method !== 'get';

const call = (
  route: GuardedRoute,
  headers: Record<string, string>,
  more: { path?: string; body?: string } = {},
) =>
  ask(portal.url, {
    method: route.method.toUpperCase(),
    path: more.path ?? pathOf(route),
    headers,
    ...(more.body !== undefined && { body: more.body }),
  });

/** A session of its own, so that no case ends that of another. */
const asPerson = async ({ staffId }: Person, absoluteExpiresAt = inAnHour()) => {
  const token = newToken();
  await portal.db
    .insert(sessions)
    .values({ id: hashToken(token), userId: staffId, expiresAt: inAnHour(), absoluteExpiresAt });
  return { cookie: `staff=${token}`, accept: 'text/html' };
};
const unconfirmed = async () => {
  const headers = await asPerson(own.administrator);
  await portal.db.update(sessions).set({ confirmedAt: new Date(Date.now() - 3_600_000) });
  return headers;
};
const inAnHour = () => new Date(Date.now() + 3_600_000);
const over = new Date(Date.now() - 1000);

const asToken = (token: string) => ({ authorization: `Bearer ${token}`, accept: 'application/json' });

/** What breaks a reader that trusts its input. */
const malformed: [string, string][] = [
  ['application/json', '{"title": '],
  ['application/json', '[null, {"__proto__": {"title": "x"}}]'],
  ['application/json', '"\\u0000"'],
  ['application/x-www-form-urlencoded', 'title=%00&title=%FF&%=%&deadline=never'],
  ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut'],
  ['text/plain', "'; drop table requests; --"],
];

/** What would reach SQL if names or values were put into it as they come. */
const injections = ["' or 1=1 --", '%00', '9999-99-99'];
/** Parameters that lists take, and some that they might. */
const asked =
  'sort order before q search show state destination request submission settled actor subject action from to files limit cursor done version'.split(
    ' ',
  );
/** One at a time, for the first that is refused hides the others; and all at once. */
const injected = injections.flatMap((value) => {
  const each = asked.map((name) => `${name}=${encodeURIComponent(value).replaceAll('%2500', '%00')}`);
  return [...each, each.join('&')].map((query) => `?${query}`);
});

/** How a browser tells that another site has sent it. */
const sites: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site', origin: 'https://other.example' },
];

type Case = readonly [name: string, route: GuardedRoute];

const cases = (
  routes: readonly GuardedRoute[],
  which: (route: GuardedRoute) => boolean = () => true,
): Case[] => routes.filter(which).map((route) => [`${route.method} ${route.path}`, route] as const);

const may = (role: StaffRole, { guard: { needs } }: GuardedRoute): boolean =>
  needs === 'anyone' || rightsOf(role).includes(needs);
const isOfTeam = ({ guard }: GuardedRoute): boolean => guard.of !== undefined;
const isList = (route: GuardedRoute): boolean => !isOfTeam(route) && !changes(route);

/** A right that is missing is said first. */
const refusalOfOther = (route: GuardedRoute): number => (may('staff', route) ? 404 : 403);

/** What of all that this route could be sent that is wrong it fails at. */
const failuresAtNonsense = async (route: GuardedRoute, headers: () => Promise<Record<string, string>>) => {
  const broken: string[] = [];
  const told = changes(route)
    ? malformed.map(([type, body]) => ({ path: pathOf(route, 'x'), body, headers: { 'content-type': type } }))
    : [
        pathOf(route, '%00'),
        pathOf(route, "'%20or%201=1"),
        ...injected.map((query) => `${pathOf(route)}${query}`),
      ].map((path) => ({ path, headers: {} }));
  const own = await headers();
  for (const { headers: more, ...rest } of told) {
    const reply = await call(route, { ...own, ...more }, rest);
    if (reply.status >= 500) broken.push(`${rest.path}: ${String(reply.status)}`);
  }
  return broken;
};

describe('every route of the console', () => {
  test.each(cases(consoleRoutes))(
    '%s sends strangers to sign in, and those whose session is over',
    async (_name, route) => {
      const { cookie: ended } = await asPerson(own.administrator, over);
      for (const cookie of ['', 'staff=nonsense', ended]) {
        const reply = await call(route, { accept: 'text/html', cookie });
        expect([reply.status, reply.headers.location]).toEqual(
          changes(route) ? [401, undefined] : [303, '/staff/sign-in'],
        );
        expect(reply.body).not.toContain(title);
      }
    },
  );

  test.each(cases(consoleRoutes, (route) => roles.some((role) => !may(role, route))))(
    '%s is refused to roles that may not',
    async (_name, route) => {
      for (const role of roles.filter((each) => !may(each, route)))
        expect((await call(route, await asPerson(own[role]))).status).toBe(403);
    },
  );

  test.each(cases(consoleRoutes, isOfTeam))('%s is not there for another team', async (_name, route) => {
    const reply = await call(route, await asPerson(other));
    expect(reply.status).toBe(refusalOfOther(route));
    expect(reply.body).not.toContain(title);
  });

  test.each(cases(consoleRoutes, isList))('%s shows nothing of another team', async (_name, route) => {
    const { body } = await call(route, await asPerson(other));
    for (const secret of [title, receiptNumber, ids.request, ids.delivery])
      expect(body).not.toContain(secret);
  });

  test.each(cases(consoleRoutes, changes))('%s is refused to another site', async (_name, route) => {
    for (const foreign of sites) {
      const reply = await call(route, { ...(await asPerson(own.administrator)), accept: '*/*', ...foreign });
      expect([reply.status, reply.body]).toEqual([403, expect.stringContaining('auth.foreign-origin')]);
    }
  });

  test.each(cases(consoleRoutes, ({ guard }) => guard.confirm !== undefined))(
    '%s asks first who it is, where they have not said so for long, and then breaks on nothing either',
    async (_name, route) => {
      const whose = await unconfirmed();
      const reply = await call(route, whose);
      expect([reply.status, reply.headers.location]).toEqual([303, '/staff/confirm']);
      expect(await failuresAtNonsense(route, unconfirmed)).toEqual([]);
    },
  );

  test.each(cases(consoleRoutes))('%s breaks on nothing that is sent to it', async (_name, route) => {
    expect(await failuresAtNonsense(route, () => asPerson(own.administrator))).toEqual([]);
  });
});

describe('every route of the API', () => {
  test.each(cases(apiRoutes))('%s is refused without a token that is good', async (_name, route) => {
    const ended = await tokenOf(own.administrator, rights, over);
    const revoked = await tokenOf(own.administrator, rights);
    await portal.db
      .update(apiTokens)
      .set({ revokedAt: over })
      .where(eq(apiTokens.tokenHash, hashToken(revoked)));
    for (const token of ['nonsense', 'uketori_nonsense', ended, revoked])
      expect((await call(route, asToken(token))).status).toBe(401);
    // Nor does the console's cookie open it.
    expect((await call(route, await asPerson(own.administrator))).status).toBe(401);
  });

  test.each(cases(apiRoutes, ({ guard }) => guard.needs !== 'anyone'))(
    '%s is refused without its scope, and to those who may not do it themselves',
    async (_name, route) => {
      const others = await tokenOf(
        own.administrator,
        rights.filter((scope) => scope !== route.guard.needs),
      );
      expect((await call(route, asToken(others))).status).toBe(403);
      for (const role of roles.filter((each) => !may(each, route)))
        expect((await call(route, asToken(await tokenOf(own[role], rights)))).status).toBe(403);
    },
  );

  test.each(cases(apiRoutes, isOfTeam))('%s is not there for another team', async (_name, route) => {
    const reply = await call(route, asToken(await tokenOf(other, rights)));
    expect(reply.status).toBe(refusalOfOther(route));
    expect(reply.headers['content-type']).toContain('application/problem+json');
    expect(reply.body).not.toContain(title);
  });

  test.each(cases(apiRoutes, isList))('%s shows nothing of another team', async (_name, route) => {
    const { body } = await call(route, asToken(await tokenOf(other, rights)));
    for (const secret of [title, receiptNumber, ids.request, ids.delivery])
      expect(body).not.toContain(secret);
  });

  test.each(cases(apiRoutes, changes))('%s is refused to another site', async (_name, route) => {
    const token = await tokenOf(own.administrator, rights);
    for (const foreign of sites) {
      const reply = await call(route, { ...asToken(token), ...foreign });
      expect([reply.status, reply.headers['content-type'], reply.body]).toEqual([
        403,
        'application/problem+json',
        expect.stringContaining('auth.foreign-origin'),
      ]);
    }
  });

  test.each(cases(apiRoutes))('%s breaks on nothing that is sent to it', async (_name, route) => {
    const token = await tokenOf(own.administrator, rights);
    expect(await failuresAtNonsense(route, () => Promise.resolve(asToken(token)))).toEqual([]);
  });
});

describe('the same routes', () => {
  test('that let somebody into an account for good ask who it is', () => {
    const asked = consoleRoutes.filter(({ guard }) => guard.confirm !== undefined);
    expect(asked.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'post /staff/account/address',
      'post /staff/account/nextcloud',
      'post /staff/account/nextcloud/finish',
      'post /staff/account/second-factor',
      'post /staff/account/second-factor/confirm',
      'post /staff/account/tokens',
      'post /staff/people',
      'post /staff/people/:id',
      'post /staff/people/:id/link',
      'post /staff/people/:id/second-factor/remove',
    ]);
  });

  const byHarm = (routes: readonly GuardedRoute[]) => [...routes].sort((a, b) => harmOf(a) - harmOf(b));
  const harmOf = ({ method, path }: GuardedRoute): number =>
    method === 'get' ? 0 : method === 'delete' || /(delete|remove)$/.test(path) ? 2 : 1;

  const refusal = ({ path }: GuardedRoute, status: number): string[] =>
    status === 401 || status === 403 ? [`${path}: ${status}`] : [];

  // Before those that delete.
  test('show what is of one’s own team', async () => {
    const shown = [...consoleRoutes, ...apiRoutes].filter(
      (route) => isOfTeam(route) && !changes(route) && !/:(?!id\b)/.test(route.path),
    );
    expect(shown.length).toBeGreaterThan(0);
    const token = await tokenOf(own.staff, rights);
    for (const route of shown) {
      const headers = { ...(await asPerson(own.staff)), ...asToken(token) };
      expect([route.path, (await call(route, headers)).status]).toEqual([route.path, 200]);
    }
  });

  test('are open to those who may', async () => {
    const refusals: string[] = [];
    for (const route of byHarm(consoleRoutes)) {
      const role = roles.findLast((each) => may(each, route));
      if (role === undefined) throw new Error(`nobody may use ${route.path}`);
      const { status } = await call(route, await asPerson(own[role]));
      refusals.push(...refusal(route, status));
    }
    for (const route of byHarm(apiRoutes)) {
      const { needs } = route.guard;
      const token = await tokenOf(own.administrator, needs === 'anyone' ? [] : [needs]);
      const { status } = await call(route, asToken(token));
      refusals.push(...refusal(route, status));
    }
    expect(refusals).toEqual([]);
  });

  test('are all that there are', () => {
    const registered = new Set(
      [...consoleRoutes, ...apiRoutes].map(
        ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\/$/, '')}`,
      ),
    );
    // What has a door of its own: signing in, and the token that came with a delivery.
    const open = [
      'GET /staff/sign-in',
      'POST /staff/sign-in',
      'GET /staff/sign-in/code',
      'POST /staff/sign-in/code',
      'GET /staff/set-password/:token',
      'POST /staff/set-password/:token',
      'GET /staff/sign-in/provider',
      'GET /staff/sign-in/provider/back',
      'GET /staff/sign-in/nextcloud',
      'POST /staff/sign-in/nextcloud',
      'POST /staff/sign-in/nextcloud/finish',
      'GET /staff/forgotten',
      'POST /staff/forgotten',
      'POST /api/v1/deliveries/:key/links',
      'POST /api/v1/deliveries/:key/acknowledgement',
      'GET /api/openapi.json',
      'GET /api/docs',
    ];
    const all = portal.composed.app.routes
      .filter(({ method, path }) => method !== 'ALL' && /^\/(staff|api)(\/|$)/.test(path))
      .map(({ method, path }) => `${method} ${path.replace(/\/$/, '')}`);
    expect(all.length).toBeGreaterThan(registered.size);
    expect(new Set(all)).toEqual(new Set([...registered, ...open]));
  });
});
