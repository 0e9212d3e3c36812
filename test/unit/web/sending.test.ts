import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messagesFor } from '../../../web/i18n/index.ts';
import { isSystemFile, pathOf, uploadIdOf } from '../../../web/sending/paths.ts';
import { stepToAnnounce, totalsOf } from '../../../web/sending/progress.ts';
import { filesAtOnce, nextToStart } from '../../../web/sending/queue.ts';
import { inputOf, problemFrom } from '../../../web/sending/reply.ts';
import { isWorthRetrying, mayTryByHand, pollDelayMs, retryDelaysMs } from '../../../web/sending/retry.ts';
import {
  brokenRule,
  judged,
  missingFiles,
  noted,
  type Rules,
  ruleWords,
} from '../../../web/sending/rules.ts';
import type { ItemView } from '../../../web/sending/view.ts';
import { sampleSetup } from './sample-setup.ts';

const item = (key: string, sizeBytes: number, state: ItemView['state'], sentBytes = 0): ItemView => ({
  key,
  path: key,
  sizeBytes,
  sentBytes,
  state,
});

test('a file is held to the rules of its item beside those of the request, and takes nothing from other items', () => {
  const { language, messages } = sampleSetup({ allowedTypes: [] });
  const slot = (id: string, rules: Partial<Rules> = {}) => ({
    id,
    label: id,
    required: true,
    rules: { allowedTypes: [], ...rules },
  });
  const item = (key: string, of: string | undefined, sizeBytes = 1): ItemView => ({
    key,
    slot: of,
    path: `${key}.pdf`,
    sizeBytes,
    sentBytes: 0,
    state: 'ready',
  });
  const checklist = [slot('one', { maxFiles: 1 }), slot('two', { maxFileBytes: 10, allowedTypes: ['pdf'] })];
  const setup = { rules: { allowedTypes: [], maxFiles: 4 }, checklist, language, messages };
  const items = [
    item('a', 'one'),
    item('b', 'one'),
    item('c', 'two', 11),
    item('d', 'two'),
    item('e', undefined, 11),
    item('f', undefined),
    item('g', undefined),
  ];
  const shown = noted(judged(items, setup), setup, new Set());
  // What to do about it is said in the list only: the rule goes on to the receipt.
  expect(shown.map(({ key, words, note }) => [key, words, note])).toEqual([
    ['a', undefined, undefined],
    ['b', 'Too many files: only 1 is accepted.', messages.files.makeRoom],
    ['c', 'Too large: one file may have up to 10 B.', undefined],
    ['d', undefined, undefined],
    ['e', undefined, undefined],
    ['f', undefined, undefined],
    ['g', 'Too many files: up to 4 are accepted.', messages.files.makeRoom],
  ]);
});

test('what is missing, or chosen and of no use, is said at each required item; without a checklist, where files are chosen', () => {
  const words = messagesFor('en').send.problem;
  const slot = (id: string, required: boolean) => ({ id, label: id, required, rules: { allowedTypes: [] } });
  const item = (of: string | undefined, state: ItemView['state']): ItemView => ({
    key: 'k',
    slot: of,
    path: 'a',
    sizeBytes: 1,
    sentBytes: 0,
    state,
  });
  const checklist = [slot('a', false), slot('b', true), slot('c', true)];
  expect(missingFiles([item('c', 'ready'), item('b', 'refused')], checklist, words)).toEqual({
    'files.b': words.itemNoneFits,
  });
  expect(missingFiles([item('c', 'ready')], checklist, words)).toEqual({ 'files.b': words.itemMissing });
  expect(missingFiles([item(undefined, 'refused')], [slot('a', false)], words)).toEqual({
    files: words.noneFits,
  });
  expect(missingFiles([item('b', 'ready'), item('c', 'ready')], checklist, words)).toEqual({});
  expect(missingFiles([], [slot('a', false)], words)).toEqual({ 'files.a': words.noFiles });
  expect(missingFiles([], [], words)).toEqual({ files: words.noFiles });
});

test('a file without a byte is none for a required item, and that is said beside it; elsewhere it is only remarked', () => {
  const { messages } = sampleSetup({ allowedTypes: [] });
  const slot = (id: string, required: boolean) => ({ id, label: id, required, rules: { allowedTypes: [] } });
  const checklist = [slot('must', true), slot('may', false)];
  const item = (key: string, of: string, sizeBytes: number): ItemView => ({
    key,
    slot: of,
    path: key,
    sizeBytes,
    sentBytes: 0,
    state: 'ready',
  });
  const empty = [item('a', 'must', 0), item('b', 'may', 0)];
  const { itemEmpty } = messages.problem;
  expect(missingFiles(empty, checklist, messages.problem)).toEqual({ 'files.must': itemEmpty });
  const both = [...empty, item('c', 'must', 1)];
  expect(missingFiles(both, checklist, messages.problem)).toEqual({});
  expect(noted(both, { checklist, messages }, new Set()).map(({ note }) => note)).toEqual([
    messages.files.emptyRequired,
    messages.files.empty,
    undefined,
  ]);
});

