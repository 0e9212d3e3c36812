import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requests } from '../../../db/schema/index.ts';
import { closeRequest } from '../../../server/intake/close-request.ts';
import { systemActor } from '../../../server/intake/context.ts';
import { type OpenRequest, startPortal, type TestPortal, until } from '../../support/portal.ts';
import {
  asBrowser,
  cookiesOf,
  fieldPart,
  fileHead,
  form,
  formEnd,
  openForm,
  plainForms,
  post,
  receiptOf,
  replyOf,
} from './plain.ts';
import { ask, uploadsOfSubmission } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const { latestOf } = plainForms(() => portal);

const textFile = { name: 'late.txt', content: 'a text' };
const close = ({ id }: OpenRequest) => closeRequest(portal.composed.portal.intake, id, systemActor);
/** Since when its deadline has passed. */
const passDeadline = ({ id }: OpenRequest) =>
  portal.db
    .update(requests)
    .set({ deadlineAt: new Date(Date.now() - 1000) })
    .where(eq(requests.id, id));

const uploadsIn = async (request: OpenRequest) => {
  const row = await latestOf(request);
  return row === undefined ? [] : uploadsOfSubmission(portal, { submissionId: row.id });
};

test('a form that comes after the end is told that its files were not taken, and what had arrived before', async () => {
  const request = await portal.openRequest();
  const send = `/r/${request.token}/send`;
  const first = await post(portal.url, send, form({ name: 'Hanako' }, [textFile]), asBrowser);
  const mine = { ...asBrowser, cookie: cookiesOf(first) };
  await receiptOf(portal.url, first.headers.location ?? '', mine.cookie);
  await close(request);
  const second = form({ name: 'Hanako' }, [{ name: 'second <b>.txt', content: 'x' }]);
  const stranger = await post(portal.url, send, second, asBrowser);
  expect(stranger.status).toBe(410);
  expect(stranger.body).toContain('What you have just sent was not taken');
  expect(stranger.body).toContain('second &lt;b>.txt');
  expect(stranger.body).toContain('Nothing had arrived from this browser before.');
  expect(stranger.body).toContain('please ask the person who gave you the link');
  const known = await post(portal.url, send, second, mine);
  expect(known.body).toContain('What arrived from you before is safe.');
  expect(known.body).toContain('href="/receipts/');
  // In the other language it is said again.
  const changed = await ask(portal.url, {
    method: 'POST',
    path: `/r/${request.token}/language?language=ja`,
    headers: { ...mine, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ 'too-late': '["second.txt"]' }).toString(),
  });
  expect(changed.body).toContain('今送信したものは受け取っていません');
  expect(changed.body).toContain('second.txt');
  // Who only follows the link has sent nothing.
  const followed = await ask(portal.url, { path: `/r/${request.token}`, headers: asBrowser });
  expect(followed.body).not.toContain('just sent');
});

test.each([
  ['staff close the request', close, 410],
  ['the deadline passes', passDeadline, 410],
] as const)(
  'when %s in the middle of a form, it is said what arrived and what was not taken',
  async (_what, end, status) => {
    const request = await portal.openRequest();
    const slow = openForm(portal.url, `/r/${request.token}/send`, asBrowser);
    const answered = replyOf(slow);
    slow.write(`${fieldPart('name', 'Hanako')}${fileHead({ name: 'early.txt' })}early\r\n`);
    slow.write(fileHead({ name: 'under-way.bin' }));
    slow.write(randomBytes(1_500_000));
    await until(
      'the second file to begin',
      async () => ((await uploadsIn(request))[1]?.offsetBytes ?? 0) > 0,
    );
    await end(request);
    slow.end(`\r\n${fileHead(textFile)}a text\r\n${formEnd}`);
    const { body, status: told } = await answered;
    expect(told).toBe(status);
    expect(body).toContain('It came after the collection was closed.');
    expect(body).toContain('early.txt');
    expect(body).toContain('late.txt');
    expect(body).toMatch(/is safe/);
    expect(body).not.toContain('Send and finish');
  },
);

test('when nothing had arrived yet, the closed page says that nothing was taken', async () => {
  const request = await portal.openRequest();
  const slow = openForm(portal.url, `/r/${request.token}/send`, asBrowser);
  const answered = replyOf(slow);
  slow.write(`${fieldPart('name', 'Hanako')}${fileHead({ name: 'under-way.bin' })}`);
  slow.write(randomBytes(1_500_000));
  await until('the file to begin', async () => ((await uploadsIn(request))[0]?.offsetBytes ?? 0) > 0);
  await close(request);
  slow.end(`\r\n${formEnd}`);
  const reply = await answered;
  expect(reply.status).toBe(410);
  expect(reply.body).toContain('What you have just sent was not taken');
  expect(reply.body).toContain('under-way.bin');
});

test('a form whose password is not known any more is told that nothing was kept', async () => {
  const request = await portal.openRequest({ password: 'correct horse' });
  const send = `/r/${request.token}/send`;
  const shut = await post(portal.url, send, form({ name: 'Hanako' }, [textFile]), asBrowser);
  expect(shut.status).toBe(401);
  expect(shut.body).toContain('Nothing of what you have just sent was kept');
  const asked = await ask(portal.url, { path: `/r/${request.token}`, headers: asBrowser });
  expect(asked.body).not.toContain('just sent');
});
