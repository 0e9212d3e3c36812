import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createRunningHashes } from '../../../server/upload/hashes.ts';

const hashOf = (text: string) => createHash('sha256').update(text);

test('goes on from an acknowledged offset, as often as it is asked', () => {
  const hashes = createRunningHashes();
  hashes.remember('upl_1', 5, hashOf('hello'));
  for (let time = 0; time < 2; time += 1)
    expect(hashes.resume('upl_1', 5)?.update(' world').digest('hex')).toBe(
      hashOf('hello world').digest('hex'),
    );
});

test('knows nothing of an offset that it has not seen acknowledged', () => {
  const hashes = createRunningHashes();
  hashes.remember('upl_1', 5, hashOf('hello'));
  expect(hashes.resume('upl_1', 4)).toBeUndefined();
  expect(hashes.resume('upl_2', 5)).toBeUndefined();
});

test('a file that begins has the hash of nothing', () => {
  expect(createRunningHashes().resume('upl_1', 0)?.digest('hex')).toBe(hashOf('').digest('hex'));
});

test('drops the one unused longest when there are too many', () => {
  const hashes = createRunningHashes(2);
  for (const id of ['a', 'b', 'a', 'c']) hashes.remember(id, 1, hashOf(id));
  expect(hashes.resume('b', 1)).toBeUndefined();
  expect(hashes.resume('a', 1)).toBeDefined();
  expect(hashes.resume('c', 1)).toBeDefined();
});
