import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../server/importer/destinations/folder/config.ts';
import { fold, numbered, planPaths, safeName } from '../../../server/importer/destinations/names.ts';

describe('a name made safe', () => {
  test.each([
    ['ordinary report.pdf', 'ordinary report.pdf'],
    ['確定申告 2026.pdf', '確定申告 2026.pdf'],
    ['..', '__'],
    ['../../etc/passwd', '___.._etc_passwd'],
    ['a\\b', 'a_b'],
    ['/etc/passwd', '_etc_passwd'],
    ['.htaccess', '_htaccess'],
    ['line\nbreak\0', 'line_break_'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['com¹.log', '_com¹.log'],
    ['console', 'console'],
    ['trailing. . ', 'trailing'],
    ['photo\u202Egpj.exe', 'photo_gpj.exe'],
    ['zero\u200Bwidth', 'zero_width'],
    ['が', 'が'],
    ['', '_'],
    [' ', '_'],
    ['half \uD800 pair', 'half \uFFFD pair'],
  ])('%j becomes %j', (text, name) => {
    expect(safeName(text)).toBe(name);
  });

  test('a long name is cut between characters and keeps its extension', () => {
    const name = safeName(`${'長'.repeat(200)}.tar.gz`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240);
    expect(name).toMatch(/^長+\.gz$/);
  });

  test('a device is not uncovered by the cut', () => {
    for (const text of [`con.${'x'.repeat(300)}`, `con${' '.repeat(300)}x`]) {
      expect(safeName(text)).toMatch(/^_con/);
      expect(safeName(safeName(text))).toBe(safeName(text));
    }
  });

  test('whatever is sent, the name is one harmless segment, and made safe again stays as it is', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 400 }), (text) => {
        const name = safeName(text);
        expect(name).not.toMatch(/^$|^[.\s]|[.\s]$|[/\\:*?"<>|\p{Cc}\p{Bidi_Control}]/u);
        expect(Buffer.byteLength(numbered(name, 100))).toBeLessThan(255);
        expect(safeName(name)).toBe(name);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a number goes before the extension', () => {
  expect(numbered('a.tar.gz', 2)).toBe('a.tar (2).gz');
  expect(numbered('README', 3)).toBe('README (3)');
});

describe('the plan of a delivery', () => {
  const files = [
    { id: 'f1', path: 'a?.txt' },
    { id: 'f2', path: 'a*.txt' },
    { id: 'f3', path: 'A_.TXT' },
    { id: 'f4', path: 'manifest.json' },
    { id: 'f5', path: 'd?/x' },
    { id: 'f6', path: 'd*/x' },
    { id: 'f7', path: 'd_' },
  ];

  test('names that become equal, on any file system, stay apart; the manifest keeps its own', () => {
    const plan = planPaths(files, { reservedNames: ['manifest.json'] });
    const paths = files.map(({ id }) => [...plan.of(id).folders, plan.of(id).name].join('/'));
    expect(new Set(paths.map(fold)).size).toBe(files.length);
    expect(plan.of('f4').name).toBe('manifest (2).json');
    expect(plan.isTaken([], 'Manifest.JSON')).toBe(true);
    expect(plan.isTaken([], 'free')).toBe(false);
  });

  test('it is the same in whatever order the files come', () => {
    const plans = [files, files.toReversed()].map((order) => planPaths(order));
    for (const { id } of files) expect(plans[0]?.of(id)).toEqual(plans[1]?.of(id));
  });
});

describe('the configuration of a folder', () => {
  const accepts = (config: unknown) => configSchema.safeParse(config).success;

  test('is a folder and, by default, request and receipt below it', () => {
    expect(configSchema.parse({ dir: '/srv/in' }).template).toBe('{request}/{receipt}');
    expect(accepts({ dir: '/srv/in', template: 'in/{number}' })).toBe(true);
  });

  test.each([
    { dir: 'relative' },
    { dir: '/a\0b' },
    {},
    { dir: '/srv/in', template: '{request}' },
    { dir: '/srv/in', template: '../{receipt}' },
    { dir: '/srv/in', template: '/{receipt}' },
    { dir: '/srv/in', template: '{receipt}/{password}' },
  ])('%j is refused', (config) => {
    expect(accepts(config)).toBe(false);
  });
});
