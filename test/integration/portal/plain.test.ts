import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checklistOf } from '../../../db/queries/checklist.ts';
import { submissions } from '../../../db/schema/index.ts';
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
  post,
  receiptOf,
} from './plain.ts';
import { ask, codeOf, contentOf, filesOf, replyOf, uploadFolders, uploadsOfSubmission } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

interface PlainReply {
  submissionId: string;
  credential: string;
  receiptNumber: string;
  state: string;
  files: { name: string; state: string; sha256?: string; metadata: Record<string, string | null> }[];
  refused: { name: string; code: string }[];
  skipped: number;
  code?: string;
}

const told = (body: string): PlainReply => JSON.parse(body) as PlainReply;

const send = (request: OpenRequest, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  post(portal.url, `/r/${request.token}/send`, body, headers);

const sealed = (begun: PlainReply) =>
  until('the seal', async () => {
    const now = await portal.status(begun);
    return now.state === 'sealed' ? now : undefined;
  });

const latestOf = async ({ id }: OpenRequest) => {
  const [row] = await portal.db
    .select()
    .from(submissions)
    .where(eq(submissions.requestId, id))
    .orderBy(desc(submissions.createdAt));
  return row;
};

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');
/** What a browser shows that runs no script. */
const withoutScript = (body: string) =>
  [...body.matchAll(/<noscript>(.*?)<\/noscript>/gs)].map(([, shown]) => shown).join('');
const textFile = { name: 'a.txt', content: 'a text' };

test('a form with fields and files, small, empty and of several parts, becomes a sealed submission with a receipt', async () => {
  const request = await portal.openRequest({
    fields: [{ key: 'class', label: 'Class', kind: 'text', required: true }],
  });
  const large = randomBytes(3 * 1024 * 1024 + 5);
  const files = [
    { name: '報告.txt', content: 'こんにちは' },
    { name: 'large.bin', content: large },
    { name: 'empty.txt', content: '' },
    { name: 'Thumbs.db', content: 'x' },
    { name: '', content: '' },
  ];
  const fields = { name: '山田', email: 'y@example.org', 'answer.class': '3-B', message: 'よろしく' };
  const posted = await send(request, form(fields, files), asBrowser);
  expect(posted.status).toBe(303);
  const place = posted.headers.location ?? '';
  const receipt = await receiptOf(portal.url, place, cookiesOf(posted));
  const page = await ask(portal.url, { path: receipt, headers: asBrowser });
  expect(page.status).toBe(200);
  expect(page.body).toContain(sha256(large));
  const row = await latestOf(request);
  expect(row).toMatchObject({
    submitterName: '山田',
    submitterEmail: 'y@example.org',
    message: 'よろしく',
    answers: { class: '3-B' },
    finishedBySubmitter: true,
  });
  const stored = filesOf(portal, request, { receiptNumber: row?.receiptNumber ?? '' });
  expect(stored.map((path) => path.slice(path.lastIndexOf('/') + 1))).toEqual([
    'empty.txt',
    'large.bin',
    '報告.txt',
  ]);
  const path = stored.find((each) => each.endsWith('large.bin')) ?? '';
  expect(sha256(await contentOf(portal, path))).toBe(sha256(large));
});

test('the address that a form was sent to leads back to the page', async () => {
  const request = await portal.openRequest();
  const page = `${portal.url}/r/${request.token}`;
  const reply = await fetch(`${page}/send`, { redirect: 'manual' });
  expect([reply.status, reply.headers.get('location')]).toEqual([303, `/r/${request.token}`]);
  expect((await fetch(page)).status).toBe(200);
});

test('names meet as they do over tus: in NFC, numbered where they are the same, with their folders', async () => {
  const request = await portal.openRequest();
  const files = [
    { name: 'か\u3099.txt', content: '1' },
    { name: 'が.txt', content: '2' },
    { name: '2026/証憑/a.txt', content: '3' },
  ];
  const reply = told((await send(request, form({ name: 'Hanako' }, files))).body);
  const { files: stored } = await sealed(reply);
  expect(stored.map(({ name }) => name)).toEqual(['が.txt', 'が (2).txt', '2026/証憑/a.txt']);
});

test('files come to the items of a checklist, and without a required one nothing is finished', async () => {
  const request = await portal.openRequest({
    items: [
      { label: 'Report', required: true, allowedTypes: ['txt'] },
      { label: 'Photos', required: false, maxFileBytes: 10 },
    ],
  });
  const [report, photos] = await checklistOf(portal.db, request.id);
  const large = { name: 'b.jpg', content: 'x'.repeat(11), field: `files.${photos?.id}` };
  const partial = told((await send(request, form({ name: 'Hanako' }, [large, textFile]))).body);
  expect(partial.refused).toMatchObject([{ name: 'b.jpg', code: 'upload.too-large' }]);
  const none = await send(request, form({ name: 'Hanako' }, [textFile]), asBrowser);
  expect(none.status).toBe(422);
  expect(none.body).toContain('Report');
  expect((await latestOf(request))?.state).toBe('open');
  const files = [{ ...textFile, field: `files.${report?.id}` }];
  const reply = told((await send(request, form({ name: 'Hanako' }, files))).body);
  expect((await sealed(reply)).files.map(({ name }) => name)).toEqual(['Report/a.txt']);
  const foreign = [{ ...textFile, field: 'files.itm_other' }, textFile];
  expect(told((await send(request, form({ name: 'Hanako' }, foreign))).body).refused).toMatchObject([
    { name: 'a.txt', code: 'upload.metadata-invalid' },
  ]);
});

test('a file that fits one part is stored with one PUT, although nobody said how long it is', async () => {
  const request = await portal.openRequest();
  const before = portal.standin.requests.matching('PUT').length;
  const folders = portal.standin.requests.matching('MKCOL').filter(({ path }) => path.includes('/uploads/'));
  const reply = told((await send(request, form({ name: 'Hanako' }, [textFile]))).body);
  await sealed(reply);
  expect(portal.standin.requests.matching('PUT').length - before).toBe(1);
  expect(
    portal.standin.requests.matching('MKCOL').filter(({ path }) => path.includes('/uploads/')),
  ).toHaveLength(folders.length);
});

test('SHA-256 is that of what arrived, and nobody reads the parts back for it', async () => {
  const request = await portal.openRequest();
  const content = randomBytes(2_500_000);
  const reply = told((await send(request, form({ name: 'Hanako' }, [{ name: 'x.bin', content }]))).body);
  const [upload] = await uploadsOfSubmission(portal, reply);
  expect(upload?.sha256).toBe(sha256(content));
  await sealed(reply);
});

test('a program may send with curl, and is told in JSON what became of it', async () => {
  const request = await portal.openRequest({ password: 'correct horse' });
  const folder = await mkdtemp(join(tmpdir(), 'uketori-curl-'));
  for (const name of ['a.pdf', 'b.txt']) await writeFile(join(folder, name), `%PDF-1.4 ${name}`);
  const run = async (...fields: string[]) =>
    told(
      (
        await promisify(execFile)(
          'curl',
          ['-sS', ...fields.flatMap((field) => ['-F', field]), `${request.link}/send`],
          { cwd: folder },
        )
      ).stdout,
    );
  const refused = await run('name=Backup job', 'password=wrong horse', 'files=@a.pdf', 'files=@b.txt');
  expect(refused.code).toBe('submission.password-wrong');
  const reply = await run('name=Backup job', 'password=correct horse', 'files=@a.pdf', 'files=@b.txt');
  const description = await sealed(reply);
  expect(description.files.map(({ name }) => name)).toEqual(['a.pdf', 'b.txt']);
  expect(description.receiptUrl).toMatch(/^\/receipts\//);
});

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

test('only the browser that sent sees where its submission stands', async () => {
  const request = await portal.openRequest({ allowedTypes: ['txt'] });
  const bad = { name: 'b.exe', content: 'x' };
  const posted = await send(request, form({ name: 'Hanako' }, [textFile, bad]), asBrowser);
  expect(posted.status).toBe(422);
  expect(posted.body).toContain('a.txt');
  expect(posted.body).toContain('b.exe');
  const row = await latestOf(request);
  const path = `/r/${request.token}/send/${row?.id}`;
  const mine = { ...asBrowser, cookie: cookiesOf(posted) };
  expect((await ask(portal.url, { path, headers: asBrowser })).status).toBe(404);
  expect((await ask(portal.url, { path, headers: mine })).body).toContain('a.txt');
  expect((await post(portal.url, `${path}/finish`, '', asBrowser)).status).toBe(404);
  const more = await post(portal.url, path, form({}, [{ name: 'c.txt', content: 'c' }]), mine);
  expect(more.status).toBe(303);
  await receiptOf(portal.url, path, mine.cookie);
  expect(filesOf(portal, request, { receiptNumber: row?.receiptNumber ?? '' })).toHaveLength(2);
});

test('who finishes with what has arrived gets a receipt for it', async () => {
  const request = await portal.openRequest({ allowedTypes: ['txt'] });
  const files = [textFile, { name: 'b.exe', content: 'x' }];
  const posted = await send(request, form({ name: 'Hanako' }, files), asBrowser);
  const cookie = cookiesOf(posted);
  const path = `/r/${request.token}/send/${(await latestOf(request))?.id}`;
  const finished = await post(portal.url, `${path}/finish`, '', { ...asBrowser, cookie });
  expect([finished.status, finished.headers.location]).toEqual([303, path]);
  const receipt = await ask(portal.url, {
    path: await receiptOf(portal.url, path, cookie),
    headers: asBrowser,
  });
  expect(receipt.body).toContain('a.txt');
  expect(receipt.body).not.toContain('b.exe');
});

test('who adds to what was sent from this browser is not asked again who they are', async () => {
  const request = await portal.openRequest();
  const first = await send(request, form({ name: 'Hanako' }, [textFile]), asBrowser);
  const cookie = cookiesOf(first);
  const before = await latestOf(request);
  await receiptOf(portal.url, first.headers.location ?? '', cookie);
  const mine = { ...asBrowser, cookie };
  const page = await ask(portal.url, { path: `/r/${request.token}?add=${before?.id}`, headers: mine });
  const path = `/r/${request.token}/send?add=${before?.id}`;
  expect(page.body).toContain(`action="${path}"`);
  const more = form({}, [{ name: 'more.txt', content: 'more' }]);
  expect((await post(portal.url, path, more, asBrowser)).status).toBe(404);
  expect((await post(portal.url, path, more, mine)).status).toBe(303);
  expect(await latestOf(request)).toMatchObject({ supplementOf: before?.id, submitterName: 'Hanako' });
});

test('when the connection breaks nothing half is kept, and what came before stays', async () => {
  const request = await portal.openRequest();
  const broken = openForm(portal.url, `/r/${request.token}/send`);
  broken.on('error', () => undefined);
  broken.write(
    `${fieldPart('name', 'Hanako')}${fileHead(textFile)}a text\r\n${fileHead({ name: 'half.bin' })}`,
  );
  broken.write(randomBytes(2_500_000));
  const submission = await until('the second file to begin', async () => {
    const row = await latestOf(request);
    const rows = row === undefined ? [] : await uploadsOfSubmission(portal, { submissionId: row.id });
    return (rows[1]?.offsetBytes ?? 0) > 0 && row;
  });
  broken.destroy();
  const ended = await until('its end', async () => {
    const rows = await uploadsOfSubmission(portal, { submissionId: submission.id });
    return rows[1]?.state === 'abandoned' && rows[1].removedAt !== null && rows;
  });
  await until('the first to be stored', async () => {
    const [first] = await uploadsOfSubmission(portal, { submissionId: submission.id });
    return first?.state === 'stored';
  });
  expect(ended).toHaveLength(2);
  expect((await latestOf(request))?.state).toBe('open');
  expect(filesOf(portal, request, submission).map((path) => path.split('/').pop())).toEqual(['a.txt']);
  await until('no upload folder is left', () => uploadFolders(portal).length === 0);
});

test('a form that ends in the middle of a file, or is none, stores nothing of that file', async () => {
  const request = await portal.openRequest();
  const cut = fieldPart('name', 'Hanako') + fileHead({ name: 'half.txt' }) + 'half of it';
  const reply = await send(request, cut);
  expect(reply.status).toBeGreaterThanOrEqual(400);
  const row = await latestOf(request);
  expect(filesOf(portal, request, { receiptNumber: row?.receiptNumber ?? '-' })).toEqual([]);
  const rows = await uploadsOfSubmission(portal, { submissionId: row?.id ?? '' });
  expect(rows.map(({ state }) => state)).toEqual(['abandoned']);
  const path = `/r/${request.token}/send`;
  for (const type of ['application/json', 'multipart/form-data', 'application/x-www-form-urlencoded'])
    expect(codeOf(await post(portal.url, path, 'name=x', { 'content-type': type }))).toBe('input.invalid');
});

test('a form may have so many fields and no more, and none of any length', async () => {
  const request = await portal.openRequest();
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`answer.f${n}`, 'x']));
  expect(codeOf(await send(request, form({ name: 'Hanako', ...many }, [textFile])))).toBe('input.too-large');
  const long = { name: 'Hanako', message: 'x'.repeat(64 * 1024 + 1) };
  expect(codeOf(await send(request, form(long, [textFile])))).toBe('input.too-large');
  const most = Object.fromEntries(Object.entries(many).slice(0, 199));
  expect((await send(request, form({ name: 'Hanako', ...most }, [textFile]))).status).toBeLessThan(203);
});

