import { readFileSync } from 'node:fs';
import { assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accentFor, accentSheet, meetingsOf, type Scheme, schemes } from '../../../web/styles/accent.ts';

const tokens = readFileSync(new URL('../../../web/styles/tokens.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = tokens.split('@media (prefers-color-scheme: dark)');

const tooLow = (accent: string, scheme: Scheme) =>
  meetingsOf(accent, scheme).filter(({ contrast, needed }) => contrast < needed);

describe.each([
  ['light', light],
  ['dark', dark],
] as const)('in the %s scheme', (name, sheet) => {
  const scheme: Scheme = schemes[name];
  const token = (of: string) => new RegExp(`--${of}: (#[0-9a-f]{6})`).exec(sheet)?.[1];

  test('what an accent meets are the colours of the style sheet', () => {
    expect(scheme.grounds).toEqual(['paper', 'sheet', 'bad-ground', 'warn-ground'].map(token));
    expect([scheme.sheet, scheme.rule, scheme.ink]).toEqual([token('sheet'), token('rule'), token('ink')]);
  });

  test('the accent of the style sheet itself can be read everywhere', () => {
    const own = { ...scheme, onAccent: token('on-accent') ?? '' };
    expect(tooLow(token('accent') ?? '', own)).toEqual([]);
    expect(token('focus')).toBe(token('accent'));
  });

  test('any colour becomes an accent that can be read everywhere', () => {
    assert(
      property(integer({ min: 0, max: 0xffffff }), (number) => {
        const color = `#${number.toString(16).padStart(6, '0')}`;
        expect(tooLow(accentFor(color, scheme), scheme)).toEqual([]);
      }),
      { numRuns: 1000, examples: [[0], [0xffffff], [0xff0000], [0xff00], [0xff], [0xffff00], [0x808080]] },
    );
  });

  test('a colour that can be read stays as it is', () => {
    const fine = accentFor('#a4cc3a', scheme);
    expect(accentFor(fine, scheme)).toBe(fine);
  });
});

test('the hue stays: a red stays red, a green green, a grey grey', () => {
  const parts = (color: string, scheme: Scheme) =>
    [1, 3, 5].map((at) => Number.parseInt(accentFor(color, scheme).slice(at, at + 2), 16)) as [
      number,
      number,
      number,
    ];
  for (const scheme of Object.values(schemes)) {
    const [red, , redsBlue] = parts('#e30613', scheme);
    expect(red).toBeGreaterThan(redsBlue + 40);
    const [greensRed, green, greensBlue] = parts('#00a651', scheme);
    expect(green).toBeGreaterThan(Math.max(greensRed, greensBlue) + 20);
    const grey = parts('#777777', scheme);
    expect(Math.max(...grey) - Math.min(...grey)).toBeLessThanOrEqual(1);
  }
});

test('the sheet sets the tokens for both schemes, and for paper the light ones', () => {
  const sheet = accentSheet('#1f5673');
  expect(sheet).toMatch(
    /^:root\{--accent:#1f5673;--on-accent:#ffffff;--focus:#1f5673\}@media screen and \(prefers-color-scheme:dark\)\{:root\{--accent:#[0-9a-f]{6};--on-accent:#171613;--focus:#[0-9a-f]{6}\}\}\n$/,
  );
});
