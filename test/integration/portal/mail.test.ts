import { afterAll, beforeAll, expect, test } from 'vitest';
import { findStaffByLogin, insertStaff } from '../../../db/queries/people.ts';
import { mails } from '../../../db/schema/index.ts';
import { type MailServer, startMailServer } from '../../support/mail-server.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';
import { ask } from './wire.ts';

let server: MailServer;
let portal: TestPortal;

beforeAll(async () => {
  server = await startMailServer();
  portal = await startPortal({
    config: { mail: { server: server.url, from: { name: 'Uketori', address: 'uketori@example.org' } } },
  });
});

afterAll(async () => {
  await portal.close();
  await server.close();
});

/** What stands under the field for the mail address. */
const hint = async (at: TestPortal, { link }: { link: string }, language: string) =>
  /id="email-hint"[^>]*>([^<]*)</.exec(
    (await ask(at.url, { path: `${new URL(link).pathname}?language=${language}` })).body,
  )?.[1];

const submitted = async (at: TestPortal, details: Record<string, unknown>) => {
  const request = await at.openRequest({ title: 'Yearly reports' });
  const begun = await at.begin(request, details);
  await at.send(begun, { name: 'planted-name.txt', content: 'hello' });
  expect((await at.finish(begun)).ok).toBe(true);
  await until('the seal', async () => (await at.status(begun)).state === 'sealed');
  return { request, begun };
};

const planted = { name: 'planted name', message: 'planted message' };

test('who gives an address is sent the receipt, once and with nothing of their own in it', async () => {
  const email = 'hanako@example.jp';
  const { begun } = await submitted(portal, { ...planted, email, language: 'ja' });
  const mail = await until('the mail', () =>
    server.received.find(({ envelope }) => envelope.to[0] === email),
  );
  expect(mail.subject).toContain(begun.receiptNumber);
  expect(mail.text).toContain(begun.receiptNumber);
  expect(mail.text).toContain('Yearly reports');
  expect(mail.text).toContain('お送りいただいた');
  expect(`${mail.raw}${mail.text}${mail.html}`).not.toMatch(/planted|sub_/);
  await until('the record', async () => (await portal.db.select().from(mails))[0]?.state === 'sent');
  expect(await portal.db.select().from(mails)).toHaveLength(1);
  const { text } = await portal.composed.portal.metrics.expose();
  expect(text).toContain('uketori_mail_attempts_total{kind="receipt",outcome="sent"} 1');
  expect(portal.log.join()).not.toContain(email);
});

test('who gives none, and what is not finished, causes no mail', async () => {
  const before = server.asked.connect;
  await submitted(portal, planted);
  const request = await portal.openRequest();
  const begun = await portal.begin(request, { email: 'victim@example.org' });
  await portal.send(begun, { name: 'a.txt', content: 'a' });
  expect((await portal.db.select().from(mails)).map(({ recipient }) => recipient)).toEqual([
    'hanako@example.jp',
  ]);
  expect(server.asked.connect).toBe(before);
});

test('staff are told what was sealed, with where to look', async () => {
  await insertStaff(portal.db, { login: 'told', name: 'Told', role: 'staff', email: 'told@example.org' });
  const { request, begun } = await submitted(portal, planted);
  await portal.composed.post?.sweep();
  const mail = await until('the mail to staff', () =>
    server.received.find(({ envelope }) => envelope.to[0] === 'told@example.org'),
  );
  expect(mail.text).toContain(begun.receiptNumber);
  expect(mail.text).toContain(`${portal.url}/staff/requests/${request.id}`);
  expect(`${mail.raw}${mail.text}${mail.html}`).not.toContain('planted');
});

test('the page says that the receipt is sent, in both languages', async () => {
  const request = await portal.openRequest();
  expect(await hint(portal, request, 'en')).toMatch(/^The receipt number is sent there/);
  expect(await hint(portal, request, 'ja')).toMatch(/^受領のお知らせ（受取番号）をお送りします。/);
});

test('without SMTP the page promises nothing, nothing is queued, and all else is as it was', async () => {
  const without = await startPortal();
  try {
    await insertStaff(without.db, { login: 'told', name: 'Told', role: 'staff', email: 'told@example.org' });
    const { request } = await submitted(without, { ...planted, email: 'hanako@example.jp' });
    expect(without.composed.post).toBeUndefined();
    expect(await without.db.select().from(mails)).toEqual([]);
    expect(await hint(without, request, 'en')).toMatch(/^Only used to contact you/);
    expect(await hint(without, request, 'ja')).toMatch(/にのみ使用します。$/);
  } finally {
    await without.close();
  }
});

test('an invitation and a forgotten password bring a link by mail that sets one', async () => {
  const administrator = await portal.signIn();
  const post = (path: string, fields: Record<string, string>, cookie = '') =>
    fetch(`${portal.url}/staff${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie },
      body: new URLSearchParams(fields),
    });
  const email = 'jiro@example.jp';
  const linkIn = async (count: number) => {
    const letters = await until('the letter', () => {
      const found = server.received.filter(({ envelope }) => envelope.to[0] === email);
      return found.length === count && found;
    });
    return new URL(/https?:\/\/\S+\/staff\/set-password\/\S+/.exec(letters.at(-1)?.text ?? '')?.[0] ?? '')
      .pathname;
  };
  const opens = async (password: string) =>
    (await post('/sign-in', { login: 'jiro', password })).status === 303;
  await post('/people', { login: 'jiro', name: 'Jiro', email, role: 'viewer' }, administrator);
  const [first, second] = ['four words of mine', 'four other words of mine'];
  await post((await linkIn(1)).replace('/staff', ''), { password: first, again: first });
  expect(await opens(first)).toBe(true);
  await post('/forgotten', { name: email });
  await post((await linkIn(2)).replace('/staff', ''), { password: second, again: second });
  expect([await opens(first), await opens(second)]).toEqual([false, true]);
  expect(await findStaffByLogin(portal.db, 'jiro')).toMatchObject({ email });
});
