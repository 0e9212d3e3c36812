import { describe, expect, test } from 'vitest';
import { failureCodes } from '../../../server/lib/failure.ts';
import {
  chooseLanguage,
  formatBytes,
  formatDistance,
  formatMoment,
  formatSeconds,
  formatShare,
  isNoticeCode,
  isZone,
  languages,
  messagesFor,
  noticeCodes,
} from '../../../web/i18n/index.ts';
import { fill, fillCount } from '../../../web/i18n/template.ts';

/** Every text of a catalogue by its path; functions are called with values for whatever they may name. */
const params = {
  limit: 3,
  limitBytes: 1024,
  afterSeconds: 90,
  name: 'a.pdf',
  browser: 'Firefox',
  system: 'Windows',
  address: '192.0.2.1',
  label: 'Company',
  allowed: '.pdf',
  title: 'T',
  receipt: 'R-1',
  destination: 'D',
  account: 'A',
  file: 'F',
  problem: 'permissions',
  code: 'c',
  count: 2,
  size: '1 KB',
  distance: 'now',
  until: 'later',
  at: 'now',
  reference: 'ref',
  bytes: '1',
  types: '.pdf',
  number: 1,
  minutes: 10,
  hours: 24,
  kind: 'folder',
  waiting: 1,
  delivering: 2,
  delivered: 3,
  dead: 4,
  labels: 'A, B',
  request: 'Papers',
  folder: '/Papers',
  user: 'hanako',
  done: 1,
  sent: '1 KB',
  submissions: 3,
  files: 4,
  login: 'sato',
  owner: 'Sato',
  password: 'P',
  rules: 'R',
  by: 'Sato',
};

