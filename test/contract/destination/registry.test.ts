import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settingFields } from '../../../server/http/staff/setting-fields.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';

const keysOf = (schema: z.ZodType) =>
  Object.keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {});

test.each([...destinationModules.keys()])(
  '%s is put through the suite of all destinations, and has a README',
  (kind) => {
    expect(existsSync(join(import.meta.dirname, kind, 'conformance.test.ts'))).toBe(true);
    const room = join(import.meta.dirname, '../../../server/importer/destinations', kind);
    expect(existsSync(join(room, 'README.md'))).toBe(true);
  },
);

describe.each([...destinationModules.values()])(
  'the words of $kind',
  ({ configSchema, secretsSchema, words }) => {
    const all = Object.values(words.settings).flatMap(({ label, hint }) => [label, ...(hint ? [hint] : [])]);

    test('name every setting and every secret, and nothing else', () => {
      const keys = [configSchema, secretsSchema].flatMap(keysOf);
      expect(Object.keys(words.settings).sort()).toEqual(keys.sort());
      const labels = Object.values(words.settings).map(({ label }) => label);
      for (const language of ['en', 'ja'] as const)
        expect(new Set(labels.map((label) => label[language])).size).toBe(labels.length);
    });

    test('show of every setting in JSON an example that it takes', () => {
      const shapes = (configSchema as z.ZodObject).shape;
      const fields = settingFields({ words, configSchema }, {}).filter(({ kind }) => kind === 'json');
      const misfits = fields.flatMap(({ key, words: { examples = [] } }) => [
        ...(examples.length === 0 ? [key] : []),
        ...examples.filter((example) => !z.safeParse(shapes[key] ?? z.never(), JSON.parse(example)).success),
      ]);
      expect(misfits).toEqual([]);
    });

    test('say the same in both languages', () => {
      for (const { en, ja } of [words.title, words.about, ...all])
        expect([en.trim(), ja.trim()]).not.toContain('');
      for (const { en, ja } of all) {
        expect(ja).toMatch(/[ぁ-んァ-ヶ一-龠]/);
        const examples = (text: string) => text.match(/\{[^{}\s、]*\}|https?:[\w./:-]*[\w/]/g) ?? [];
        expect(examples(ja).sort()).toEqual(examples(en).sort());
      }
    });
  },
);

test.each([...destinationModules.values()])(
  '$kind says where its secrets go, if it has any',
  ({ configSchema, secretsSchema, secretsGoTo }) => {
    expect(keysOf(configSchema)).toEqual(expect.arrayContaining([...secretsGoTo]));
    expect(secretsGoTo.length > 0).toBe(keysOf(secretsSchema).length > 0);
  },
);
