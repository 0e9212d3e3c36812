import { describe, expect, test } from 'vitest';
import type { RequestField } from '../../../db/schema/index.ts';
import { checkAnswers, checkEmail, cleanText } from '../../../server/intake/rules/answers.ts';
import { finishingHours, mayGoOn, phaseAt } from '../../../server/intake/rules/deadline.ts';
import { checkLimits, type Limits } from '../../../server/intake/rules/limits.ts';
import { newRequestSchema, templateNameSchema } from '../../../server/intake/rules/new-request.ts';
import { isFailure } from '../../../server/lib/failure.ts';

const refusalOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (isFailure(error)) return { code: error.code, ...error.params };
    throw error;
  }
  return 'taken';
};

describe('a deadline', () => {
  const deadline = { deadlineAt: new Date('2026-03-31T08:00:00Z'), graceMinutes: 60 };
  const after = (ms: number) => new Date(deadline.deadlineAt.getTime() + ms);
  const hourMs = 3_600_000;

  test('is open up to its moment, in grace up to the end of that, and over from then on', () => {
    expect([-1, 0, 1, hourMs, hourMs + 1].map((ms) => phaseAt(deadline, after(ms)))).toEqual([
      'open',
      'open',
      'grace',
      'grace',
      'over',
    ]);
  });

  test('without grace is over at once; none at all is never over', () => {
    expect(phaseAt({ ...deadline, graceMinutes: 0 }, after(1))).toBe('over');
    expect(phaseAt({ deadlineAt: null, graceMinutes: 0 }, new Date(8.64e15))).toBe('open');
  });

  test('lets what was admitted go on for some hours after the grace, and no longer', () => {
    const endMs = hourMs + finishingHours * hourMs;
    expect([mayGoOn(deadline, after(endMs)), mayGoOn(deadline, after(endMs + 1))]).toEqual([true, false]);
    expect(mayGoOn({ deadlineAt: null, graceMinutes: 0 }, new Date(8.64e15))).toBe(true);
  });
});

describe('limits', () => {
  const none: Limits = {
    maxFileBytes: null,
    maxFilesPerSubmission: null,
    maxBytesPerSubmission: null,
    maxBytesPerRequest: null,
    allowedTypes: [],
  };
  const nothing = { files: 0, bytes: 0, requestBytes: 0 };
  const check = (sizeBytes: number | null, limits: Partial<Limits>, taken = nothing, name = 'a.pdf') =>
    refusalOf(() => checkLimits({ name, sizeBytes }, { ...none, ...limits }, taken));

  test('that nobody set refuse nothing', () => {
    expect(check(Number.MAX_SAFE_INTEGER, {}, { files: 1e6, bytes: 1e15, requestBytes: 1e15 })).toBe('taken');
  });

  test.each([
    ['a file', { maxFileBytes: 10 }, nothing, 'upload.too-large'],
    ['a submission', { maxBytesPerSubmission: 15 }, { ...nothing, bytes: 5 }, 'upload.total-too-large'],
    ['a request', { maxBytesPerRequest: 15 }, { ...nothing, requestBytes: 5 }, 'upload.total-too-large'],
  ])('on the bytes of %s hold to the byte', (_case, limits, taken, code) => {
    expect(check(10, limits, taken)).toBe('taken');
    expect(check(11, limits, taken)).toMatchObject({ code });
    // What is not known yet is asked again when it is said.
    expect(check(null, limits, taken)).toBe('taken');
  });

  test('on the number of files hold, also before a length is known', () => {
    for (const size of [1, null]) {
      expect(check(size, { maxFilesPerSubmission: 2 }, { ...nothing, files: 1 })).toBe('taken');
      expect(check(size, { maxFilesPerSubmission: 2 }, { ...nothing, files: 2 })).toMatchObject({
        code: 'upload.too-many',
        limit: 2,
      });
    }
  });

  test.each([
    ['a.pdf', true],
    ['A.PDF', true],
    ['a.b.pdf', true],
    ['.pdf', true],
    ['pdf', false],
    ['a.pdf.exe', false],
    ['a.pdf ', false],
    ['a.', false],
    ['', false],
  ])('on types go by the ending: %j', (name, isTaken) => {
    const outcome = check(1, { allowedTypes: ['pdf'] }, nothing, name);
    const refusal = { code: 'upload.type-not-allowed', name, allowed: '.pdf' };
    expect(outcome).toEqual(isTaken ? 'taken' : refusal);
  });
});