describe('the queue', () => {
  test('starts small files first, and as many as may be under way', () => {
    const items = [
      item('big', 900, 'waiting'),
      item('a', 5, 'waiting'),
      item('mid', 50, 'waiting'),
      item('b', 5, 'waiting'),
    ];
    expect(nextToStart(items)).toEqual(['a', 'b', 'mid']);
  });

  test('counts what is under way, interrupted files too', () => {
    const items = [
      item('x', 1, 'sending'),
      item('y', 1, 'interrupted'),
      item('a', 5, 'waiting'),
      item('b', 6, 'waiting'),
    ];
    expect(nextToStart(items)).toEqual(['a']);
  });

  test('never has more than three under way, and never lets a file wait when there is room', () => {
    const states = fc.constantFrom<ItemView['state'][]>(
      'waiting',
      'sending',
      'interrupted',
      'arrived',
      'failed',
      'refused',
    );
    fc.assert(
      fc.property(fc.array(fc.record({ state: states, sizeBytes: fc.nat() })), (list) => {
        const items = list.map((entry, index) => item(String(index), entry.sizeBytes, entry.state));
        const busy = items.filter(({ state }) => state === 'sending' || state === 'interrupted').length;
        const waiting = items.filter(({ state }) => state === 'waiting').length;
        expect(nextToStart(items)).toHaveLength(Math.min(waiting, Math.max(0, filesAtOnce - busy)));
      }),
    );
  });
});

describe('trying again', () => {
  test('goes on for half an hour, at once at first', () => {
    const minutes = retryDelaysMs.reduce((sum, delay) => sum + delay, 0) / 60_000;
    expect(retryDelaysMs.slice(0, 6)).toEqual([0, 1000, 3000, 5000, 10_000, 20_000]);
    expect(minutes).toBeGreaterThan(29);
    expect(minutes).toBeLessThan(35);
  });

  test.each([0, 408, 409, 423, 429, 500, 502, 503, 504])('waits out an answer of %d', (status) => {
    expect(isWorthRetrying(status)).toBe(true);
  });

  test.each([400, 401, 403, 404, 410, 413, 422, 507])('does not wait out an answer of %d', (status) => {
    expect(isWorthRetrying(status)).toBe(false);
  });

  test('believes the code before the status', () => {
    expect(isWorthRetrying(409, 'upload.offset-mismatch')).toBe(true);
    expect(isWorthRetrying(409, 'submission.sealed')).toBe(false);
    expect(isWorthRetrying(502, 'upload.integrity')).toBe(false);
    expect(isWorthRetrying(502, 'nextcloud.failed')).toBe(true);
  });

  test('is offered by hand only where it can help', () => {
    expect([422, 413, 410, 400].map(mayTryByHand)).toEqual([false, false, false, false]);
    expect([0, 404, 503, 507].map(mayTryByHand)).toEqual([true, true, true, true]);
  });

  test('asks every second at first, and backs off to five', () => {
    expect(pollDelayMs(0)).toBe(1000);
    expect(pollDelayMs(4)).toBe(1000);
    expect(pollDelayMs(9)).toBe(3000);
    expect(pollDelayMs(1000)).toBe(5000);
  });
});

describe('paths', () => {
  test('keep the folders that were chosen, in NFC', () => {
    expect(pathOf({ name: 'a.pdf' })).toBe('a.pdf');
    expect(pathOf({ name: 'a.pdf', webkitRelativePath: '2026/証憑/a.pdf' })).toBe('2026/証憑/a.pdf');
    expect(pathOf({ name: 'か\u3099.pdf' }, 'は\u309A/')).toBe('ぱ/が.pdf');
    expect(pathOf({ name: 'a.pdf' }, '/')).toBe('a.pdf');
  });

  test('tell system files from what people meant to send', () => {
    const system = ['.DS_Store', 'x/Thumbs.db', 'x/desktop.ini', '__MACOSX/x/a.pdf', 'x/._a.pdf'];
    const meant = ['a.pdf', 'DS_Store.pdf', 'x/.gitignore', 'desktop.ini.txt'];
    expect([...system, ...meant].filter(isSystemFile)).toEqual(system);
  });

  test('the server’s id of an upload is read from its address', () => {
    expect(uploadIdOf('https://x.example/uploads/upl_1')).toBe('upl_1');
    expect(uploadIdOf('/uploads/upl%201/?a=b/c')).toBe('upl 1');
  });
});

