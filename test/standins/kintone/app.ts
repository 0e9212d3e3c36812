import { randomUUID } from 'node:crypto';
import { apiError, invalid } from './errors.ts';
import type { StoredFile, TemporaryFiles } from './files.ts';

/** A field's settings, as `app/form/fields.json` shows them. */
export interface FormField {
  type: string;
  label?: string;
  unique?: boolean;
  required?: boolean;
  defaultValue?: unknown;
  expression?: string;
  maxLength?: string;
  options?: Record<string, unknown>;
}

export type Values = Record<string, { value?: unknown }>;

export interface Attached {
  /** Another one after each write to the record. */
  fileKey: string;
  file: StoredFile;
}

interface KintoneRecord {
  id: number;
  revision: number;
  values: Map<string, unknown>;
  attachments: Map<string, Attached[]>;
}

export interface AppToken {
  token: string;
  rights: Set<'view' | 'add' | 'edit'>;
}

/** One app: its form and its records. Every write is whole or refused. */
export class App {
  readonly records = new Map<number, KintoneRecord>();
  readonly tokens: AppToken[] = [];
  readonly id: number;
  readonly form: Record<string, FormField>;
  readonly guestSpace: number | undefined;
  private readonly files: TemporaryFiles;
  private lastId = 0;

  constructor(
    id: number,
    options: { form: Record<string, FormField>; guestSpace?: number | undefined },
    files: TemporaryFiles,
  ) {
    this.id = id;
    this.form = options.form;
    this.guestSpace = options.guestSpace;
    this.files = files;
  }

  add(values: Values): KintoneRecord {
    const record = { id: this.lastId + 1, revision: 0, values: new Map(), attachments: new Map() };
    this.write(record, values, true);
    this.lastId = record.id;
    this.records.set(record.id, record);
    return record;
  }

  update(id: number, revision: number | undefined, values: Values): KintoneRecord {
    const record = this.records.get(id);
    if (record === undefined) throw apiError(404, 'GAIA_RE01');
    if (revision !== undefined && revision !== -1 && revision !== record.revision)
      throw apiError(409, 'GAIA_CO02');
    this.write(record, values, false);
    return record;
  }

  /** What somebody does to a record's attachments in the browser. */
  setAttachments(id: number, code: string, change: (files: StoredFile[]) => StoredFile[]): void {
    const record = this.records.get(id);
    if (record === undefined) throw new Error(`no record ${id}`);
    const files = change((record.attachments.get(code) ?? []).map(({ file }) => file));
    record.attachments.set(
      code,
      files.map((file) => ({ fileKey: attachedKey(), file })),
    );
    record.revision += 1;
  }

  attached(id: number, code: string): StoredFile[] {
    return (this.records.get(id)?.attachments.get(code) ?? []).map(({ file }) => file);
  }

  attachedBy(fileKey: string): Attached | undefined {
    for (const { attachments } of this.records.values())
      for (const attached of attachments.values())
        for (const one of attached) if (one.fileKey === fileKey) return one;
    return undefined;
  }

  /** As the API shows a record; numbers are texts. */
  shown(
    record: KintoneRecord,
    hidden: ReadonlySet<string>,
  ): Record<string, { type: string; value: unknown }> {
    const fields = Object.entries(this.form)
      .filter(([code]) => !hidden.has(code))
      .map(([code, { type }]) => [code, { type, value: this.valueOf(record, code) }] as const);
    return {
      ...Object.fromEntries(fields),
      $id: { type: '__ID__', value: String(record.id) },
      $revision: { type: '__REVISION__', value: String(record.revision) },
    };
  }

  valueOf(record: KintoneRecord, code: string): unknown {
    const type = this.form[code]?.type;
    if (type === 'RECORD_NUMBER') return String(record.id);
    if (type === 'FILE')
      return (record.attachments.get(code) ?? []).map(({ fileKey, file }) => ({
        fileKey,
        name: file.name,
        contentType: file.contentType,
        size: String(file.sizeBytes),
      }));
    return record.values.get(code) ?? (type === 'CHECK_BOX' || type === 'MULTI_SELECT' ? [] : '');
  }

  /** A code that the form doesn't have is left out without a word, as kintone does. */
  private write(record: KintoneRecord, values: Values, isNew: boolean): void {
    const known = Object.entries(values).filter(([code]) => this.form[code] !== undefined);
    const wrong: string[] = [];
    for (const [code, { value }] of known)
      if (!this.takes(record, code, value)) wrong.push(`record.${code}.value`);
    if (isNew)
      for (const [code, { required, defaultValue = '' }] of Object.entries(this.form))
        if (required === true && defaultValue === '' && isBlank(values[code]?.value))
          wrong.push(`record.${code}.value`);
    if (wrong.length > 0) throw invalid(wrong);
    const lists = known
      .filter(([code]) => this.form[code]?.type === 'FILE')
      .map(([code, { value }]) => ({
        code,
        keys: (value as { fileKey: string }[]).map(({ fileKey }) => fileKey),
      }));
    const attached = lists.map(({ code, keys }) => [code, this.filesOf(record, keys)] as const);
    for (const [code, { value }] of known)
      if (this.form[code]?.type !== 'FILE') record.values.set(code, value);
    for (const { keys } of lists) for (const fileKey of keys) this.files.use(fileKey);
    for (const [code, files] of attached) record.attachments.set(code, files);
    for (const files of record.attachments.values()) for (const one of files) one.fileKey = attachedKey();
    record.revision += 1;
  }

  /** Keys of new uploads, and of what is attached to this very record. */
  private filesOf(record: KintoneRecord, keys: string[]): Attached[] {
    const there = [...record.attachments.values()].flat();
    return keys.map((fileKey) => {
      const file = there.find((one) => one.fileKey === fileKey)?.file ?? this.files.get(fileKey);
      if (file === undefined) throw apiError(404, 'GAIA_BL01');
      return { fileKey: attachedKey(), file };
    });
  }

  private takes(record: KintoneRecord, code: string, value: unknown): boolean {
    const { type = '', unique, required, maxLength, options } = this.form[code] ?? {};
    if (required === true && isBlank(value)) return false;
    if (type === 'FILE') return Array.isArray(value);
    if (type === 'CHECK_BOX' || type === 'MULTI_SELECT')
      return Array.isArray(value) && value.every((one) => Object.hasOwn(options ?? {}, String(one)));
    if (typeof value !== 'string') return false;
    if (unique === true && (value.length > 64 || this.isTaken(record, code, value))) return false;
    if (maxLength !== undefined && value.length > Number(maxLength)) return false;
    if (value === '') return type !== 'RADIO_BUTTON';
    return wellFormed(type, value, options);
  }

  private isTaken(record: KintoneRecord, code: string, value: string): boolean {
    return [...this.records.values()].some(
      (other) => other !== record && other.values.get(code) === value && value !== '',
    );
  }
}

const wellFormed = (type: string, value: string, options: Record<string, unknown> = {}): boolean => {
  switch (type) {
    case 'NUMBER':
      return /^-?\d+(\.\d+)?$/.test(value);
    case 'DATE':
      return /^\d{4}-\d\d-\d\d$/.test(value);
    case 'TIME':
      return /^\d\d:\d\d$/.test(value);
    case 'DATETIME':
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(value);
    case 'RADIO_BUTTON':
    case 'DROP_DOWN':
      return Object.hasOwn(options, value);
    case 'SINGLE_LINE_TEXT':
      return !/[\r\n]/.test(value);
    default:
      return true;
  }
};

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const attachedKey = (): string => `20261122${randomUUID().replaceAll('-', '').toUpperCase()}`;
