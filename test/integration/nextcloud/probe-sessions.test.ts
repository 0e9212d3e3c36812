import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../../server/lib/log.ts';
import { createNextcloud, type Nextcloud } from '../../../server/nextcloud/index.ts';
import { createFileDrop, proveUploadOnly } from '../../../server/nextcloud/upload-only.ts';
import { type Standin, startStandin } from '../../standins/nextcloud/standin.ts';

let standin: Standin;
let nextcloud: Nextcloud;
let shareId: string;
const password = 'Drop-Password-of-4711';

beforeAll(async () => {
  standin = await startStandin();
  const { id: user, appPassword } = standin.user;
  nextcloud = createNextcloud({ baseUrl: new URL(standin.url), user, appPassword, log: silentLog });
  await nextcloud.files.makeDirectory('/in');
  shareId = (await createFileDrop(nextcloud, { path: '/in', password })).id;
});
afterAll(async () => {
  await nextcloud.close();
  await standin.close();
});

/** What the public address was asked with, and what it answered. */
const proven = async () => {
  standin.requests.clear();
  const { ok } = await proveUploadOnly(nextcloud, shareId, { password });
  const asked = standin.requests.all
    .filter(({ path }) => path.startsWith('/public.php/'))
    .map(({ headers, status }) => [
      headers.authorization === undefined ? '' : 'password',
      headers.cookie === undefined ? '' : 'session',
      status,
    ]);
  return { ok, asked };
};

test('the share’s password is checked once a proof; its session is asked for the rest', async () => {
  expect(await proven()).toEqual({
    ok: true,
    asked: [
      ['password', '', 405],
      ['', 'session', 405],
      ['', 'session', 405],
    ],
  });
});

test('a server that keeps no sessions is asked with the password, after one try', async () => {
  standin.control.set({ publicSessions: false });
  const every = ['password', '', 405];
  expect(await proven()).toEqual({ ok: true, asked: [every, ['', 'session', 401], every, every] });
  expect(await proven()).toEqual({ ok: true, asked: [every, every, every] });
});
