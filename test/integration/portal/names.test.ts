import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Begun, type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import {
  ask,
  codeOf,
  contentOf,
  filesOf,
  storedBelow,
  tusOf,
  uploadFolders,
  uploadsOfSubmission,
} from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

/** What lies in the folder of a sending, or undefined where there is none. */
const storedOf = ({ receiptNumber }: Begun): string[] => {
  const at = `${request.folder.slice(1)}/${receiptNumber}`;
  return storedBelow(portal, request.folder)
    .filter((path) => path.startsWith(at))
    .map((path) => path.slice(path.indexOf('/', at.length) + 1))
    .filter((path) => path !== '');
};

const refusals: [string, { name: string; relativePath?: string }, string][] = [
  ['..', { name: '..' }, 'upload.name-path'],
  ['../ before a name', { name: '../secret.txt' }, 'upload.name-path'],
  ['..\\ before a name', { name: '..\\secret.txt' }, 'upload.name-path'],
  ['an absolute path', { name: '/etc/passwd' }, 'upload.name-path'],
  ['an absolute path of Windows', { name: 'C:\\autoexec.bat' }, 'upload.name-path'],
  ['../ among the folders', { name: 'a.txt', relativePath: 'x/../../a.txt' }, 'upload.name-path'],
  ['an absolute folder', { name: 'a.txt', relativePath: '/etc/a.txt' }, 'upload.name-path'],
  ['an empty folder', { name: 'a.txt', relativePath: 'x//a.txt' }, 'upload.name-path'],
  ['NUL', { name: 'a\0.txt' }, 'upload.name-control-character'],
  ['a line break', { name: 'a\r\nX-Header: 1.txt' }, 'upload.name-control-character'],
  ['a control character of the second block', { name: 'a\u0085.txt' }, 'upload.name-control-character'],
  ['.htaccess', { name: '.htaccess' }, 'upload.name-forbidden'],
  ['.HTACCESS', { name: '.HTACCESS' }, 'upload.name-forbidden'],
  ['.htaccess as a folder', { name: 'a.txt', relativePath: '.htaccess/a.txt' }, 'upload.name-forbidden'],
  ['.htaccess with a space after it', { name: '.htaccess ' }, 'upload.name-forbidden'],
  ['.part', { name: 'film.part' }, 'upload.name-forbidden'],
  ['.part with a dot after it', { name: 'film.part.' }, 'upload.name-forbidden'],
  ['.filepart', { name: 'film.filepart' }, 'upload.name-forbidden'],
  ['250 bytes', { name: 'x'.repeat(250) }, 'upload.name-too-long'],
  ['250 bytes of three-byte characters', { name: '書'.repeat(84) }, 'upload.name-too-long'],
  ['a hundred folders', { name: 'a', relativePath: `${'d/'.repeat(100)}a` }, 'upload.name-too-long'],
  ['a name of spaces', { name: '   ' }, 'upload.name-empty'],
  ['a name of dots', { name: '....' }, 'upload.name-empty'],
];

describe('a name that is refused', () => {
  test.each(refusals)(
    '%s: by a code that names the rule, and nothing is stored',
    async (_case, sent, code) => {
      const begun = await portal.begin(request);
      const tus = tusOf(portal, begun);
      const more: Record<string, string> =
        sent.relativePath === undefined ? {} : { relativePath: sent.relativePath };
      const refused = await tus.createNamed(sent.name, 3, more);
      expect([refused.status, codeOf(refused)]).toEqual([422, code]);
      expect(refused.headers.location).toBeUndefined();
      expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
      expect(storedOf(begun)).toEqual([]);
      expect(storedBelow(portal).filter((path) => /passwd|secret|autoexec/.test(path))).toEqual([]);
      // The same sending takes a good name: it was the name.
      expect((await tus.createNamed('good.txt', 3)).status).toBe(201);
    },
  );

  test('is refused with its bytes, when they come along: none of them goes to Nextcloud', async () => {
    const begun = await portal.begin(request);
    portal.standin.requests.clear();
    const refused = await tusOf(portal, begun).create(
      {
        'upload-length': '3',
        'upload-metadata': `filename ${Buffer.from('../x').toString('base64')}`,
        'content-type': 'application/offset+octet-stream',
      },
      Buffer.from('abc'),
    );
    expect(codeOf(refused)).toBe('upload.name-path');
    expect(portal.standin.requests.matching('PUT')).toEqual([]);
    expect(uploadFolders(portal)).toEqual([]);
  });

  test('is refused where there is none at all', async () => {
    const begun = await portal.begin(request);
    const refused = await tusOf(portal, begun).create({ 'upload-length': '3' });
    expect([refused.status, codeOf(refused)]).toEqual([422, 'upload.name-empty']);
  });

  test('is repeated to people without what can not be seen', async () => {
    const begun = await portal.begin(request);
    const refused = await tusOf(portal, begun).createNamed('a\u202e\0b.txt', 3);
    expect(refused.body).not.toMatch(/[\u202e\0]|\\u0000|\\u202e/);
  });
});