describe('answers', () => {
  const field = (kind: RequestField['kind'], more: Partial<RequestField> = {}): RequestField => ({
    key: 'key',
    label: 'Label',
    kind,
    required: false,
    ...more,
  });
  const check = (asked: RequestField, value: string) =>
    refusalOf(() => {
      checkAnswers([asked], { key: value });
    });

  test('that are required are asked for, by their label', () => {
    const empty: Record<string, string>[] = [{}, { key: '' }, { key: ' \u0000 ' }];
    for (const given of empty)
      expect(refusalOf(() => checkAnswers([field('text', { required: true })], given))).toEqual({
        code: 'submission.field-missing',
        field: 'key',
        label: 'Label',
      });
    expect(checkAnswers([field('text')], {})).toEqual({ key: '' });
  });

  test('to what was not asked are dropped, and nothing comes from a prototype', () => {
    expect(checkAnswers([field('text')], { key: 'a', other: 'b' })).toEqual({ key: 'a' });
    expect(checkAnswers([field('text', { key: 'constructor' })], {})).toEqual({ constructor: '' });
  });

  test.each<[RequestField, string, string]>([
    [field('email'), 'a@example.org', 'no address'],
    [field('email'), 'a@b.example', 'a@b.example\r\nBcc: c@example.org'],
    [field('date'), '2026-02-28', '2026-13-01'],
    [field('date'), '2024-02-29', '28.2.2026'],
    [field('date'), '2026-03-02', '2026-02-30'],
    [field('choice', { choices: ['yes', 'no'] }), 'no', 'perhaps'],
    [field('text'), 'x'.repeat(300), 'x'.repeat(301)],
    [field('long-text'), 'x'.repeat(5000), 'x'.repeat(5001)],
  ])('are looked at by their kind: %o', (asked, good, bad) => {
    expect(check(asked, good)).toBe('taken');
    expect(check(asked, bad)).toMatchObject({ code: 'submission.field-invalid', field: 'key' });
  });

  test('lose control characters, and lines where one line is meant', () => {
    expect(cleanText(' a\r\nb\u0007c ')).toBe('a b c');
    expect(cleanText('a\r\nb\u0007c', true)).toBe('a\nb c');
    expect(cleanText('か\u3099')).toBe('が');
    expect([checkEmail(undefined), checkEmail(' '), checkEmail(' a@example.org ')]).toEqual([
      null,
      null,
      'a@example.org',
    ]);
  });
});

