import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { Delivery } from '../destination.ts';
import type { FoundRecord, KintoneApi } from './api.ts';
import type { KintoneConfig } from './config.ts';
import { fillText } from './fill.ts';

/** A record as it was read: what is to be kept of it, and which one it was. */
export interface Target {
  id: number;
  revision: number;
  attachments: Attachment[];
  /** What the key field holds. */
  marks: string;
}

export interface Attachment {
  /** Good for reading it, and for keeping it where it is. */
  fileKey: string;
  name: string;
  sizeBytes: number;
}

const attachmentsSchema = z.array(
  z.object({ fileKey: z.string(), name: z.string(), size: z.coerce.number() }),
);

type FindMode = Extract<KintoneConfig['record'], { mode: 'find' }>;

/** Most records of one value that are looked through. */
const mostFound = 100;

/** Finds the record of a delivery. Nothing that it does changes anything. */
export const createRecords = (config: KintoneConfig, api: KintoneApi) => {
  const { attachmentField, keyField, record } = config;

  const targetOf = (found: FoundRecord): Target => {
    const attachments = attachmentsSchema.safeParse(found[attachmentField]?.value);
    // What may not be seen can't be kept: writing would take it away.
    if (!attachments.success || found[keyField] === undefined)
      throw new Failure('destination.auth', {
        retry: 'later',
        details: { problem: 'the token may not see the attachment field or the key field' },
      });
    return {
      id: Number(found['$id']?.value),
      revision: Number(found['$revision']?.value),
      attachments: attachments.data.map(({ fileKey, name, size }) => ({ fileKey, name, sizeBytes: size })),
      marks: textOf(found[keyField].value),
    };
  };

  const search = (query: string, signal: AbortSignal, more: string[] = []) =>
    api.search(query, ['$id', '$revision', attachmentField, keyField, ...more], signal);

  const byId = async (id: number, signal: AbortSignal): Promise<FoundRecord | undefined> =>
    (await search(`$id = "${id}" limit 1`, signal))[0];

  const byKey = ({ key }: Delivery, signal: AbortSignal): Promise<FoundRecord[]> =>
    search(`${keyField} = ${quoted(key)} limit ${mostFound}`, signal);

  /** kintone may take letters for the same that aren't: what is somebody's must not go into another's record. */
  const byValue = async (delivery: Delivery, mode: FindMode, signal: AbortSignal): Promise<FoundRecord[]> => {
    const { field, value: template } = mode;
    const value = fillText(template, delivery, () => '').trim();
    if (value === '' || /\p{Cc}/u.test(value)) return [];
    const found = await search(`${field} = ${quoted(value)} limit ${mostFound}`, signal, [field]);
    return found.filter((record) => {
      const text = textOf(record[field]?.value);
      return text.normalize('NFC') === value.normalize('NFC') || isSameNumber(text, value);
    });
  };

  const isKeyAmong = (marks: string, { key }: Delivery): boolean => marks.split(/\s+/).includes(key);
  const holdsMark = (found: FoundRecord, delivery: Delivery): boolean =>
    isKeyAmong(textOf(found[keyField]?.value), delivery);

  return {
    isMarked: ({ marks }: Target, delivery: Delivery): boolean => isKeyAmong(marks, delivery),
    async byId(id: number, signal: AbortSignal): Promise<Target | undefined> {
      const found = await byId(id, signal);
      return found === undefined ? undefined : targetOf(found);
    },
    /**
     * The record that holds a delivery's mark, which is written together with its attachments or not at all.
     * @param chosenId the one that an attempt before has chosen: it stays the delivery's, whatever has become of the value
     *   that it was found by
     */
    async marked(
      delivery: Delivery,
      chosenId: number | undefined,
      signal: AbortSignal,
    ): Promise<Target | undefined> {
      const chosen = chosenId === undefined ? undefined : await byId(chosenId, signal);
      if (chosen !== undefined && holdsMark(chosen, delivery)) return targetOf(chosen);
      const found =
        record.mode === 'new' ? await byKey(delivery, signal) : await byValue(delivery, record, signal);
      const marked = found.find((one) => holdsMark(one, delivery));
      return marked === undefined ? undefined : targetOf(marked);
    },
    /**
     * @returns the record that a delivery is to be added to; undefined where it gets one of its own
     * @throws Failure unless there is exactly one
     */
    async toWrite(delivery: Delivery, signal: AbortSignal): Promise<Target | undefined> {
      if (record.mode === 'new') return undefined;
      const [first, second] = await byValue(delivery, record, signal);
      const details = { field: record.field };
      if (first === undefined)
        throw new Failure('destination.rejected', {
          details: { ...details, problem: 'no record has the value that the delivery brings' },
        });
      if (second !== undefined)
        throw new Failure('destination.conflict', {
          details: { ...details, problem: 'more than one record has the value' },
        });
      return targetOf(first);
    },
  };
};

export type Records = ReturnType<typeof createRecords>;

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** A text in a query, with nothing in it that ends it. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`;

const isSameNumber = (one: string, other: string): boolean => {
  const decimal = /^-?\d+(\.\d+)?$/;
  return decimal.test(one) && decimal.test(other) && Number(one) === Number(other);
};
