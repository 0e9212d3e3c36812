import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listRequests } from '../../../db/queries/request-lists.ts';
import { deliveries, requests } from '../../../db/schema/index.ts';
import { pageOf } from '../../../server/lib/pages.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let cookie: string;
let token: string;
/** One request for each thing that somebody has to act on, by its title. */
const titles = {
  overdue: 'Past it',
  'due-soon': 'Soon over',
  arriving: 'Coming in',
  failed: 'Handed on in vain',
  empty: 'In vain altogether',
} as const;

const inDays = (days: number) => new Date(Date.now() + days * 24 * 3_600_000);
const set = (id: string, values: Partial<typeof requests.$inferInsert>) =>
  portal.db.update(requests).set(values).where(eq(requests.id, id));

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
  token = await portal.apiToken();
  const open = (title: string) => portal.openRequest({ title, takeBackMinutes: 0 });
  await set((await open(titles.overdue)).id, { deadlineAt: inDays(-1), graceMinutes: 60 });
  await set((await open('In its grace')).id, { deadlineAt: inDays(-1), graceMinutes: 2000 });
  await set((await open(titles['due-soon'])).id, { deadlineAt: inDays(6) });
  await set((await open('Over in a month')).id, { deadlineAt: inDays(30) });
  await portal.begin(await open(titles.arriving));
  const failed = await open(titles.failed);
  const { submissionId } = await portal.submit(failed, [{ name: 'a.txt', content: 'a' }], 'Yamada 100%');
  const ofIt = eq(deliveries.submissionId, submissionId);
  await until('the delivery', async () => (await portal.db.select().from(deliveries).where(ofIt))[0]);
  await portal.db.update(deliveries).set({ state: 'dead' }).where(ofIt);
  await set((await open(titles.empty)).id, { state: 'closed' });
  const received = await open('Closed with something');
  await portal.submit(received, [{ name: 'a.txt', content: 'a' }]);
  await set(received.id, { state: 'closed' });
});

afterAll(() => portal.close());

const shown = async (query: string): Promise<string[]> => {
  const { body } = await ask(portal.url, { path: `/staff?${query}`, headers: { cookie } });
  return [...body.matchAll(/<a href="\/staff\/requests\/req_[^"]+">([^<]+)<\/a>/g)].map(
    ([, title]) => title ?? '',
  );
};
const listed = async (query: string): Promise<string[]> => {
  const { body } = await ask(portal.url, {
    path: `/api/v1/requests?${query}`,
    headers: { authorization: `Bearer ${token}` },
  });
  return (JSON.parse(body) as { requests: { title: string }[] }).requests.map(({ title }) => title);
};

test.each(Object.entries(titles))(
  '%s shows what somebody has to act on, and nothing else',
  async (view, title) => {
    const expected = view === 'due-soon' ? ['In its grace', title] : [title];
    expect((await shown(`show=${view}`)).sort()).toEqual(expected.sort());
    expect((await listed(`show=${view}`)).sort()).toEqual(expected.sort());
  },
);

test('a text is looked for in titles, receipt numbers and who sent, as it is written', async () => {
  expect(await shown('q=handed%20ON')).toEqual([titles.failed]);
  expect(await shown('q=yamada')).toEqual([titles.failed]);
  expect(await shown('q=100%25')).toEqual([titles.failed]);
  expect(await listed('search=_')).toEqual([]);
  expect(await shown('show=open&q=%00')).not.toEqual([]);
});

test('what is open stands by its deadline, page after page, then what has none, the newest first', async () => {
  const byDeadline = [titles.overdue, 'In its grace', titles['due-soon'], 'Over in a month'];
  const expected = [...byDeadline, titles.failed, titles.arriving];
  expect(await shown('')).toEqual(expected);
  expect(await shown('show=open')).toEqual(expected);
  expect(await shown('show=due-soon')).toEqual(['In its grace', titles['due-soon']]);
  const paged: string[] = [];
  let cursor: string | undefined;
  do {
    const { rows, next } = await pageOf({ limit: 1, cursor }, /^req_/, (stretch) =>
      listRequests(portal.db, { teams: 'all', view: 'open', order: 'deadline' }, stretch),
    );
    paged.push(...rows.map(({ request }) => request.title));
    cursor = next;
  } while (cursor !== undefined);
  expect(paged).toEqual(expected);
});

test('what is closed is under its own name and among all, the newest first, and a text is found there without asking', async () => {
  expect(await shown('show=closed')).toEqual(['Closed with something', titles.empty]);
  expect((await shown('show=all')).slice(0, 3)).toEqual([
    'Closed with something',
    titles.empty,
    titles.failed,
  ]);
  expect(await shown('q=vain')).toEqual([titles.empty, titles.failed]);
  expect(await shown('q=vain&show=open')).toEqual([titles.failed]);
});