const textsOf = (value: unknown, path = '', values: object = params): [string, string][] => {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String((value as (p: unknown) => unknown)(values))]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`, values));
};

describe.each(languages)('the words in %s', (language) => {
  const t = messagesFor(language);

  test('are there, and hold no value that is none', () => {
    const texts = textsOf(t);
    expect(texts.length).toBeGreaterThan(200);
    expect(texts.filter(([, text]) => text.trim() === '' || /undefined|\[object|NaN/.test(text))).toEqual([]);
  });

  test('write large numbers with their groups', () => {
    const large = Object.fromEntries(
      Object.entries(params).map(([key, value]) => [key, typeof value === 'number' ? 12_345 : value]),
    );
    // Names a receipt, or a row of a form.
    const texts = textsOf(t, '', { ...large, number: 1 });
    expect(texts.filter(([, text]) => text.includes('12345'))).toEqual([]);
    expect(texts.filter(([, text]) => text.includes('12,345')).length).toBeGreaterThan(30);
  });

  test.each(failureCodes)('say what %s means, with values and without', (code) => {
    for (const values of [{}, params]) {
      const words = t.failure[code](values);
      expect(words.length).toBeGreaterThan(20);
      expect(words).not.toMatch(/undefined|\[object|NaN|\s{2}|“”|「」/);
    }
  });

  test.each(noticeCodes)('tell staff of %s, with values and without', (code) => {
    for (const values of [{}, params]) {
      const words = t.notice[code](values);
      expect(words).not.toMatch(/undefined|\[object|NaN|\s{2}|“”|「」/);
    }
  });
});

test('both languages have the same templates with the same places', () => {
  const places = (language: 'en' | 'ja') =>
    textsOf([messagesFor(language).send, messagesFor(language).public.verify.compare])
      .filter(([path]) => !path.endsWith('.one'))
      .map(([path, text]) => [path, [...text.matchAll(/\{\w+\}/g)].map(String).sort()]);
  expect(places('ja')).toEqual(places('en'));
  expect(places('en').filter(([, found]) => found?.length !== 0).length).toBeGreaterThan(10);
});

test('Japanese words are Japanese: none was left in English', () => {
  const english = new Map(textsOf(messagesFor('en')));
  const same = textsOf(messagesFor('ja')).filter(([path, text]) => english.get(path) === text);
  expect(same.map(([path]) => path).sort()).toEqual([
    '.layout.product',
    '.public.receipt.sha256',
    '.send.receipt.sha256',
  ]);
});

test('the limit that was broken is named', () => {
  const en = messagesFor('en').failure;
  expect(en['upload.too-large']({ name: 'a.pdf', limitBytes: 5 * 1024 ** 3 })).toContain('5 GB');
  expect(en['upload.type-not-allowed']({ allowed: '.pdf .docx' })).toContain('.pdf .docx');
  expect(messagesFor('ja').failure['auth.throttled']({ afterSeconds: 90 })).toContain('2分');
});

describe('the language', () => {
  test.each([
    ['ja,en;q=0.8', undefined, 'ja'],
    ['en-US,en;q=0.9,ja;q=0.8', undefined, 'en'],
    ['de,ja;q=0.5,en;q=0.4', undefined, 'ja'],
    ['fr', undefined, 'en'],
    ['ja;q=0, en', undefined, 'en'],
    [undefined, undefined, 'en'],
    ['en', 'ja', 'ja'],
    ['ja', 'xx', 'ja'],
    ['ja;q=abc', '', 'en'],
    [','.repeat(10_000), '__proto__', 'en'],
  ] as const)('for %s with the cookie %s is %s', (header, cookie, language) => {
    expect(chooseLanguage(header, cookie)).toBe(language);
  });
});

describe('numbers and times', () => {
  test.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1536, '1.5 KB'],
    [1024 ** 2, '1 MB'],
    [1024 ** 2 - 1, '1,023 KB'],
    [1.999 * 1024 ** 3, '1.9 GB'],
    [250 * 1024 ** 2, '250 MB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(formatBytes('en', bytes)).toBe(words);
  });

  test('100% is said only when it is true', () => {
    expect(formatShare('en', 0.9999)).toBe('99%');
    expect(formatShare('en', 1)).toBe('100%');
  });

  test('a moment is told in the zone that was meant', () => {
    const at = new Date('2026-11-22T08:00:00Z');
    expect(formatMoment('en', at, 'Asia/Tokyo')).toMatch(/22 November 2026.*17:00/);
    expect(formatMoment('ja', at, 'America/New_York')).toMatch(/2026年11月22日.*03:00/);
    expect(formatMoment('en', at, 'Asia/Mars')).toMatch(/08:00 UTC/);
    expect([isZone('Asia/Tokyo'), isZone('Asia/Mars'), isZone('')]).toEqual([true, false, false]);
  });

  test('a distance is cut to whole units', () => {
    const now = new Date('2026-11-22T08:00:00Z');
    const after = (seconds: number) => formatDistance('en', new Date(now.getTime() + seconds * 1000), now);
    expect(after(-12)).toBe('12 seconds ago');
    expect(after(3 * 86_400 + 5)).toBe('in 3 days');
    expect(after(47 * 3600)).toBe('in 1 day');
    expect(after(3599)).toBe('in 59 minutes');
    expect(formatDistance('ja', new Date(now.getTime() + 2 * 86_400_000), now)).toBe('2日後');
    expect([formatSeconds('ja', 360), formatSeconds('en', 360)]).toEqual(['6分', '6 minutes']);
  });
});

test('templates are filled, counted, and never by what a value says', () => {
  expect(fill('en', '{a} of {b}', { a: 1234, b: '{a}' })).toBe('1,234 of {a}');
  expect(fillCount('en', { one: '{count} file', other: '{count} files' }, 1)).toBe('1 file');
  expect(fillCount('en', { one: '{count} file', other: '{count} files' }, 2)).toBe('2 files');
  expect(fillCount('ja', { other: '{count}個' }, 1)).toBe('1個');
});

test('a notice that this version does not know is not taken for one that it does', () => {
  expect(isNoticeCode('share.gone')).toBe(true);
  expect(isNoticeCode('toString')).toBe(false);
});
