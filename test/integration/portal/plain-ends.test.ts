import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeRequest } from '../../../server/intake/close-request.ts';
import { systemActor } from '../../../server/intake/context.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';
import {
  asBrowser,
  fieldPart,
  fileHead,
  form,
  formEnd,
  openForm,
  plainForms,
  post,
  textFile,
  told,
} from './plain.ts';
import { codeOf, filesOf, replyOf, uploadFolders, uploadsOfSubmission } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

const { send, latestOf } = plainForms(() => portal);

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
