import { and, eq, like, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { auditEvents, mailShares, requests, shares } from '../../../db/schema/index.ts';
import { type MailShareDescription, sendWaitingMailShares } from '../../../server/intake/mail-shares.ts';
import { sweepSharesOfClosed } from '../../../server/intake/shares-of-closed.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, codeOf, type Reply } from './wire.ts';

let portal: TestPortal;
let token: string;
let cookie: string;

beforeAll(async () => {
  portal = await startPortal({
    standinOptions: { shareMailsPerTenMinutes: Number.POSITIVE_INFINITY },
  });
  token = await portal.apiToken();
  cookie = await portal.signIn();
});

afterEach(() => portal.standin.control.calm());

afterAll(() => portal.close());

const api = (method: string, path: string, body?: unknown): Promise<Reply> =>
  ask(portal.url, {
    method,
    path: `/api/v1/requests/${path}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const send = ({ id }: OpenRequest, ...addresses: string[]) => api('POST', `${id}/mail-shares`, { addresses });

const listed = async ({ id }: OpenRequest): Promise<MailShareDescription[]> =>
  (JSON.parse((await api('GET', `${id}/mail-shares`)).body) as { mailShares: MailShareDescription[] })
    .mailShares;

const form = (path: string, fields: Record<string, string>): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/staff/requests/${path}`,
    headers: { cookie, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });

const page = async ({ id }: OpenRequest): Promise<string> =>
  (await ask(portal.url, { path: `/staff/requests/${id}`, headers: { cookie, accept: 'text/html' } })).body;

const inNextcloud = () => portal.standin.control.shares().filter(({ type }) => type === 4);

const of = async (request: OpenRequest) => {
  const rows = await portal.db.select().from(mailShares).where(eq(mailShares.requestId, request.id));
  return inNextcloud().filter(({ id }) => rows.some(({ nextcloudShareId }) => nextcloudShareId === id));
};

const mailsTo = (address: string) => portal.standin.control.mails().filter(({ to }) => to === address);

const prove = ({ id }: OpenRequest) => portal.composed.portal.proofs.prove(id);

const proofOf = async ({ id }: OpenRequest) =>
  (await portal.db.select().from(shares).where(eq(shares.requestId, id)))[0]?.proof;

const auditOf = async ({ id }: OpenRequest) =>
  (
    await portal.db
      .select()
      .from(auditEvents)
      .where(and(eq(auditEvents.subject, id), like(auditEvents.action, 'mail-share.%')))
      .orderBy(auditEvents.id)
  ).map(({ action }) => action);

test('a request is sent to addresses, each with a file drop of its own that nobody can read', async () => {
  const request = await portal.openRequest({ title: '領収書', instructions: 'PDF, please.' });
  const reply = await send(request, 'a@example.org', 'b@example.org', 'A@example.org');
  expect(reply.status).toBe(200);
  const rows = await listed(request);
  expect(rows.map(({ address, state }) => [address, state])).toEqual([
    ['a@example.org', 'sent'],
    ['b@example.org', 'sent'],
  ]);
  expect(rows.every(({ sentAt, password }) => sentAt !== null && password === null)).toBe(true);
  const made = await of(request);
  expect(
    made.map(({ permissions, password, recipient, label, note, expiresOn }) => [
      permissions,
      password,
      recipient,
      label,
      note,
      expiresOn,
    ]),
  ).toEqual([
    [4, null, 'a@example.org', '領収書', '領収書\n\nPDF, please.', null],
    [4, null, 'b@example.org', '領収書', '領収書\n\nPDF, please.', null],
  ]);
  expect(mailsTo('a@example.org')).toHaveLength(1);
  for (const { token: shareToken } of made) {
    const read = await fetch(`${portal.standin.url}/public.php/dav/files/${shareToken}/`);
    expect(read.status).toBe(405);
  }
  // Said again, nobody is mailed twice.
  await send(request, 'a@example.org');
  expect(mailsTo('a@example.org')).toHaveLength(1);
  expect(await auditOf(request)).toEqual(['mail-share.asked', 'mail-share.sent', 'mail-share.sent']);
});

describe('the proof', () => {
  test('tells of the mail shares, and holds while they are create-only', async () => {
    const request = await portal.openRequest();
    await send(request, 'c@example.org', 'd@example.org');
    expect(await prove(request)).toBe('proven');
    expect(await proofOf(request)).toContainEqual({ name: 'mail-shares', expected: '2: 4', seen: '2: 4' });
    const [share] = await of(request);
    portal.standin.control.changeShare(share?.id ?? '', { permissions: 5 });
    expect(await prove(request)).toBe('refused');
    expect(await page(request)).toContain('a share that was sent by mail is not “create only” any more');
    portal.standin.control.changeShare(share?.id ?? '', { permissions: 4 });
    expect(await prove(request)).toBe('proven');
  });

  test('finds out what was taken away in Nextcloud', async () => {
    const request = await portal.openRequest();
    await send(request, 'e@example.org');
    const [share] = await of(request);
    portal.standin.control.deleteShare(share?.id ?? '');
    expect(await prove(request)).toBe('proven');
    expect((await listed(request)).map(({ state }) => state)).toEqual(['ended']);
  });
});

test('one that reads back otherwise is removed at once, and nothing is mailed', async () => {
  const request = await portal.openRequest();
  portal.standin.control.set({ stubbornPermissions: 15 });
  await send(request, 'f@example.org');
  expect((await listed(request)).map(({ state, failureCode }) => [state, failureCode])).toEqual([
    ['failed', 'share.not-upload-only'],
  ]);
  expect(inNextcloud().filter(({ recipient }) => recipient === 'f@example.org')).toEqual([]);
  expect(mailsTo('f@example.org')).toEqual([]);
  portal.standin.control.calm();
  await send(request, 'f@example.org');
  expect((await listed(request)).map(({ state }) => state)).toEqual(['sent']);
});

test('a request with a password has one on each, which Nextcloud mails apart', async () => {
  const request = await portal.openRequest({ password: 'secret of it' });
  await send(request, 'g@example.org');
  const [row] = await listed(request);
  expect(row?.password).toMatch(/^.{20,}$/);
  expect(mailsTo('g@example.org').map((mail) => mail.password)).toEqual([undefined, row?.password]);
  const [share] = await of(request);
  const without = await fetch(`${portal.standin.url}/public.php/dav/files/${share?.token}/`);
  expect(without.status).toBe(401);
});

describe('its end', () => {
  test('closing removes them, and after reopening they are sent again only when staff say so', async () => {
    const request = await portal.openRequest();
    await send(request, 'h@example.org');
    await api('POST', `${request.id}/close`);
    expect(inNextcloud().filter(({ recipient }) => recipient === 'h@example.org')).toEqual([]);
    expect((await listed(request)).map(({ state }) => state)).toEqual(['ended']);
    expect(codeOf(await send(request, 'h@example.org'))).toBe('request.wrong-state');
    await api('POST', `${request.id}/reopen`);
    expect(mailsTo('h@example.org')).toHaveLength(1);
    // The form is filled with them.
    expect(await page(request)).toMatch(/<textarea[^>]*name="recipients"[^>]*>h@example\.org/);
    await send(request, 'h@example.org');
    expect(mailsTo('h@example.org')).toHaveLength(2);
  });

  test('what Nextcloud could not remove at the closing is removed by the sweep', async () => {
    const request = await portal.openRequest();
    await send(request, 'i@example.org');
    const [share] = await of(request);
    portal.standin.control.fault({
      method: 'DELETE',
      path: `/shares/${share?.id}`,
      times: 100,
      action: { reply: 503 },
    });
    await api('POST', `${request.id}/close`);
    expect(await of(request)).toHaveLength(1);
    portal.standin.control.calm();
    await sweepSharesOfClosed(portal.composed.portal.intake);
    expect(inNextcloud().filter(({ recipient }) => recipient === 'i@example.org')).toEqual([]);
  });

  test('an extended deadline moves their date', async () => {
    const request = await portal.openRequest({ deadline: '2030-01-10T12:00Z' });
    await send(request, 'j@example.org');
    const until1 = (await of(request))[0]?.expiresOn ?? '';
    // Not before the request ends, wherever its account lives.
    expect(until1).toBe('2030-01-12');
    await api('PATCH', request.id, { deadline: '2030-02-10T12:00Z' });
    expect((await of(request)).map(({ expiresOn }) => expiresOn)).toEqual(['2030-02-12']);
    await api('PATCH', request.id, { deadline: null });
    expect((await of(request)).map(({ expiresOn }) => expiresOn)).toEqual([null]);
  });

  test('one is withdrawn, and the others stay', async () => {
    const request = await portal.openRequest();
    await send(request, 'k@example.org', 'l@example.org');
    const [first] = await listed(request);
    expect((await api('DELETE', `${request.id}/mail-shares/${first?.id}`)).status).toBe(204);
    expect((await of(request)).map(({ recipient }) => recipient)).toEqual(['l@example.org']);
    expect((await api('DELETE', `${request.id}/mail-shares/${first?.id}`)).status).toBe(404);
    expect(await auditOf(request)).toContain('mail-share.withdrawn');
  });
});

describe('on the page', () => {
  test('addresses are sent, listed and withdrawn; one that is none is said, and what was typed stays', async () => {
    const request = await portal.openRequest();
    const refused = await form(`${request.id}/mail-shares`, { recipients: 'm@example.org\nnobody' });
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('nobody is not a mail address');
    expect(refused.body).toMatch(/<textarea[^>]*name="recipients"[^>]*>m@example\.org\nnobody/);
    expect(mailsTo('m@example.org')).toEqual([]);
    expect(
      (await form(`${request.id}/mail-shares`, { recipients: 'm@example.org, n@example.org' })).status,
    ).toBe(303);
    expect(await page(request)).toContain('m@example.org');
    const [row] = await listed(request);
    expect((await form(`${request.id}/mail-shares/${row?.id}/withdraw`, {})).status).toBe(303);
    expect(await page(request)).not.toContain('m@example.org');
    expect(await page(request)).toContain('n@example.org');
  });
});

test('where Nextcloud sends no shares by mail, that is said and nothing is sent', async () => {
  const other = await startPortal();
  try {
    other.standin.control.set({ mailShares: false });
    const request = await other.openRequest();
    const reply = await ask(other.url, {
      method: 'POST',
      path: `/api/v1/requests/${request.id}/mail-shares`,
      headers: { authorization: `Bearer ${await other.apiToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ addresses: ['o@example.org'] }),
    });
    expect([reply.status, codeOf(reply)]).toEqual([409, 'mail-share.unavailable']);
    const { body } = await ask(other.url, {
      path: `/staff/requests/${request.id}`,
      headers: { cookie: await other.signIn(), accept: 'text/html' },
    });
    expect(body).toContain('This Nextcloud sends no shares by mail');
    expect(body).not.toContain('name="recipients"');
  } finally {
    await other.close();
  }
});

test('beyond ten in ten minutes they wait, and go on by themselves', async () => {
  let nowMs = Date.now();
  const other = await startPortal({ standinOptions: { nowMs: () => nowMs } });
  try {
    const request = await other.openRequest();
    const addresses = Array.from({ length: 12 }, (_, n) => `p${n}@example.org`);
    await ask(other.url, {
      method: 'POST',
      path: `/api/v1/requests/${request.id}/mail-shares`,
      headers: { authorization: `Bearer ${await other.apiToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ addresses }),
    });
    const states = async () =>
      (await other.db.select().from(mailShares)).filter(({ state }) => state === 'sent').length;
    expect(await states()).toBe(10);
    nowMs += 11 * 60_000;
    await other.db
      .update(mailShares)
      .set({ notBefore: new Date(0) })
      .where(eq(mailShares.state, 'waiting'));
    await sendWaitingMailShares(other.composed.portal.intake);
    expect(await states()).toBe(12);
    expect(other.standin.control.mails()).toHaveLength(12);
  } finally {
    await other.close();
  }
});

test('staff have what was left looked for now, in the console and through the API, where anything is looked for', async () => {
  const request = await portal.openRequest();
  const takeJob = () =>
    portal.db.execute(
      sql`delete from graphile_worker._private_jobs where key = ${`look:${request.id}`} returning id`,
    );
  await takeJob();
  expect((await api('POST', `${request.id}/look`)).status).toBe(204);
  expect(await takeJob()).toHaveLength(1);
  expect(await page(request)).toContain(`action="/staff/requests/${request.id}/look"`);
  const asked = await form(`${request.id}/look`, {});
  expect([asked.status, asked.headers.location]).toEqual([303, `/staff/requests/${request.id}?looking=yes`]);
  expect(await takeJob()).toHaveLength(1);
  await api('POST', `${request.id}/close`);
  expect((await api('POST', `${request.id}/look`)).status).toBe(204);
  await takeJob();
  await portal.db
    .update(requests)
    .set({ closedAt: sql`now() - interval '8 days'` })
    .where(eq(requests.id, request.id));
  expect(await page(request)).not.toContain(`${request.id}/look"`);
  const tooLate = await api('POST', `${request.id}/look`);
  expect([tooLate.status, codeOf(tooLate)]).toEqual([409, 'request.wrong-state']);
  expect((await form(`${request.id}/look`, {})).status).toBe(409);
  expect(await takeJob()).toHaveLength(0);
});
