import { z } from 'zod';
import { isZone } from '../../../lib/zones.ts';
import { unknownIn } from './fill.ts';

export const kind = 'kintone';

const loopbackHost = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/;

const baseUrlSchema = z.string().refine(
  (text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
    return (
      (protocol === 'https:' || (protocol === 'http:' && loopbackHost.test(hostname))) &&
      pathname === '/' &&
      [username, password, search, hash].every((part) => part === '')
    );
  },
  { error: 'expected https:// and a host, such as https://example.cybozu.com' },
);

const idSchema = z.int().positive();
const fieldCodeSchema = z.string().min(1).max(128);

const textSchema = z.string().refine((text) => unknownIn(text).length === 0, {
  error:
    'expected no placeholders but {request.title}, {request.id}, {receipt}, {submitter.name}, {submitter.email}, {message}, {answer:key}, {answers}, {files}, {sealedAt}, {late}, {late:yes|no}, {finished}, {finished:yes|no}',
});

export const configSchema = z
  .strictObject({
    /** Of the domain, without a path. */
    baseUrl: baseUrlSchema,
    app: idSchema,
    /** Where the app is in a guest space, that space's number. */
    guestSpace: idSchema.optional(),
    /** A record for each delivery, or the one whose field has a value that the delivery brings. */
    record: z
      .discriminatedUnion('mode', [
        z.strictObject({ mode: z.literal('new') }),
        z.strictObject({
          mode: z.literal('find'),
          field: fieldCodeSchema,
          value: textSchema.refine((text) => text.includes('{'), {
            error: 'expected a placeholder, such as {answer:customer}',
          }),
        }),
      ])
      .default({ mode: 'new' }),
    attachmentField: fieldCodeSchema,
    /**
     * What makes repeats harmless. New records: a text field that prohibits duplicate values, for the delivery's key.
     * Found ones: a multi-line text field, for the keys of all deliveries that were attached.
     */
    keyField: fieldCodeSchema,
    /** Texts by field code. */
    fields: z.record(fieldCodeSchema, textSchema).default({}),
    /** For dates and times without a zone. */
    timeZone: z.string().refine(isZone, { error: 'expected the name of a time zone' }).default('Asia/Tokyo'),
    /** Attachments up to this size are read back and hashed. */
    readBackUpToBytes: z
      .int()
      .nonnegative()
      .default(8 * 1024 ** 2),
  })
  .refine(
    ({ attachmentField, keyField, fields }) =>
      attachmentField !== keyField &&
      !Object.hasOwn(fields, attachmentField) &&
      !Object.hasOwn(fields, keyField),
    { error: 'expected attachmentField and keyField to be fields of their own' },
  )
  .refine(
    ({ record, keyField, attachmentField, fields }) =>
      record.mode === 'new' || ![keyField, attachmentField, ...Object.keys(fields)].includes(record.field),
    { error: 'expected the field that records are found by to be left alone', path: ['record'] },
  );

export type KintoneConfig = z.output<typeof configSchema>;

export const secretsSchema = z.strictObject({
  /** One token, or up to nine with commas between them: those of the apps that lookups copy from. */
  apiToken: z.string().regex(/^[\w+/=-]+(\s*,\s*[\w+/=-]+){0,8}$/, {
    error: 'expected one API token, or up to nine with commas between them',
  }),
});

export type KintoneSecrets = z.output<typeof secretsSchema>;