describe('what a request is opened with', () => {
  const problems = (input: unknown) => {
    const result = newRequestSchema.safeParse(input);
    return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
  };

  test('needs a title, and nothing else', () => {
    expect(newRequestSchema.parse({ title: ' Papers ' })).toMatchObject({
      title: 'Papers',
      fields: [],
      deadline: null,
      takeBackMinutes: 10,
      allowedTypes: [],
      folder: null,
    });
    expect(problems({})).toEqual(['title']);
  });

  test.each([
    '2027-02-30T09:00Z',
    '2027-02-29T09:00:00+09:00',
    '2027-01-01T24:00Z',
    '2027-01-01T09:00+25:00',
    '2027-01-01T09:00',
    '2027-01-01',
    '2027',
  ])('has no deadline that does not exist: %s', (deadline) => {
    expect(problems({ title: 'x', deadline })).toEqual(['deadline']);
    expect(problems({ title: 'x', deadline: '2028-02-29T23:59:59.5+09:00' })).toEqual([]);
  });

  test.each([
    ['\u200b', 'zero width space'],
    ['\u200d\u200c', 'joiners'],
    ['\u3164\u115f', 'fillers of Hangul'],
    ['\u2800', 'a blank of Braille'],
    ['\u0301\ufe0f', 'marks'],
    ['\u202e\u2066', 'turns of direction'],
    ['\u{e0041}\u{e0042}', 'tags'],
    [' \u3000\u00a0', 'spaces'],
  ])('needs a title, labels and choices that can be seen: %j (%s) is none', (blank) => {
    const places = (input: unknown) => [...new Set(problems(input))];
    expect(places({ title: blank })).toEqual(['title']);
    expect(places({ title: 'x', items: [{ label: blank }] })).toEqual(['items.0.label']);
    expect(places({ title: 'x', fields: [{ key: 'q', label: blank }] })).toEqual(['fields.0.label']);
    expect(
      places({ title: 'x', fields: [{ key: 'q', label: 'x', kind: 'choice', choices: [blank] }] }),
    ).toEqual(['fields.0.choices.0']);
    expect(templateNameSchema.safeParse(blank).success).toBe(false);
  });

  test.each([
    ['Invoice \u202efdp.exe', 'Invoice fdp.exe'],
    ['\u2066Reports\u2069\u200f\u061c', 'Reports'],
    ['Pa\u00adpers\u200b\ufeff\u2060', 'Papers'],
    ['Two\r\nlines\u2028here', 'Two lines here'],
    ['x\u{e0068}\u{e0069}', 'x'],
  ])('%j is taken for %j: what nobody sees is left out', (title, seen) => {
    expect(newRequestSchema.parse({ title }).title).toBe(seen);
    expect(
      newRequestSchema.parse({ title: 'x', items: [{ label: title.replaceAll(/\s/g, ' ') }] }).items[0]
        ?.label,
    ).not.toMatch(/\p{Bidi_Control}/u);
  });

  test('needs a title without control characters', () => {
    expect(problems({ title: 'a\u0000b' })).toEqual(['title']);
    expect(problems({ title: 'a\u001bb' })).toEqual(['title']);
  });

  test('keeps the lines of instructions, and nothing that could turn them about', () => {
    const { instructions } = newRequestSchema.parse({
      title: 'x',
      instructions: '# One\n\n- a\tb\u202e\u200b\n',
    });
    expect(instructions).toBe('# One\n\n- a\tb');
  });

  test.each([
    '👩‍👩‍👧‍👦 家族の書類',
    '🏴󠁧󠁢󠁷󠁬󠁳󠁿 Wales',
    '☂️',
    '葛󠄀城市・髙橋様　請求書（第３回）',
    'می‌خواهم',
    'क्‍ष',
    '書類～①㈱',
    '？',
  ])('leaves %s as it is', (title) => {
    expect(newRequestSchema.parse({ title, instructions: title })).toMatchObject({
      title,
      instructions: title,
    });
  });

  test('takes endings with a dot and without, in any case', () => {
    expect(newRequestSchema.parse({ title: 'x', allowedTypes: ['.PDF', 'xlsx'] }).allowedTypes).toEqual([
      'pdf',
      'xlsx',
    ]);
    expect(problems({ title: 'x', allowedTypes: ['a/b'] })).toEqual(['allowedTypes.0']);
  });

  test.each([
    [{ deadline: '2026-03-31T17:00:00+09:00' }, { deadline: '2026-03-31T17:00:00' }, 'deadline'],
    [{ deadlineZone: 'Asia/Tokyo' }, { deadlineZone: 'Asia/Nowhere' }, 'deadlineZone'],
    [{ folder: '/a/b' }, { folder: 'a/b' }, 'folder'],
    [{ folder: '/a/b' }, { folder: '/a/../b' }, 'folder'],
    [{ folder: '/a..b' }, { folder: '/a/' }, 'folder'],
    [{ graceMinutes: 0 }, { graceMinutes: -1 }, 'graceMinutes'],
    [{ maxFileBytes: 1 }, { maxFileBytes: 1.5 }, 'maxFileBytes'],
    [{ password: 'four' }, { password: 'abc' }, 'password'],
  ])('takes %j and not %j', (good, bad, path) => {
    expect(problems({ title: 'x', ...good })).toEqual([]);
    expect(problems({ title: 'x', ...bad })).toEqual([path]);
  });
});
