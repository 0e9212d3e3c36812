import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Begun,
  type OpenRequest,
  partBytes,
  startPortal,
  type TestPortal,
} from '../../support/portal.ts';
import { ask, codeOf } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

const as = ({ credential }: Begun) => ({ authorization: `Bearer ${credential}` });

const finish = (begun: Begun, body: unknown) =>
  ask(portal.url, {
    method: 'POST',
    path: `/submissions/${begun.submissionId}/finish`,
    headers: { ...as(begun), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('who names what they finish with is refused when another file is there, or one is not', async () => {
  const begun = await portal.begin(request);
  const first = await portal.send(begun, { name: 'a.txt', content: 'a' });
  const second = await portal.send(begun, { name: 'b.txt', content: 'b' });
  for (const uploads of [[first], [], [first, second, `upl_${'0'.repeat(32)}`]]) {
    const reply = await finish(begun, { uploads });
    expect([reply.status, codeOf(reply)]).toEqual([409, 'submission.changed']);
  }
  expect(codeOf(await finish(begun, { uploads: 'all' }))).toBe('input.invalid');
  const broken = { method: 'POST', path: `/submissions/${begun.submissionId}/finish`, headers: as(begun) };
  expect(codeOf(await ask(portal.url, { ...broken, body: '{"uploads": [' }))).toBe('input.invalid');
  expect((await portal.status(begun)).state).toBe('open');
  expect((await finish(begun, { uploads: [second, first] })).status).toBe(200);
  // Said again, it changes nothing.
  expect((await finish(begun, { uploads: [] })).status).toBe(200);
  expect((await portal.status(begun)).state).toBe('sealed');
});

test('a file that is not put together yet is taken away, and is no part of what is finished', async () => {
  const held = portal.standin.control.fault({ method: 'COPY', times: 1000, action: { reply: 423 } });
  const begun = await portal.begin(request);
  const kept = await portal.send(begun, { name: 'kept.txt', content: 'kept' });
  const large = await portal.send(begun, { name: 'large.bin', content: randomBytes(2 * partBytes) });
  await held.hit();
  expect((await portal.status(begun)).files.map(({ state }) => state)).toEqual(['stored', 'received']);
  expect(codeOf(await finish(begun, { uploads: [kept] }))).toBe('submission.changed');
  const headers = { ...as(begun), 'tus-resumable': '1.0.0' };
  const gone = await ask(portal.url, { method: 'DELETE', path: `/uploads/${large}`, headers });
  expect(gone.status).toBe(204);
  held.remove();
  expect((await finish(begun, { uploads: [kept] })).status).toBe(200);
  expect((await portal.status(begun)).files.map(({ name, state }) => [name, state])).toEqual([
    ['kept.txt', 'stored'],
    ['large.bin', 'abandoned'],
  ]);
});