test('staff closing the request in between ends what is under way, and says so', async () => {
  const request = await portal.openRequest();
  const slow = openForm(portal.url, `/r/${request.token}/send`);
  const answered = replyOf(slow);
  slow.write(`${fieldPart('name', 'Hanako')}${fileHead(textFile)}a text\r\n${fileHead({ name: 'b.bin' })}`);
  slow.write(randomBytes(1_500_000));
  await until('the second file to begin', async () => {
    const row = await latestOf(request);
    const rows = row === undefined ? [] : await uploadsOfSubmission(portal, { submissionId: row.id });
    return (rows[1]?.offsetBytes ?? 0) > 0;
  });
  await closeRequest(portal.composed.portal.intake, request.id, systemActor);
  slow.write(randomBytes(3_000_000));
  slow.end(`\r\n${fileHead({ name: 'c.txt' })}c\r\n${formEnd}`);
  const reply = await answered;
  expect(reply.status).toBe(410);
  expect(told(reply.body).refused.map(({ name, code }) => [name, code])).toEqual([
    ['b.bin', 'request.closed'],
    ['c.txt', 'request.closed'],
  ]);
  const { receiptNumber } = told(reply.body);
  await until('the seal of what was stored', async () => (await latestOf(request))?.state === 'sealed');
  expect(filesOf(portal, request, { receiptNumber })).toHaveLength(1);
});

