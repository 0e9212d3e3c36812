import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { verified } from '../../../server/importer/verified.ts';
import { Failure } from '../../../server/lib/failure.ts';

const text = Buffer.from('what was stored');
const expected = { sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
const read = (source: Buffer | Readable) =>
  buffer(verified(source instanceof Readable ? source : Readable.from([source]), expected));

test('the bytes that were stored pass unchanged', async () => {
  expect(await read(text)).toEqual(text);
});

test('an empty file passes', async () => {
  const sha256 = createHash('sha256').digest('hex');
  expect(await buffer(verified(Readable.from([]), { sizeBytes: 0, sha256 }))).toHaveLength(0);
});

test('other bytes of the same length fail at the end, for good', async () => {
  const other = Buffer.from(text);
  other[0] = 0;
  await expect(read(other)).rejects.toMatchObject({ code: 'upload.integrity', retry: 'never' });
});

test('more bytes fail for good, fewer may pass another time', async () => {
  await expect(read(Buffer.concat([text, text]))).rejects.toMatchObject({ retry: 'never' });
  await expect(read(text.subarray(1))).rejects.toMatchObject({ code: 'upload.integrity', retry: 'later' });
});

test('what the source fails with comes through, and a reader who goes away ends the source', async () => {
  const failing = new Readable({ read() {} });
  failing.push(text.subarray(0, 3));
  const reading = read(failing);
  failing.destroy(new Failure('nextcloud.stalled', { retry: 'later' }));
  await expect(reading).rejects.toMatchObject({ code: 'nextcloud.stalled' });

  const endless = new Readable({ read() {} });
  const ended = new Promise((resolve) => endless.once('close', resolve));
  verified(endless, expected).destroy();
  await ended;
  expect(endless.destroyed).toBe(true);
});
