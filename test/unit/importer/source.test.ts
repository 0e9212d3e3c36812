import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openStored, type Shelf } from '../../../server/importer/source.ts';
import { Failure } from '../../../server/lib/failure.ts';

const content = 'stored';
const stored = {
  requestFolder: '/Uketori/Papers',
  path: '261122-AAAAA Yamada/a/report.txt',
  fileId: 7,
  sizeBytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};
const never = new AbortController().signal;

/** Files by path; folders are what the paths go through. */
const sourceOf = (files: Record<string, { fileId: number; content: string }>): Shelf => ({
  files: {
    get(path) {
      const file = files[path];
      return file === undefined
        ? Promise.reject(new Failure('nextcloud.not-found'))
        : Promise.resolve({
            body: Readable.from([Buffer.from(file.content)]),
            sizeBytes: file.content.length,
          });
    },
    list(folder) {
      const below = Object.keys(files).filter((path) => path.startsWith(`${folder}/`));
      const names = new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''));
      return Promise.resolve(
        [...names].map((name) => {
          const path = `${folder}/${name}`;
          const file = files[path];
          return { path, kind: file === undefined ? 'directory' : 'file', fileId: file?.fileId ?? 0 };
        }),
      );
    },
  },
});

test('a file is read from where it was stored', async () => {
  const source = sourceOf({ '/Uketori/Papers/261122-AAAAA Yamada/a/report.txt': { fileId: 7, content } });
  expect(await text(await openStored(source, stored, never))).toBe(content);
});

test('a file that staff have moved within the request is found by its number', async () => {
  const source = sourceOf({
    '/Uketori/Papers/done/others/x.txt': { fileId: 8, content: 'other!' },
    '/Uketori/Papers/done/renamed.txt': { fileId: 7, content },
  });
  expect(await text(await openStored(source, stored, never))).toBe(content);
});

test('a file that is nowhere is waited for', async () => {
  await expect(openStored(sourceOf({}), stored, never)).rejects.toMatchObject({
    code: 'nextcloud.not-found',
    retry: 'later',
  });
  await expect(openStored(sourceOf({}), { ...stored, requestFolder: null }, never)).rejects.toMatchObject({
    code: 'nextcloud.not-found',
    retry: 'later',
  });
});

test('a file of another size is not handed on', async () => {
  const source = sourceOf({
    '/Uketori/Papers/261122-AAAAA Yamada/a/report.txt': { fileId: 7, content: 'changed by staff' },
  });
  await expect(openStored(source, stored, never)).rejects.toMatchObject({
    code: 'upload.integrity',
    retry: 'never',
  });
});