describe('rules', () => {
  const rules = { maxFileBytes: 100, maxFiles: 2, maxBytes: 150, allowedTypes: ['pdf'] };
  const none = { files: 0, bytes: 0 };
  const rule = (path: string, sizeBytes: number, before = none) =>
    brokenRule({ path, sizeBytes }, rules, before)?.rule;

  test('let through what keeps them, to the last byte', () => {
    expect(rule('x/a.PDF', 100)).toBeUndefined();
    expect(rule('a.pdf', 50, { files: 1, bytes: 100 })).toBeUndefined();
    expect(brokenRule({ path: 'anything', sizeBytes: 1e15 }, { allowedTypes: [] }, none)).toBeUndefined();
  });

  test('name the one that is broken', () => {
    expect(rule('a.exe', 1)).toBe('type');
    expect(rule('pdf', 1)).toBe('type');
    expect(rule('a.pdf', 101)).toBe('tooLarge');
    expect(rule('a.pdf', 1, { files: 2, bytes: 0 })).toBe('tooMany');
    expect(rule('a.pdf', 51, { files: 1, bytes: 100 })).toBe('totalTooLarge');
    expect(rule('a\u0007.pdf', 1)).toBe('nameControl');
    expect(rule(`${'あ'.repeat(80)}.pdf`, 1)).toBe('nameTooLong');
    expect(rule('.htaccess', 1)).toBe('nameForbidden');
  });

  test('are said in words, with the limit', () => {
    const words = messagesFor('ja').send.rule;
    expect(ruleWords('ja', words, { rule: 'tooLarge', limitBytes: 2048 })).toContain('2 KB');
    expect(ruleWords('ja', words, { rule: 'type', types: ['pdf', 'zip'] })).toMatch(/\.pdf.*\.zip/);
    expect(ruleWords('en', messagesFor('en').send.rule, { rule: 'tooMany', limit: 1200 })).toContain('1,200');
  });
});

describe('progress', () => {
  test('is whole only when every file has arrived', () => {
    const sent = totalsOf([item('a', 100, 'sending', 100), item('b', 100, 'arrived', 100)]);
    expect(sent.share).toBeLessThan(1);
    expect(totalsOf([item('a', 0, 'arrived'), item('b', 5, 'stored')]).share).toBe(1);
    expect(totalsOf([]).share).toBe(0);
  });

  test('leaves out what failed or broke a rule, and counts failures alone', () => {
    const totals = totalsOf([item('a', 10, 'arrived'), item('b', 10, 'failed'), item('c', 10, 'refused')]);
    expect(totals).toMatchObject({ files: 1, arrived: 1, failed: 1, totalBytes: 10, share: 1 });
  });

  test('is announced in quarters, each once', () => {
    const said: number[] = [];
    for (let share = 0; share <= 1.0001; share += 0.01) {
      const step = stepToAnnounce(Math.min(1, share), said.at(-1) ?? 0);
      if (step !== undefined) said.push(step);
    }
    expect(said).toEqual([25, 50, 75, 100]);
  });
});

describe('an answer', () => {
  const fallback = { failureWords: { 'not-found': 'gone' }, unreachable: 'away', internal: 'broken' };

  test('is shown in the portal’s own words', () => {
    const body = JSON.stringify({
      code: 'upload.too-large',
      message: 'Too large.',
      field: 'name',
      params: { label: 'L' },
    });
    expect(problemFrom(413, body, fallback)).toEqual({
      code: 'upload.too-large',
      words: 'Too large.',
      status: 413,
      field: 'name',
      label: 'L',
    });
  });

  test.each([
    [0, '', 'away'],
    [404, '', 'gone'],
    [502, '<html>Bad gateway</html>', 'broken'],
    [500, 'null', 'broken'],
    [500, '{"message":{"a":1}}', 'broken'],
    [500, '{"code":"not-found"}', 'gone'],
  ])('of %d with the body %s still has words', (status, body, words) => {
    expect(problemFrom(status, body, fallback).words).toBe(words);
  });

  test('leads to the field that it is about', () => {
    const about = (field: string | undefined, label?: string) =>
      inputOf({ code: '', words: '', status: 422, field, label }, ['company', 'name']);
    expect(about('company', 'Company')).toBe('answer.company');
    expect(about('answers.company')).toBe('answer.company');
    expect(about('name')).toBe('name');
    expect(about('name', 'Name of the ship')).toBe('answer.name');
    expect(about('other')).toBeUndefined();
    expect(about(undefined)).toBeUndefined();
  });
});
