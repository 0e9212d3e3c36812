import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { files } from '../../../db/schema/index.ts';
import { setLedger } from './ledger.ts';
import { ask } from './wire.ts';

const ledger = setLedger();
const { api } = ledger;

const idsOf = async (query: string) =>
  (await api('GET', `/submissions?${query}`)).json.submissions.map(({ id }: { id: string }) => id);

test('what was sent is listed by request and by state', async () => {
  const [one, other] = [
    await ledger.portal.openRequest({ title: 'One' }),
    await ledger.portal.openRequest({ title: 'Other' }),
  ];
  const sealed = await ledger.portal.submit(one, [{ name: 'a.txt', content: 'a' }]);
  const open = await ledger.portal.begin(one);
  const elsewhere = await ledger.portal.begin(other);
  expect(await idsOf(`request=${one.id}`)).toEqual([open.submissionId, sealed.submissionId]);
  expect(await idsOf(`request=${one.id}&state=sealed`)).toEqual([sealed.submissionId]);
  expect(await idsOf(`request=${other.id}`)).toEqual([elsewhere.submissionId]);
  expect(await idsOf(`request=${one.id}&state=discarded`)).toEqual([]);
  expect((await api('GET', '/submissions?state=nonsense')).status).toBe(400);
});

test('what was sent is searched, and taken away as the table that the console exports', async () => {
  const { portal, cookie } = ledger;
  const request = await portal.openRequest({ title: 'Searched' });
  const first = await portal.begin(request, { name: 'Zenzaburo' });
  await portal.send(first, { name: 'needle.txt', content: 'a' });
  await portal.finish(first);
  const second = await portal.submit(request, [{ name: 'hay.txt', content: 'b' }]);
  expect(await idsOf(`request=${request.id}&search=needle`)).toEqual([first.submissionId]);
  expect(await idsOf(`request=${request.id}&search=zenzaburo`)).toEqual([first.submissionId]);
  expect(await idsOf(`search=${second.receiptNumber}`)).toEqual([second.submissionId]);
  expect(await idsOf(`request=${request.id}&search=%25`)).toEqual([]);
  const table = await api('GET', `/requests/${request.id}/files.csv`);
  expect(table.headers['content-type']).toContain('text/csv');
  expect(table.text).toContain('needle.txt');
  const exported = await ask(portal.url, {
    path: `/staff/requests/${request.id}/files.csv`,
    headers: { cookie },
  });
  expect(table.text).toBe(exported.body);
});

test('one is shown with its answers, and its files with hash, state and address in Nextcloud', async () => {
  const request = await ledger.portal.openRequest({
    title: 'With a question',
    fields: [{ key: 'class', label: 'Class', required: false }],
  });
  const begun = await ledger.portal.begin(request, { answers: { class: '3-B' } });
  await ledger.portal.send(begun, { name: 'report.txt', content: 'words' });
  await ledger.portal.finish(begun);
  const { json } = await api('GET', `/submissions/${begun.submissionId}`);
  const [row] = await ledger.portal.db.select().from(files).where(eq(files.submissionId, begun.submissionId));
  expect(json).toMatchObject({
    receiptNumber: begun.receiptNumber,
    request: { id: request.id, title: 'With a question' },
    answers: [{ key: 'class', label: 'Class', value: '3-B' }],
    files: [
      {
        path: row?.path,
        sentName: 'report.txt',
        sizeBytes: 5,
        sha256: createHash('sha256').update('words').digest('hex'),
        nextcloudUrl: `${ledger.portal.standin.url.replace(/\/+$/, '')}/f/${row?.fileId}`,
      },
    ],
    underWay: [],
  });
  // What opens the sending or its receipt is not told.
  expect(JSON.stringify(json)).not.toMatch(/credential|receiptUrl/i);
  await ledger.portal.db
    .update(files)
    .set({ removedAt: new Date() })
    .where(eq(files.submissionId, begun.submissionId));
  expect((await api('GET', `/submissions/${begun.submissionId}`)).json.files[0].nextcloudUrl).toBeNull();
});
