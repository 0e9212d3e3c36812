import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordAudit } from '../../../db/queries/audit.ts';
import { deliveries } from '../../../db/schema/index.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

interface Told {
  id: string;
  at: string;
  actor: string;
  actorName: string | null;
  ownerName: string | null;
  action: string;
  subject: string;
  subjectName: string | null;
}

let portal: TestPortal;
let cookie: string;
let token: string;

beforeAll(async () => {
  portal = await startPortal();
  cookie = await portal.signIn();
  token = await portal.apiToken();
});

afterAll(() => portal.close());

const page = (path: string) => ask(portal.url, { path, headers: { cookie } });
const api = (path: string) =>
  ask(portal.url, { path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } });
const told = async (query: string) =>
  JSON.parse((await api(`/audit?${query}`)).body) as { events: Told[]; next: string | null };

test('a line names who did it and what it was about, and can be looked for by either', async () => {
  const request = await portal.openRequest({ title: 'Looked for' });
  const { events } = await told(`subject=${request.id}`);
  expect(events.map(({ action, subjectName }) => [action, subjectName])).toEqual([
    ['request.opened', 'Looked for'],
  ]);
  await portal.submit(request, [{ name: 'a.txt', content: 'content' }]);
  const [started] = (await told(`subject=${request.id}&action=submission.started`)).events;
  expect(started?.actorName).toBeTruthy();
  const own = (await told(`actor=${encodeURIComponent(started?.actor ?? '')}`)).events;
  expect(own.map(({ id }) => id)).toContain(started?.id);
  expect(own.every(({ actor }) => actor === started?.actor)).toBe(true);
});

test('pages hold every line once, the newest first, and end', async () => {
  const subject = 'req_paged';
  for (let count = 0; count < 5; count += 1)
    await recordAudit(portal.db, { actor: 'system', action: 'request.changed', subject, details: { count } });
  const seen: string[] = [];
  let cursor = '';
  do {
    const { events, next } = await told(`subject=${subject}&limit=2${cursor}`);
    seen.push(...events.map(({ id }) => id));
    cursor = next === null ? '' : `&cursor=${next}`;
  } while (cursor !== '');
  expect(seen).toHaveLength(5);
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => Number(b) - Number(a)));
});

test('a stretch of time holds its beginning and not its end', async () => {
  const subject = 'req_timed';
  await recordAudit(portal.db, { actor: 'system', action: 'request.changed', subject });
  const before = new Date(Date.now() - 60_000).toISOString();
  const after = new Date(Date.now() + 60_000).toISOString();
  expect((await told(`subject=${subject}&from=${before}&to=${after}`)).events).toHaveLength(1);
  expect((await told(`subject=${subject}&to=${before}`)).events).toHaveLength(0);
  expect((await told(`subject=${subject}&from=${after}`)).events).toHaveLength(0);
  for (const wrong of ['from=0000-01-01T00:00:00Z', 'actor=%00', 'cursor=x', 'action=none'])
    expect((await api(`/audit?${wrong}`)).status).toBe(400);
});

test('the console shows the same, and gives it as a table', async () => {
  const subject = 'req_shown';
  await recordAudit(portal.db, {
    actor: 'system',
    action: 'request.changed',
    subject,
    details: { reason: '=1+1' },
  });
  const today = new Date().toISOString().slice(0, 10);
  const shown = await page(`/staff/audit?subject=${subject}&action=request.changed&from=&to=2999-12-31`);
  expect([shown.status, shown.body]).toEqual([200, expect.stringContaining('Request changed')]);
  expect((await page(`/staff/audit?subject=${subject}&action=request.closed`)).body).not.toContain(
    'class="request-head"',
  );
  for (const wrong of ['from=0000-01-01', 'action=none'])
    expect((await page(`/staff/audit?${wrong}`)).status).toBe(400);
  const csv = await page(`/staff/audit.csv?subject=${subject}&from=2020-01-01`);
  expect(csv.headers['content-type']).toContain('text/csv');
  expect(csv.body).toContain(`,request.changed,${subject},`);
  expect(csv.body).toContain(today.slice(0, 4));
});

test('what has a name is shown by it: a template, and a delivery by its receipt and its destination', async () => {
  const call = async (path: string, body: object) =>
    JSON.parse(
      (
        await ask(portal.url, {
          method: 'POST',
          path: `/api/v1${path}`,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).body,
    ) as { id: string };
  const destination = await call('/destinations', {
    kind: 'folder',
    name: 'Bookkeeping',
    config: { dir: '/srv/nowhere' },
  });
  const request = await portal.openRequest({ destinations: ['Bookkeeping'], takeBackMinutes: 600 });
  const { submissionId, receiptNumber } = await portal.submit(request, [{ name: 'a.txt', content: 'a' }]);
  const [delivery] = await portal.db
    .select()
    .from(deliveries)
    .where(eq(deliveries.submissionId, submissionId));
  await call(`/deliveries/${delivery?.id}/give-up`, {});
  const template = await call(`/requests/${request.id}/templates`, { name: 'Every month' });
  const nameOf = async (subject = '') => (await told(`subject=${subject}`)).events[0]?.subjectName;
  expect(await nameOf(destination.id)).toBe('Bookkeeping');
  expect(await nameOf(delivery?.id)).toBe(`${receiptNumber} → Bookkeeping`);
  expect(await nameOf(template.id)).toBe('Every month');
  expect((await page(`/staff/audit?subject=${delivery?.id}`)).body).toContain(
    `${receiptNumber} → Bookkeeping`,
  );
});
