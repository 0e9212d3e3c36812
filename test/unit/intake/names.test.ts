import { assert, constantFrom, oneof, pre, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  baseNameRules,
  folderName,
  freePath,
  itemFolder,
  maxNameBytes,
  numberedPath,
  pathKey,
  storedName,
  storedPath,
} from '../../../server/intake/rules/names.ts';
import { isFailure } from '../../../server/lib/failure.ts';

/** Text that likes what is dangerous in a name. */
const nasty = () =>
  oneof(
    string({ unit: 'grapheme' }),
    string({ unit: 'binary' }),
    string({
      unit: constantFrom(
        '.',
        '/',
        '\\',
        ' ',
        '\0',
        '\u202e',
        '\u200b',
        '\ufeff',
        'a',
        'A',
        '%2f',
        '.part',
        'か\u3099',
        '書',
        '\n',
      ),
    }),
  );

/** Undefined when it is refused by a rule about names. Any other error is one. */
const attempt = (work: () => string): string | undefined => {
  try {
    return work();
  } catch (error) {
    if (isFailure(error) && error.code.startsWith('upload.name-')) return undefined;
    throw error;
  }
};

const stored = (sent: string): string | undefined => attempt(() => storedName(sent, baseNameRules));

describe('the name under which a file is stored', () => {
  test('is one segment that any system keeps, whatever was sent; or the refusal names a rule', () => {
    assert(
      property(nasty(), (sent) => {
        const name = stored(sent);
        pre(name !== undefined);
        expect(name).not.toBe('');
        expect(name).not.toMatch(
          /[/\\\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
        );
        expect(name).not.toMatch(/^\s|[\s.]$/);
        expect(name).toBe(name?.normalize('NFC'));
        expect(Buffer.byteLength(name ?? '')).toBeLessThanOrEqual(maxNameBytes);
        expect(name?.toLowerCase()).not.toMatch(/^\.htaccess$|\.part$|\.filepart$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('is stored as it is when it is sent again', () => {
    assert(
      property(nasty(), (sent) => {
        const name = stored(sent);
        pre(name !== undefined);
        expect(stored(name ?? '')).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['報告書.pdf', 'a b.txt', '.profile', 'CON', 'x'.repeat(maxNameBytes), 'été.txt'])(
    'is the one that was sent, where nothing is wrong with it: %s',
    (name) => expect(storedName(name, baseNameRules)).toBe(name),
  );

  test('obeys what the server forbids beside', () => {
    const windows = {
      ...baseNameRules,
      forbiddenBasenames: ['con', 'nul'],
      forbiddenCharacters: [':', '?'],
      forbiddenExtensions: ['.exe'],
    };
    for (const name of ['CON', 'con.txt', 'NUL', 'a:b', 'what?', 'Setup.EXE'])
      expect(() => storedName(name, windows)).toThrow('upload.name-forbidden');
    for (const name of ['CONTROL.txt', 'a-b', 'Setup.exe.pdf']) expect(storedName(name, windows)).toBe(name);
  });
});

describe('the path of a file', () => {
  test('never leaves the folder of its submission', () => {
    assert(
      property(nasty(), nasty(), (folder, name) => {
        const path = attempt(() => storedPath(folder, name, baseNameRules));
        pre(path !== undefined);
        for (const segment of (path ?? '').split('/')) expect(['', '.', '..']).not.toContain(segment);
        expect(path).not.toMatch(/^\/|\\|\0/);
      }),
      { numRuns: 2000 },
    );
  });

  test('is numbered before its ending', () => {
    expect([1, 2, 12].map((n) => numberedPath('a/b.tar.gz', n))).toEqual([
      'a/b.tar.gz',
      'a/b.tar (2).gz',
      'a/b.tar (12).gz',
    ]);
    expect(numberedPath('a.b/c', 2)).toBe('a.b/c (2)');
    expect(numberedPath('.profile', 2)).toBe('.profile (2)');
  });

  test('has one key with its twins in case and composition, and with no other', () => {
    expect(pathKey('か\u3099/A.TXT')).toBe(pathKey('が/a.txt'));
    expect(pathKey('a.txt')).not.toBe(pathKey('a (2).txt'));
  });
});

describe('a folder named after what people typed', () => {
  test('is one segment, or empty, whatever they typed', () => {
    assert(
      property(nasty(), (words) => {
        const name = folderName(words);
        expect(name).not.toMatch(/[/\\\u0000-\u001f\u202e]|^\.|^\s|[\s.]$|\.part$/i);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(120);
        expect(() => encodeURIComponent(name)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps the words', () => {
    expect(folderName('山田 太郎')).toBe('山田 太郎');
    expect(folderName('../../etc')).toBe('etc');
    expect(folderName('Report.part')).toBe('Report');
    expect(folderName('half \ud83d a character')).toBe('half a character');
  });
});

describe('the folder of a checklist item', () => {
  const strict = {
    ...baseNameRules,
    forbiddenBasenames: ['con'],
    forbiddenExtensions: ['.part', '.lnk'],
    forbiddenCharacters: ['/', '\\', ';'],
  };

  test('is one that files can be stored in, whatever its label and the server', () => {
    assert(
      property(nasty(), (label) => {
        expect(() => storedPath(itemFolder(label, strict), 'a.txt', strict)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['納税証明書（3か月以内）', '納税証明書（3か月以内）'],
    ['Tax / certificate; 2026', 'Tax certificate 2026'],
    ['...', 'item'],
    ['CON', '_CON_'],
    ['list.lnk', '_list.lnk_'],
  ])('keeps the words of %s', (label, folder) => {
    expect(itemFolder(label, strict)).toBe(folder);
  });
});

describe('a place among others', () => {
  const keys = (...paths: string[]) => paths.map(pathKey);

  test('is kept when nobody has it', () => {
    expect(freePath('a/b.txt', keys('a/c.txt', 'b.txt'))).toBe('a/b.txt');
  });

  test.each([
    ['another file', 'b.txt', ['B.TXT'], 'b (2).txt'],
    ['two others', 'b.txt', ['b.txt', 'b (2).txt'], 'b (3).txt'],
    ['a folder of its name', 'a', ['a/b'], 'a (2)'],
    ['a file where its folder would be', 'a/b', ['a'], 'a (2)/b'],
    ['a file deeper in its way', 'x/a/b', ['x/a'], 'x/a (2)/b'],
  ])('gives way to %s', (_, path, taken, free) => {
    expect(freePath(path, keys(...taken))).toBe(free);
  });
});
