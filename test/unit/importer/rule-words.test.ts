import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { problemsWith, ruleInJapanese } from '../../../server/importer/ledger/rule-words.ts';

const folder = join(import.meta.dirname, '../../../server/importer/destinations');

test('every rule of a destination’s settings has its words in Japanese', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const sources = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  const rules = sources.flatMap((source) =>
    [...source.matchAll(/error:\s*(?:'([^']+)'|"([^"]+)")/g)].map(
      ([, single, double]) => single ?? double ?? '',
    ),
  );
  expect(rules.length).toBeGreaterThan(40);
  expect(rules.filter((rule) => ruleInJapanese(rule) === undefined)).toEqual([]);
});

test('what does not fit is named by its label and told in both languages, zod’s own rules too, and never by its value', () => {
  const schema = z.object({
    dir: z.string().refine((dir) => dir.startsWith('/'), { error: 'expected an absolute path' }),
    port: z.number(),
  });
  const labels = { port: { label: { en: 'Port', ja: 'ポート番号' } } };
  const [dir, port] = problemsWith(schema, { dir: 'secret', port: 'secret' }, 'config', labels);
  expect(dir).toEqual({ en: 'config.dir: expected an absolute path', ja: 'dir: 絶対パスを入力してください' });
  expect(port?.en).toContain('config.port: Invalid input');
  expect(port?.ja).toMatch(/^ポート番号: \P{ASCII}/u);
  expect(JSON.stringify([dir, port])).not.toContain('secret');
  expect(problemsWith(schema, { dir: '/in', port: 22 }, 'config', labels)).toEqual([]);
});
