import { expect, test } from 'vitest';
import { z } from 'zod';
import { readSettings, settingFields } from '../../../server/http/staff/setting-fields.ts';

const kind = {
  words: { settings: {} },
  configSchema: z.object({
    upToBytes: z
      .int()
      .nonnegative()
      .default(8 * 1024 ** 2),
    port: z.int().optional(),
  }),
};
const read = (text: string) => readSettings(kind, { 'config.upToBytes': text }).upToBytes;
const shown = (upToBytes: number) => settingFields(kind, { upToBytes })[0]?.value;

test('a limit in bytes is shown and typed as a size', () => {
  expect(settingFields(kind, {})[0]).toMatchObject({ kind: 'size', preset: '8 MB' });
  for (const [text, bytes] of [
    ['8 MB', 8 * 1024 ** 2],
    ['8mb', 8 * 1024 ** 2],
    ['１．５ GB', 1.5 * 1024 ** 3],
    ['500 KB', 512_000],
    ['8 MiB', 8 * 1024 ** 2],
    ['8M', 8 * 1024 ** 2],
    ['1000000', 1_000_000],
    ['0', 0],
  ] as const)
    expect([text, read(text)]).toEqual([text, bytes]);
});

test('what is shown is what is read again', () => {
  for (const bytes of [0, 1, 1023, 1024, 1_000_000, 8 * 1024 ** 2, 1024 ** 5 * 3])
    expect(read(shown(bytes) ?? '')).toBe(bytes);
});

test('what is no size stays as it was typed, to be refused', () => {
  for (const text of ['much', '8 MiBs', '-1', '1 000', 'MB'])
    expect(kind.configSchema.safeParse({ upToBytes: read(text) }).success).toBe(false);
});