test('a process that ends tells the submitter, ends the file under way, and keeps the others', async () => {
  const request = await portal.openRequest();
  const slow = openForm(portal.url, `/r/${request.token}/send`, asBrowser);
  slow.on('error', () => undefined);
  const answered = replyOf(slow);
  slow.write(`${fieldPart('name', 'Hanako')}${fileHead(textFile)}a text\r\n${fileHead({ name: 'b.bin' })}`);
  slow.write(randomBytes(1_500_000));
  const submission = await until('the second file to begin', async () => {
    const row = await latestOf(request);
    const rows = row === undefined ? [] : await uploadsOfSubmission(portal, { submissionId: row.id });
    return (rows[1]?.offsetBytes ?? 0) > 0 && row;
  });
  portal.composed.releaseUploads();
  const reply = await answered;
  expect(reply.status).toBe(423);
  expect(reply.body).toContain('Did not arrive whole. Please send it again.');
  expect(reply.body).toContain('Sending stopped before its end.');
  slow.destroy();
  const rows = await uploadsOfSubmission(portal, { submissionId: submission.id });
  expect(rows.map(({ state }) => state === 'abandoned')).toEqual([false, true]);
});

test('200 MB pass through, and little of it is ever in memory', async () => {
  const request = await portal.openRequest();
  const blocks = 200;
  const block = randomBytes(1_000_000);
  const expected = createHash('sha256');
  const sending = openForm(portal.url, `/r/${request.token}/send`);
  const answered = replyOf(sending);
  sending.write(fieldPart('name', 'Hanako') + fileHead({ name: 'large.bin' }));
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let n = 0; n < blocks; n += 1) {
    const piece = Buffer.from(block);
    piece.writeUInt32LE(n);
    expected.update(piece);
    if (!sending.write(piece)) await once(sending, 'drain');
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  sending.end(`\r\n${formEnd}`);
  const reply = await answered;
  const description = await until(
    'the seal',
    async () => {
      const now = await portal.status(told(reply.body));
      return now.state === 'sealed' ? now : undefined;
    },
    60_000,
  );
  expect(description.files[0]?.sha256).toBe(expected.digest('hex'));
  expect(most).toBeLessThan(100_000_000);
}, 120_000);
