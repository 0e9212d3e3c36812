import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endSubmission } from '../../../server/intake/seal.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';
import { codeOf, filesOf, idIn, metadata, tusOf, untilStored, uploadRow } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal({ importer: true });
});

afterAll(() => portal.close());

const items = [
  { label: 'Tax certificate', allowedTypes: ['pdf'], maxFileBytes: 100, maxFiles: 2 },
  { label: 'Register: extract / 登記' },
  { label: 'Brochure', required: false },
];

/** A request with a checklist, and a sending that has begun; `item` gives the id of the n-th item. */
const setUp = async (input = {}) => {
  const request = await portal.openRequest({ items, takeBackMinutes: 0, ...input });
  const begun = await portal.begin(request);
  const told = (begun as unknown as { items: { id: string; label: string }[] }).items;
  const tus = tusOf(portal, begun);
  const item = (n: number) => told[n]?.id ?? '';
  const create = (name: string, sizeBytes: number, n?: number) =>
    tus.createNamed(name, sizeBytes, n === undefined ? {} : { item: item(n) });
  const send = async (name: string, content: Buffer, n?: number) => {
    const id = idIn(await create(name, content.length, n));
    await tus.patch(id, 0, content);
    await untilStored(portal, id);
    return id;
  };
  return { request, begun, told, tus, item, create, send };
};

const pdf = Buffer.from('%PDF-1.7\n%%EOF\n');

test('a checklist is told again as it was given, to whoever asked for it and to whoever sends', async () => {
  const { request, told } = await setUp();
  const response = await fetch(`${portal.url}/api/v1/requests/${request.id}`, {
    headers: { authorization: `Bearer ${await portal.apiToken()}` },
  });
  const description = (await response.json()) as { items: unknown[] };
  expect(description.items).toEqual(told);
  expect(told).toEqual([
    { id: told[0]?.id, required: true, ...items[0] },
    { id: told[1]?.id, required: true, maxFileBytes: null, maxFiles: null, allowedTypes: [], ...items[1] },
    { id: told[2]?.id, maxFileBytes: null, maxFiles: null, allowedTypes: [], ...items[2] },
  ]);
});

test.each([
  ['two items of one name', [{ label: 'A' }, { label: 'a' }], {}],
  ['an item without a name', [{ label: ' ' }], {}],
  [
    'a type that the request does not take',
    [{ label: 'A', allowedTypes: ['jpg'] }],
    { allowedTypes: ['pdf'] },
  ],
])('a request with %s is not opened', async (_, wrong, more) => {
  const token = await portal.apiToken();
  expect((await portal.post({ title: 'x', items: wrong, ...more }, token)).status).toBe(400);
  expect((await portal.post({ title: 'x', items: [{ label: 'A' }], ...more }, token)).status).toBe(201);
});

