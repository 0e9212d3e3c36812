import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeRequest } from '../../../server/intake/close-request.ts';
import { systemActor } from '../../../server/intake/context.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import {
  asBrowser,
  cookiesOf,
  fieldPart,
  fileHead,
  form,
  formEnd,
  plainForms,
  post,
  textFile,
  told,
  withoutScript,
} from './plain.ts';
import { ask, codeOf, filesOf } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const { send, sealed, latestOf } = plainForms(() => portal);

test.each([
  ['a kind that is not asked for', { name: 'b.exe', content: 'x' }, 'upload.type-not-allowed', 422],
  ['a name that is a path', { name: '../b.txt', content: 'x' }, 'upload.name-path', 422],
  ['a file that is too large', { name: 'b.txt', content: 'x'.repeat(1001) }, 'upload.too-large', 413],
  [
    'a file whose content is not what it is called',
    { name: 'b.png', content: '%PDF-1.4 and no picture' },
    'upload.content-other',
    422,
  ],
  [
    'an input that is not of this form',
    { name: 'b.txt', content: 'x', field: 'other' },
    'upload.metadata-invalid',
    400,
  ],
])(
  'of %s it is said which rule it breaks; the others are kept, and can be finished with',
  async (_what, bad, code, status) => {
    const request = await portal.openRequest({ maxFileBytes: 1000, allowedTypes: ['txt', 'png'] });
    const good = { name: 'z.txt', content: 'x'.repeat(1000) };
    const reply = await send(request, form({ name: 'Hanako' }, [textFile, bad, good]));
    expect(reply.status).toBe(status);
    const begun = told(reply.body);
    expect(begun.refused).toMatchObject([{ name: bad.name, code }]);
    expect(begun.state).toBe('open');
    expect((await portal.finish(begun)).ok).toBe(true);
    expect(
      (await sealed(begun)).files.filter(({ state }) => state === 'stored').map(({ name }) => name),
    ).toEqual(['a.txt', 'z.txt']);
    expect(filesOf(portal, request, begun)).toHaveLength(2);
  },
);

test('limits of number and of the sum hold over all files of a form', async () => {
  const few = await portal.openRequest({ maxFilesPerSubmission: 2 });
  const files = ['1', '2', '3'].map((name) => ({ name: `${name}.txt`, content: 'x'.repeat(500) }));
  expect(told((await send(few, form({ name: 'Hanako' }, files))).body).refused).toMatchObject([
    { name: '3.txt', code: 'upload.too-many' },
  ]);
  const small = await portal.openRequest({ maxBytesPerSubmission: 1000 });
  expect(told((await send(small, form({ name: 'Hanako' }, files))).body).refused).toMatchObject([
    { name: '3.txt', code: 'upload.total-too-large' },
  ]);
  const fits = await portal.openRequest({ maxBytesPerSubmission: 1500, maxFilesPerSubmission: 3 });
  expect((await send(fits, form({ name: 'Hanako' }, files))).status).toBeLessThan(203);
});

test('a field that is wrong brings the page again, with what was typed, and nothing is begun', async () => {
  const request = await portal.openRequest({
    fields: [{ key: 'class', label: 'Class', kind: 'text', required: true }],
  });
  const fields = { name: 'Hanako "<b>', 'answer.class': ' ', message: '<i>two\r\nlines' };
  const reply = await send(request, form(fields, [textFile]), { ...asBrowser, 'accept-language': 'ja' });
  expect(reply.status).toBe(422);
  const plain = withoutScript(reply.body);
  expect(plain).toContain('value="Hanako &quot;&lt;b>"');
  expect(plain).toContain('&lt;i>two');
  expect(plain).toContain('入力してください。');
  expect(plain).toContain('ファイルをもう一度選択してください');
  expect(plain).toMatch(/id="plain-answer\.class"[^>]*aria-invalid="true"/);
  expect(await latestOf(request)).toBeUndefined();
  const right = await send(request, form({ ...fields, 'answer.class': '3-B' }, [textFile]), asBrowser);
  expect(right.status).toBe(303);
});

test('a form without a file begins nothing, whether its input was left empty or held only system files', async () => {
  const request = await portal.openRequest();
  for (const files of [[], [{ name: '', content: '' }], [{ name: '.DS_Store', content: 'x' }]]) {
    const page = await send(request, form({ name: 'Hanako' }, files), asBrowser);
    expect(page.status).toBe(422);
    expect(page.body).toContain('Please choose at least one file.');
    expect(codeOf(await send(request, form({ name: 'Hanako' }, files)))).toBe('submission.empty');
  }
  expect(await latestOf(request)).toBeUndefined();
});

test('a field that comes after a file is refused by name, and what it would have changed is not guessed', async () => {
  const request = await portal.openRequest();
  const file = `${fileHead(textFile)}a text\r\n`;
  const early = await send(request, file + fieldPart('name', 'Hanako') + formEnd);
  expect([early.status, codeOf(early)]).toEqual([422, 'submission.field-late']);
  expect(await latestOf(request)).toBeUndefined();
  const late = await send(
    request,
    fieldPart('name', 'Hanako') + file + fieldPart('unknown', 'x') + fieldPart('message', 'hi') + formEnd,
  );
  expect(told(late.body)).toMatchObject({
    state: 'open',
    refused: [{ name: 'message', code: 'submission.field-late' }],
  });
});

test('a password, an end and a foreign page keep a form out as they keep out all else', async () => {
  const locked = await portal.openRequest({ password: 'correct horse' });
  const whole = form({ name: 'Hanako' }, [textFile]);
  const shut = await send(locked, whole, asBrowser);
  expect(shut.status).toBe(401);
  expect(shut.body).toContain('A password is needed');
  const opened = await ask(portal.url, {
    method: 'POST',
    path: `/r/${locked.token}/password`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'password=correct+horse',
  });
  expect((await send(locked, whole, { ...asBrowser, cookie: cookiesOf(opened) })).status).toBe(303);

  const request = await portal.openRequest();
  const foreign = { ...asBrowser, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  expect((await send(request, whole, foreign)).status).toBe(403);
  expect((await send(request, whole, { ...asBrowser, 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  await closeRequest(portal.composed.portal.intake, request.id, systemActor);
  const closed = await send(request, whole, asBrowser);
  expect(closed.status).toBe(410);
  expect(closed.body).toContain('This collection is closed');
  expect((await post(portal.url, '/r/unknown/send', whole, asBrowser)).status).toBe(404);
});
