import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checklistOf } from '../../../db/queries/checklist.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';
import {
  asBrowser,
  cookiesOf,
  fieldPart,
  fileHead,
  form,
  formEnd,
  openForm,
  plainForms,
  receiptOf,
  sha256,
  textFile,
  told,
} from './plain.ts';
import { ask, contentOf, filesOf, replyOf, uploadsOfSubmission } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const { send, sealed, latestOf } = plainForms(() => portal);

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
