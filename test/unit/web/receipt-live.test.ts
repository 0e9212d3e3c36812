import { expect, test } from 'vitest';
import type { FileProgress, ReceiptProgress } from '../../../server/intake/describe-receipt.ts';
import { messagesFor } from '../../../web/i18n/index.ts';
import { askAgainMs, saidOf } from '../../../web/receipt/changes.ts';

const words = messagesFor('en').public.receipt;
const setup = { language: 'en', messages: words.live, states: words.state } as const;

const progress = (
  states: FileProgress['state'][],
  state: ReceiptProgress['state'] = 'sealed',
): ReceiptProgress => ({
  state,
  handsOn: true,
  isFinal: false,
  notArrived: [],
  files: states.map((each, index) => ({ name: `${index + 1}.pdf`, sizeBytes: 1, state: each })),
});

test('what has come further is said by its name, and nothing else', () => {
  const before = progress(['stored', 'stored']);
  expect(saidOf(setup, before, progress(['stored', 'imported']))).toBe('2.pdf: Handed on.');
  expect(saidOf(setup, before, before)).toBe('');
});

test('many at once are counted', () => {
  const many = (state: FileProgress['state']) => progress(Array.from({ length: 4 }, () => state));
  expect(saidOf(setup, many('stored'), many('imported'))).toBe('Status of 4 files updated.');
});

test('the seal is said as one thing', () => {
  expect(saidOf(setup, progress(['received'], 'finishing'), progress(['stored']))).toBe(words.live.ready);
});

test('it is asked ever more seldom, but not less than once a minute', () => {
  expect([0, 1, 2].map(askAgainMs)).toEqual([3000, 4500, 6750]);
  expect(askAgainMs(1000)).toBe(60_000);
});
