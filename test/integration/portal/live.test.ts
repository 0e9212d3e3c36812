import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { requests, sessions, staff, teamMembers, teams } from '../../../db/schema/index.ts';
import { hashToken, newToken } from '../../../server/lib/ids.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

/** A member of staff in a team of their own, and a session of theirs. */
const newcomer = async () => {
  const name = newToken();
  const [team] = await portal.db.insert(teams).values({ name }).returning();
  const person = await insertStaff(portal.db, { login: name.slice(0, 20), name, role: 'staff' }, [
    team?.id ?? '',
  ]);
  return { staffId: person?.id ?? '', team: team?.id ?? '', ...(await sessionOf(person?.id ?? '')) };
};
const sessionOf = async (staffId: string) => {
  const token = newToken();
  const inAnHour = new Date(Date.now() + 3_600_000);
  await portal.db
    .insert(sessions)
    .values({ id: hashToken(token), userId: staffId, expiresAt: inAnHour, absoluteExpiresAt: inAnHour });
  return { sessionId: hashToken(token), cookie: `staff=${token}` };
};

/** An open stream, with what has been told on it. */
const open = async (path: string, cookie: string) => {
  const leaving = new AbortController();
  const response = await fetch(portal.url + path, {
    headers: { cookie, accept: 'text/event-stream' },
    signal: leaving.signal,
    redirect: 'manual',
  });
  const stream = {
    status: response.status,
    type: response.headers.get('content-type'),
    told: '',
    isOver: false,
    count: (event: string) => stream.told.split(`event: ${event}\n`).length - 1,
    leave: () => leaving.abort(),
  };
  const read = async () => {
    for await (const chunk of response.body ?? []) stream.told += Buffer.from(chunk).toString();
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      stream.isOver = true;
    });
  return stream;
};
const greeted = async (path: string, cookie: string) => {
  const stream = await open(path, cookie);
  await until('the greeting', () => stream.count('hello') === 1);
  return stream;
};

/** Whoever watches has been looked at for. */
const looked = async () => {
  const { looks } = portal.composed.portal.watch;
  const before = looks();
  await until('a whole look', () => looks() > before + 1);
};

test('whoever watches the list or the request is told when something arrives; whoever watches another is not', async () => {
  const { team, cookie } = await newcomer();
  const stranger = await newcomer();
  const [watched, other] = [await portal.openRequest({ team }), await portal.openRequest({ team })];
  const [list, page, elsewhere, theirs] = await Promise.all([
    greeted('/staff/live', cookie),
    greeted(`/staff/requests/${watched.id}/live`, cookie),
    greeted(`/staff/requests/${other.id}/live`, cookie),
    greeted('/staff/live', stranger.cookie),
  ]);
  await looked();
  await portal.submit(watched, [{ name: 'a.txt', content: 'a' }]);
  await until('the change', () => list.count('change') > 0 && page.count('change') > 0);
  expect([elsewhere.count('change'), theirs.count('change')]).toEqual([0, 0]);
  // It says that, not what.
  expect(page.told).not.toContain('Hanako');
  for (const stream of [list, page, elsewhere, theirs]) stream.leave();
});

test('a stream ends with its session, with the person, and with the team', async () => {
  const [left, disabled, moved] = [await newcomer(), await newcomer(), await newcomer()];
  const { id } = await portal.openRequest({ team: moved.team });
  const streams = await Promise.all([
    greeted('/staff/live', left.cookie),
    greeted('/staff/live', disabled.cookie),
    greeted(`/staff/requests/${id}/live`, moved.cookie),
  ]);
  await looked();
  expect(streams.map(({ isOver }) => isOver)).toEqual([false, false, false]);
  await portal.db.delete(sessions).where(eq(sessions.id, left.sessionId));
  await portal.db.update(staff).set({ disabledAt: new Date() }).where(eq(staff.id, disabled.staffId));
  await portal.db.delete(teamMembers).where(eq(teamMembers.staffId, moved.staffId));
  await until('the ends', () => streams.every(({ isOver }) => isOver));
});

test('a request that goes to another team ends its stream', async () => {
  const { team, cookie } = await newcomer();
  const { id } = await portal.openRequest({ team });
  const stream = await greeted(`/staff/requests/${id}/live`, cookie);
  await portal.db
    .update(requests)
    .set({ teamId: (await newcomer()).team })
    .where(eq(requests.id, id));
  expect(await until('the end', () => stream.isOver)).toBe(true);
});

test('one session has so many streams and no more; one that is left makes room', async () => {
  const { cookie } = await newcomer();
  const other = await newcomer();
  const streams = await Promise.all(Array.from({ length: 12 }, () => greeted('/staff/live', cookie)));
  expect((await open('/staff/live', cookie)).status).toBe(429);
  expect((await open('/staff/live', other.cookie)).status).toBe(200);
  streams[0]?.leave();
  await until('room', async () => (await open('/staff/live', cookie)).status === 200);
});

test('who does not ask for a stream is told how it begins, and no more', async () => {
  const { cookie } = await newcomer();
  const response = await fetch(`${portal.url}/staff/live`, { headers: { cookie } });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(await response.text()).toContain('event: hello');
});

test('a portal that ends takes its streams with it', async () => {
  const another = await startPortal();
  const response = await fetch(`${another.url}/staff/live`, {
    headers: { cookie: await another.signIn(), accept: 'text/event-stream' },
  });
  const text = response.text();
  await another.composed.stopWork();
  expect(await text).toContain('event: hello');
  await another.close();
});
