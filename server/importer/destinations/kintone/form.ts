import { z } from 'zod';
import type { Words } from '../../../lib/words.ts';
import type { KintoneConfig } from './config.ts';

/** The fields of an app, by code, as far as deliveries have to do with them. kintone writes numbers as texts. */
export const formSchema = z.object({
  properties: z.record(
    z.string(),
    z.object({
      type: z.string(),
      label: z.string().optional(),
      unique: z.boolean().optional(),
      required: z.boolean().optional(),
      defaultValue: z.unknown().optional(),
      defaultNowValue: z.boolean().optional(),
      expression: z.string().optional(),
      maxLength: z.union([z.string(), z.number()]).optional(),
      options: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

export type Form = z.output<typeof formSchema>['properties'];
type Field = Form[string];

/** Longest key of a delivery. */
const keyCharacters = 64;

const textTypes = new Set(['SINGLE_LINE_TEXT', 'MULTI_LINE_TEXT', 'LINK']);
const choiceTypes = new Set(['RADIO_BUTTON', 'DROP_DOWN']);
const listTypes = new Set(['CHECK_BOX', 'MULTI_SELECT']);
const fillableTypes = new Set([
  ...textTypes,
  ...choiceTypes,
  ...listTypes,
  'NUMBER',
  'DATE',
  'TIME',
  'DATETIME',
]);
const searchableTypes = new Set(['SINGLE_LINE_TEXT', 'LINK', 'NUMBER', 'RECORD_NUMBER']);

/**
 * What is wrong with an app's form for this configuration. kintone itself would say nothing: a field code that it
 * doesn't know is left out, and the rest is written.
 */
export const problemsIn = (form: Form, config: KintoneConfig): Words[] => {
  const { record, attachmentField } = config;
  return [
    ...problemsWith(form, attachmentField, (field) => field.type === 'FILE', {
      en: `an attachment field`,
      ja: '添付ファイル',
    }),
    ...keyProblems(form, config),
    ...(record.mode === 'find'
      ? problemsWith(form, record.field, ({ type }) => searchableTypes.has(type), {
          en: 'a text, link, number or record number field',
          ja: '文字列（1行）・リンク・数値・レコード番号のいずれか',
        })
      : missingRequired(form, config)),
    ...Object.entries(config.fields).flatMap(([code, template]) => [
      ...problemsWith(
        form,
        code,
        ({ type, expression = '' }) => fillableTypes.has(type) && expression === '',
        {
          en: 'a text, link, number, date, time or choice field without a formula',
          ja: '文字列・リンク・数値・日付・時刻・日時・選択肢のいずれか（計算式なし）',
        },
      ),
      ...choiceProblems(form[code], code, template),
    ]),
  ];
};

const problemsWith = (form: Form, code: string, fits: (field: Field) => boolean, wanted: Words): Words[] => {
  const field = form[code];
  if (field === undefined)
    return [
      {
        en: `The app has no field with the code "${code}" (fields in tables don't count). Correct the code, or add ${wanted.en} with it and update the app.`,
        ja: `アプリにフィールドコード「${code}」のフィールドがありません（テーブル内のフィールドは対象外です）。コードを修正するか、フィールド（${wanted.ja}）を追加してアプリを更新してください。`,
      },
    ];
  if (fits(field)) return [];
  return [
    {
      en: `The field "${code}" is of the type ${field.type}. Choose ${wanted.en}.`,
      ja: `フィールド「${code}」の種類は ${field.type} です。使用できる種類は「${wanted.ja}」です。`,
    },
  ];
};

const keyProblems = (form: Form, { record, keyField }: KintoneConfig): Words[] => {
  if (record.mode === 'find')
    return problemsWith(form, keyField, ({ type }) => type === 'MULTI_LINE_TEXT', {
      en: 'a multi-line text field',
      ja: '文字列（複数行）',
    });
  const problems = problemsWith(
    form,
    keyField,
    ({ type, expression = '' }) => type === 'SINGLE_LINE_TEXT' && expression === '',
    { en: 'a single-line text field without a formula', ja: '文字列（1行）（計算式なし）' },
  );
  const field = form[keyField];
  if (field === undefined || problems.length > 0) return problems;
  if (field.unique !== true)
    problems.push({
      en: `The field "${keyField}" takes the same value twice. Tick "Prohibit duplicate values" in its settings and update the app: that is what keeps a delivery from becoming two records.`,
      ja: `フィールド「${keyField}」は値の重複を許可しています。フィールドの設定で「値の重複を禁止する」を有効にし、アプリを更新してください。二重登録を防ぐために必要です。`,
    });
  const { maxLength } = field;
  if (maxLength !== undefined && maxLength !== '' && Number(maxLength) < keyCharacters)
    problems.push({
      en: `The field "${keyField}" takes only ${maxLength} characters. Allow ${keyCharacters}.`,
      ja: `フィールド「${keyField}」の文字数の上限が ${maxLength} です。${keyCharacters} 文字以上にしてください。`,
    });
  return problems;
};

/** A new record needs all of them, and kintone refuses it otherwise. */
const missingRequired = (form: Form, config: KintoneConfig): Words[] => {
  const filled = new Set([config.attachmentField, config.keyField, ...Object.keys(config.fields)]);
  return Object.entries(form)
    .filter(
      ([code, { required, defaultValue, defaultNowValue }]) =>
        required === true && !filled.has(code) && isEmpty(defaultValue) && defaultNowValue !== true,
    )
    .map(([code, { label = code }]) => ({
      en: `The field "${label}" (${code}) is required, and nothing fills it. Add it to "fields", give it a default value, or make it optional.`,
      ja: `フィールド「${label}」（${code}）は必須ですが、値が設定されません。「fields」に追加するか、初期値を設定するか、必須を解除してください。`,
    }));
};

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** A text that is always the same must be one of the choices. */
const choiceProblems = (field: Field | undefined, code: string, template: string): Words[] => {
  if (field?.options === undefined || template.includes('{') || Object.hasOwn(field.options, template))
    return [];
  return [
    {
      en: `"${template}" is no choice of the field "${code}". Correct it, or add the choice in the app.`,
      ja: `「${template}」はフィールド「${code}」の選択肢にありません。設定を修正するか、アプリに選択肢を追加してください。`,
    },
  ];
};

/** A text in the form in which a field of a type takes it. */
export const valueFor = (
  { type }: Pick<Field, 'type'>,
  text: string,
  timeZone: string,
): string | string[] => {
  if (listTypes.has(type)) return text === '' ? [] : text.split('\n');
  if (type === 'SINGLE_LINE_TEXT' || type === 'LINK') return text.replaceAll(/\s*[\r\n]+\s*/g, ' ').trim();
  // People type digits in full width, and with commas between them.
  if (type === 'NUMBER') return text.normalize('NFKC').replaceAll(/[\s,]/g, '');
  if (type === 'DATE' || type === 'TIME') return onClock(text, type, timeZone);
  return text;
};

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/;

/** An instant as a wall clock shows it; what is none is kintone's to judge. */
const onClock = (text: string, type: 'DATE' | 'TIME', timeZone: string): string => {
  if (!instant.test(text)) return text.trim();
  // Swedish is written as ISO 8601 is: 2026-11-22 10:05.
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const [date = '', time = ''] = shown.format(new Date(text)).split(' ');
  return type === 'DATE' ? date : time;
};