const decisions: [string, string, string][] = [
  ['a right-to-left override', 'invoice\u202efdp.exe', 'invoice_fdp.exe'],
  ['a zero-width space', 'in\u200bvoice.pdf', 'in_voice.pdf'],
  ['a byte order mark', '\ufeffinvoice.pdf', '_invoice.pdf'],
  ['decomposed letters', 'カ\u3099.txt', 'ガ.txt'],
  ['a space and a dot at the end', 'report. ', 'report'],
  ['a space at the beginning', '  report.txt', 'report.txt'],
  ['%2f', 'a%2fb.txt', 'a%2fb.txt'],
  ['%00', 'a%00b.txt', 'a%00b.txt'],
  ['CON', 'CON', 'CON'],
  ['a dot at the beginning', '.profile', '.profile'],
  ['?, * and quotes', 'what? "now" *.txt', 'what? "now" *.txt'],
  ['# and &', 'a#b&c=d;e.txt', 'a#b&c=d;e.txt'],
  ['a name of 240 bytes', `${'x'.repeat(236)}.txt`, `${'x'.repeat(236)}.txt`],
  ['an emoji', '👩‍👩‍👧.png', '👩_👩_👧.png'],
];

describe('a name that is taken', () => {
  test.each(decisions)(
    'with %s is stored under the name that was decided before',
    async (_case, name, stored) => {
      const begun = await portal.begin(request);
      const uploadId = await portal.send(begun, { name, content: 'content' });
      expect(storedOf(begun)).toEqual([stored]);
      const { files } = await portal.status(begun);
      expect(files).toMatchObject([{ uploadId, name: stored, state: 'stored' }]);
      expect(await uploadsOfSubmission(portal, begun)).toMatchObject([
        { sentName: name, targetPath: stored },
      ]);
    },
  );

  test('with a folder is kept in it, below the folder of the sending', async () => {
    const begun = await portal.begin(request);
    await portal.send(begun, { name: 'a.txt', relativePath: '2026/証憑/a.txt', content: 'a' });
    await portal.send(begun, { name: 'a.txt', relativePath: 'a.txt', content: 'b' });
    expect(storedOf(begun)).toEqual(['2026/', '2026/証憑/', '2026/証憑/a.txt', 'a.txt']);
  });
});

const twins: [string, string[], string[]][] = [
  ['two files of one name', ['a.pdf', 'a.pdf'], ['a (2).pdf', 'a.pdf']],
  ['names that differ in case', ['Report.PDF', 'report.pdf'], ['Report.PDF', 'report (2).pdf']],
  ['names that differ in composition', ['が.txt', 'か\u3099.txt'], ['が (2).txt', 'が.txt']],
  ['names that differ in a space at the end', ['a.txt', 'a.txt '], ['a (2).txt', 'a.txt']],
  ['names that differ in a zero-width character', ['a\u200b.txt', 'a\u200c.txt'], ['a_ (2).txt', 'a_.txt']],
  ['three of one name, without an ending', ['x', 'x', 'x'], ['x', 'x (2)', 'x (3)']],
  ['a name that looks numbered', ['a (2).txt', 'a.txt', 'a.txt'], ['a (2).txt', 'a (3).txt', 'a.txt']],
];

describe('twins in one sending', () => {
  test.each(twins)('%s: both are kept, each with its bytes', async (_case, names, stored) => {
    const begun = await portal.begin(request);
    for (const [n, name] of names.entries()) await portal.send(begun, { name, content: `content ${n}` });
    expect(storedOf(begun)).toEqual(stored.toSorted());
    const contents = await Promise.all(
      filesOf(portal, request, begun).map(async (path) => (await contentOf(portal, path)).toString()),
    );
    expect(contents.toSorted()).toEqual(names.map((_, n) => `content ${n}`));
  });

  test('admitted at the same moment: every one is kept', async () => {
    const begun = await portal.begin(request);
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => portal.send(begun, { name: 'same.txt', content: `content ${n}` })),
    );
    expect(storedOf(begun)).toEqual(['same.txt', ...[2, 3, 4, 5].map((n) => `same (${n}).txt`)].toSorted());
  });

  test('a file that somebody put there in Nextcloud is not overwritten', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    await portal.send(begun, { name: 'before.txt', content: 'makes the folder' });
    const id = await tus.made('taken.txt', 4);
    const folder =
      storedBelow(portal, request.folder).find((path) => path.includes(begun.receiptNumber)) ?? '';
    const { url, user } = portal.standin;
    await fetch(`${url}/remote.php/dav/files/${user.id}/${encodeURI(folder)}taken.txt`, {
      method: 'PUT',
      headers: { authorization: `Basic ${Buffer.from(`${user.id}:${user.appPassword}`).toString('base64')}` },
      body: 'theirs',
    });
    expect((await tus.patch(id, 0, Buffer.from('ours'))).status).toBe(204);
    expect((await contentOf(portal, `${folder}taken.txt`)).toString()).toBe('theirs');
    expect((await contentOf(portal, `${folder}taken (2).txt`)).toString()).toBe('ours');
    expect((await portal.status(begun)).files).toContainEqual(
      expect.objectContaining({ name: 'taken (2).txt', state: 'stored' }),
    );
  });
});

describe("a submitter's own name", () => {
  test.each(['../../etc', 'a/b\\c', '%2Fetc', '\u202eevil\u0000\r\nX: 1'])(
    '%j makes one folder, inside the request',
    async (name) => {
      const begun = await portal.begin(request, { name });
      await portal.send(begun, { name: 'a.txt', content: 'a' });
      const made = storedBelow(portal, request.folder).filter((path) => path.includes(begun.receiptNumber));
      expect(made).toHaveLength(2);
      expect(made[0]?.slice(request.folder.length).split('/')).toHaveLength(2);
      expect(made[0]).not.toMatch(/[\u0000-\u001f\u202e\\]/);
    },
  );

  test('is asked for', async () => {
    const refused = await ask(portal.url, {
      method: 'POST',
      path: `/r/${request.token}/submissions`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: '\u0000 \t' }),
    });
    expect([refused.status, codeOf(refused)]).toEqual([422, 'submission.field-missing']);
  });
});