describe('a file for a checklist item', () => {
  test('is kept in a folder named after it, with the folders that were sent below that', async () => {
    const { request, begun, tus, item, send } = await setUp();
    await send('a.pdf', pdf, 0);
    await send('b.txt', Buffer.from('b'), 1);
    await send('c.txt', Buffer.from('c'));
    const folder = { item: item(2), relativePath: 'sub/d.txt' };
    await tus.createNamed('d.txt', 1, folder);
    const paths = filesOf(portal, request, begun).map((path) => path.replace(/^.*? Hanako\//, ''));
    expect(paths).toEqual(['Register extract 登記/b.txt', 'Tax certificate/a.pdf', 'c.txt']);
    const status = await portal.status(begun);
    expect(status.files.map(({ name, metadata: { item: of } }) => [name, of])).toEqual([
      ['Tax certificate/a.pdf', item(0)],
      ['Register extract 登記/b.txt', item(1)],
      ['c.txt', undefined],
      ['Brochure/sub/d.txt', item(2)],
    ]);
  });

  test('is refused by the type, the size and the number that the item takes, and others are not', async () => {
    const { create } = await setUp();
    const codes = async (...replies: ReturnType<typeof create>[]) =>
      (await Promise.all(replies)).map((reply) => codeOf(reply) ?? reply.status);
    expect(await codes(create('a.txt', 1, 0), create('a.pdf', 101, 0))).toEqual([
      'upload.type-not-allowed',
      'upload.too-large',
    ]);
    expect(await codes(create('a.txt', 101, 1), create('a.txt', 101))).toEqual([201, 201]);
    const many = await codes(...Array.from({ length: 8 }, (_, n) => create(`${n}.pdf`, 100, 0)));
    expect(many.filter((code) => code === 201)).toHaveLength(2);
    expect(many.filter((code) => code === 'upload.too-many')).toHaveLength(6);
    expect(await codes(create('more.pdf', 1, 1))).toEqual([201]);
  });

  test('is held to the size although its length is said later, or never', async () => {
    const { tus, item } = await setUp();
    const deferred = async () =>
      idIn(
        await tus.create({
          'upload-defer-length': '1',
          'upload-metadata': metadata({ filename: 'a.pdf', item: item(0) }),
        }),
      );
    const said = await tus.patch(await deferred(), 0, pdf, { 'upload-length': '101' });
    expect(said.status).toBe(413);
    const never = await tus.patch(await deferred(), 0, Buffer.alloc(101));
    expect([never.status, codeOf(never)]).toEqual([413, 'upload.longer-than-said']);
  });

  test('is held to the limits of the request beside those of the item', async () => {
    const { create } = await setUp({ maxFileBytes: 50, maxFilesPerSubmission: 1 });
    expect(codeOf(await create('a.pdf', 51, 0))).toBe('upload.too-large');
    expect((await create('a.pdf', 50, 0)).status).toBe(201);
    expect(codeOf(await create('b.txt', 1, 1))).toBe('upload.too-many');
  });

  test('is looked into, where the item asks for a type', async () => {
    const { tus, create, send } = await setUp();
    const id = idIn(await create('a.pdf', 20, 0));
    const reply = await tus.patch(id, 0, Buffer.from('MZ\x90\0'.padEnd(20, '\0'), 'latin1'));
    expect([reply.status, codeOf(reply)]).toEqual([422, 'upload.content-other']);
    expect((await uploadRow(portal, await send('a.pdf', pdf, 0))).state).toBe('stored');
    await send('b.pdf', Buffer.from('MZ\x90\0', 'latin1'), 1);
  });

  test('is refused for an item of another request, as for one that there is not', async () => {
    const { tus } = await setUp();
    const { item } = await setUp();
    for (const foreign of [item(0), 'itm_0', "' or 1=1"]) {
      const reply = await tus.createNamed('a.pdf', 1, { item: foreign });
      expect([reply.status, codeOf(reply)]).toEqual([400, 'upload.metadata-invalid']);
    }
    expect((await tus.createNamed('a.pdf', 1, { item: '' })).status).toBe(201);
  });
});

describe('a submission', () => {
  test('is finished only with a file for each required item; the receipt and the delivery name the items', async () => {
    const { begun, send } = await setUp();
    await send('c.txt', Buffer.from('c'));
    await send('b.txt', Buffer.from('b'), 1);
    const early = await portal.finish(begun);
    expect([early.status, await early.json()]).toMatchObject([
      422,
      { code: 'submission.items-missing', params: { labels: 'Tax certificate' } },
    ]);
    expect((await portal.status(begun)).state).toBe('open');
    await send('a.pdf', pdf, 0);
    expect((await portal.finish(begun)).ok).toBe(true);
    const { receiptUrl } = await until('the seal', async () => {
      const status = await portal.status(begun);
      return status.state === 'sealed' && status;
    });
    const receipt = (await (await fetch(`${portal.url}${receiptUrl}/receipt.json`)).json()) as {
      files: { path: string; item?: string }[];
    };
    expect(receipt.files.map(({ path, item }) => [path, item])).toEqual([
      ['c.txt', undefined],
      ['Register extract 登記/b.txt', 'Register: extract / 登記'],
      ['Tax certificate/a.pdf', 'Tax certificate'],
    ]);
    const page = await (await fetch(`${portal.url}${receiptUrl}`)).text();
    expect(page).toContain('Register: extract / 登記');
    const text = await (await fetch(`${portal.url}${receiptUrl}/receipt.txt?language=ja`)).text();
    expect(text).toContain('提出項目: "Tax certificate"\n');
    const verdict = await fetch(`${portal.url}/verify`, {
      method: 'POST',
      body: new URLSearchParams({ receipt: text }),
    });
    expect(verdict.status).toBe(200);
    const manifest = await until('the delivery', async () => {
      const paths = await readdir(portal.importDir, { recursive: true }).catch(() => []);
      const path = paths.find((each) => each.includes(begun.receiptNumber) && each.endsWith('manifest.json'));
      return path && readFile(join(portal.importDir, path), 'utf8');
    });
    const delivered = (JSON.parse(manifest) as { files: { path: string; item: string | null }[] }).files;
    expect(delivered.map(({ path, item }) => [path, item])).toEqual([
      ['Register extract 登記/b.txt', 'Register: extract / 登記'],
      ['Tax certificate/a.pdf', 'Tax certificate'],
      ['c.txt', null],
    ]);
  });

  test('is not finished with a file without a byte for a required item; beside them it is taken', async () => {
    const { begun, create, send } = await setUp();
    await send('b.txt', Buffer.from('b'), 1);
    for (const [name, n] of [
      ['empty.pdf', 0],
      ['empty.txt', undefined],
    ] as const)
      await untilStored(portal, idIn(await create(name, 0, n)));
    const early = await portal.finish(begun);
    expect([early.status, await early.json()]).toMatchObject([
      422,
      { code: 'submission.items-missing', params: { labels: 'Tax certificate' } },
    ]);
    await send('a.pdf', pdf, 0);
    expect((await portal.finish(begun)).ok).toBe(true);
    expect((await portal.status(begun)).files).toHaveLength(4);
  });

  test('that nobody finished is sealed all the same, and staff see what is missing', async () => {
    const { request, begun, send } = await setUp();
    await send('b.txt', Buffer.from('b'), 1);
    const { intake } = portal.composed.portal;
    await portal.db.transaction((tx) => endSubmission(intake, tx, begun.submissionId));
    expect((await portal.status(begun)).state).toBe('sealed');
    const page = await fetch(`${portal.url}/staff/requests/${request.id}`, {
      headers: { cookie: await portal.signIn() },
    });
    expect(await page.text()).toContain('Missing: Tax certificate');
  });
});

describe('in the console', () => {
  const open = async (cookie: string, entries: Record<string, string>) =>
    fetch(`${portal.url}/staff/requests/new`, {
      method: 'POST',
      body: new URLSearchParams({ title: 'Papers', deadlineZone: 'UTC', takeBackMinutes: '0', ...entries }),
      headers: { cookie },
      redirect: 'manual',
    });

  test('what is wrong with a question stands beside it, past blank rows', async () => {
    const cookie = await portal.signIn();
    const typed = { 'question.0.label': '', 'question.1.label': 'Company', 'question.1.kind': 'choice' };
    const beside = async (entries: Record<string, string>) =>
      [...(await (await open(cookie, { ...typed, ...entries })).text()).matchAll(/id="(\S+)-problem"/g)].map(
        ([, field]) => field,
      );
    expect(await beside({})).toEqual(['question.1.choices']);
    const choices = { 'question.1.choices': 'a\nb' };
    expect(await beside({ ...choices, 'question.1.label': 'x'.repeat(1000) })).toEqual(['question.1.label']);
    expect(await beside({ ...choices, 'question.0.required': 'yes' })).toEqual(['question.0.label']);
    expect((await open(cookie, { ...typed, ...choices })).status).toBe(303);
  });

  test('a request is opened with a checklist, and what is wrong with an item stands beside it', async () => {
    const cookie = await portal.signIn();
    const wrong = await open(cookie, {
      'item.0.label': '',
      'item.1.label': 'Certificate',
      'item.1.maxFiles': '0',
      'item.2.label': 'certificate',
    });
    expect(wrong.status).toBe(422);
    const html = await wrong.text();
    expect(html).toContain('id="item.1.maxFiles-problem"');
    expect(html).not.toContain('id="item.0.label-problem"');
    const twice = await open(cookie, {
      'item.1.label': 'Certificate',
      'item.0.label': '',
      'item.2.label': 'certificate',
    });
    expect(await twice.text()).toContain('id="item.2.label-problem"');
    const right = await open(cookie, {
      'item.0.label': '',
      'item.1.label': 'Certificate',
      'item.1.required': 'yes',
      'item.1.allowedTypes': 'PDF, .docx',
      'item.1.maxFileMegabytes': '5',
    });
    expect(right.status).toBe(303);
    const page = await fetch(`${portal.url}${right.headers.get('location')}`, { headers: { cookie } });
    expect(await page.text()).toMatch(
      /Certificate <span class="mark">required<\/span>.*Only \.pdf, \.docx · Up to 5 MB/,
    );
  });
});
