import { z } from 'zod';
import type { Delivery, SettingWords } from './destination.ts';

/** What a path may be made of, and an example of each. */
export const placeholders = {
  /** The request's title. */
  request: '月次レポート',
  /** Receipt number and submitter. */
  receipt: '261122-7F3KQ 山田 太郎',
  number: '261122-7F3KQ',
  submitter: '山田 太郎',
  /** Of the sealing, in UTC. */
  year: '2026',
  month: '11',
  day: '22',
  /** The file's own name, only in the last segment. Left out, it is a segment of its own. */
  name: 'report.pdf',
  /** Label of the file's checklist item, only beside `{name}`. */
  item: '納税証明書',
} as const;

export type Placeholder = keyof typeof placeholders;

/** What a template for folders and names is called in forms. */
export const templateWords: SettingWords = {
  label: { en: 'Folders and file names', ja: 'フォルダー名とファイル名' },
  hint: {
    en: 'Names with / between them, made of {request} (title), {receipt} (number and submitter), {number}, {submitter}, {year}, {month}, {day} (when the submission was complete, in UTC) and, only after the last /, {name} and {item} (label of the checklist item; for a file of none it goes, with what stands before the next placeholder). {receipt} or {number} must be among them.',
    ja: '{request}（件名）、{receipt}（受取番号と送付者名）、{number}（受取番号）、{submitter}（送付者名）、{year}、{month}、{day}（送付の完了日、UTC）を「/」で区切って組み合わせます。{receipt}または{number}が必要です。{name}（ファイル名）と{item}（提出項目名）は最後の「/」の後でのみ使えます。提出項目のないファイルでは、この部分が、次の項目との間の文字とともに省かれます。',
  },
};

/**
 * Where the files of a delivery go: names with `/` between them, as `{request}/{receipt}/{name}`. Folders that were sent
 * are kept before the last segment.
 * @param ownFolder each submission must have a folder of its own, so that something beside its files can lie there
 */
export const templateSchema = (preset: string, { ownFolder = false } = {}) =>
  z
    .string()
    .default(preset)
    .refine((template) => template.split('/').every((segment) => !/^\.*$/.test(segment)), {
      error: 'expected names with / between them, none of them empty, . or ..',
    })
    .refine((template) => unknownIn(template).length === 0, {
      error: `expected no placeholders but ${Object.keys(placeholders)
        .map((name) => `{${name}}`)
        .join(', ')}`,
    })
    .refine((template) => /\{(receipt|number)\}/.test(ownFolder ? folderPart(template) : template), {
      error: `expected {receipt} or {number} in ${ownFolder ? 'the folders' : 'it'}: without, two submissions would meet in one place`,
    })
    .refine((template) => !template.slice(0, template.lastIndexOf('/') + 1).includes('{name}'), {
      error: 'expected {name} only after the last /',
    })
    .refine(
      (template) => {
        const segments = template.split('/');
        const last = segments.pop() ?? '';
        return (
          !segments.join('/').includes('{item}') && (last.includes('{name}') || !last.includes('{item}'))
        );
      },
      { error: 'expected {item} only beside {name}: a delivery has files of several items' },
    );

const folderPart = (template: string): string =>
  template.includes('{name}') ? template.slice(0, template.lastIndexOf('/') + 1) : template;

/** Anything in braces that is no placeholder, unclosed ones too. */
const unknownIn = (template: string): string[] =>
  [...template.matchAll(/\{([^{}]*)(\}?)/g)]
    .filter(([, name = '', end]) => end === '' || !Object.hasOwn(placeholders, name))
    .map(([whole]) => whole);

/** A template filled in for one delivery. Nothing in it has been made safe for any system yet. */
export interface FilledTemplate {
  /** The folders that hold the delivery, outermost first; may be empty. */
  folders: string[];
  /** What becomes of a file's own name: the same, unless the template adds to it. */
  nameOf(name: string, item?: string): string;
}

/** Fills each segment in on its own: a `/` in a title never makes a folder. */
export const fillTemplate = (template: string, delivery: Delivery): FilledTemplate => {
  const [year = '', month = '', day = ''] = delivery.sealedAt.toISOString().slice(0, 10).split('-');
  const values: Record<Exclude<Placeholder, 'name' | 'item'>, string> = {
    request: delivery.request.title,
    receipt: `${delivery.receiptNumber} ${delivery.submitter.name}`.trim(),
    number: delivery.receiptNumber,
    submitter: delivery.submitter.name,
    year,
    month,
    day,
  };
  const filled = (segment: string, name = '', item = '') =>
    (item === '' ? segment.replaceAll(/\{item\}[^{}]*/g, '') : segment).replaceAll(
      /\{(\w+)\}/g,
      (_, key: Placeholder) => (key === 'name' ? name : key === 'item' ? item : values[key]),
    );
  const segments = template.split('/');
  const last = segments.at(-1)?.includes('{name}') ? (segments.pop() ?? '{name}') : '{name}';
  return {
    folders: segments.map((segment) => filled(segment)),
    nameOf: (name, item) => filled(last, name, item),
  };
};
