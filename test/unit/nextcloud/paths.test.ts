import { array, assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { isFailure } from '../../../server/lib/failure.ts';
import { encodePath, encodeSegment, pathBelow } from '../../../server/nextcloud/paths.ts';

const root = '/cloud/remote.php/dav/files/some@one';
const segment = string({ unit: 'grapheme', minLength: 1 }).filter(
  (text) => !/[\0/]|\p{Surrogate}/u.test(text) && text !== '.' && text !== '..',
);

test('every path that can be sent comes back the same from an encoded href', () => {
  assert(
    property(array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const path = `/${segments.join('/')}`;
      const encoded = encodePath(path);
      expect(encoded).toMatch(/^[\x21-\x7e]+$/);
      expect(encoded).not.toMatch(/[?#]/);
      expect(pathBelow(root, `/cloud/remote.php/dav/files/some%40one${encoded}/`)).toBe(path);
    }),
  );
});

test('a root, an absolute address and a slash at the end are understood', () => {
  expect(encodePath('/')).toBe('');
  expect(encodePath('/A//b/')).toBe('/A/b');
  expect(pathBelow(root, '/cloud/remote.php/dav/files/some%40one/')).toBe('/');
  expect(pathBelow(root, 'https://host:8443/cloud/remote.php/dav/files/some@one/a%20b')).toBe('/a b');
});

test('what lies elsewhere, or is no encoding, is no path of ours', () => {
  expect(pathBelow(root, '/cloud/remote.php/dav/files/some%40one-else/a')).toBeUndefined();
  expect(pathBelow(root, '/remote.php/dav/files/some%40one/a')).toBeUndefined();
  expect(pathBelow(root, `${root}/%E0%A4%A`)).toBeUndefined();
});

test.each(['a/b', '/a/../b', '/./a', '/a\0', '/\ud800', 'x'])(
  '%j is refused before anything is sent',
  (path) => {
    expect(() => encodePath(path)).toThrow(expect.objectContaining({ code: 'nextcloud.rejected' }));
    expect(encodePath(`/good`)).toBe('/good');
  },
);

test.each(['', '.', '..', 'a/b'])('%j is no single segment', (text) => {
  const error = (() => {
    try {
      return encodeSegment(text);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(isFailure(error, 'nextcloud.rejected')).toBe(true);
});
