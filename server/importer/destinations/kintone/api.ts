import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Failure, type FailureCode, isFailure, type Retry } from '../../../lib/failure.ts';
import type { OutgoingCall, OutgoingClient, OutgoingReply } from '../../../lib/outgoing/client.ts';
import { failureOfStatus } from '../../../lib/outgoing/status.ts';
import type { DeliveryFile } from '../destination.ts';
import type { KintoneConfig } from './config.ts';
import { type Form, formSchema } from './form.ts';

/** Values by field code, as kintone takes them. */
export type RecordValues = Record<string, { value: string | string[] | { fileKey: string }[] }>;

/** Values by field code, as kintone tells them. */
export type FoundRecord = Record<string, { value?: unknown }>;

export interface KintoneApi {
  form(signal?: AbortSignal): Promise<Form>;
  /** @param fields codes of those to be told; what the token may not see is missing from the answer */
  search(query: string, fields: string[], signal?: AbortSignal): Promise<FoundRecord[]>;
  add(record: RecordValues, signal?: AbortSignal): Promise<{ id: number; revision: number }>;
  /** @throws Failure that `says` GAIA_CO02 when the record has another revision by now */
  update(id: number, revision: number, record: RecordValues, signal?: AbortSignal): Promise<number>;
  /** Into the temporary storage, where it stays for three days. @returns its key */
  upload(file: DeliveryFile, name: string, signal: AbortSignal): Promise<string>;
  /** Reads an attachment. @returns its SHA-256, lower-case hex */
  hashOf(fileKey: string, signal: AbortSignal): Promise<string>;
  /** Where staff see a record, or the app. */
  linkTo(recordId?: number): string;
}

export const createKintoneApi = (
  { baseUrl, app, guestSpace }: KintoneConfig,
  apiToken: string,
  http: OutgoingClient,
): KintoneApi => {
  const space = guestSpace === undefined ? '' : `guest/${guestSpace}/`;
  const headers = { 'x-cybozu-api-token': apiToken.replaceAll(/\s/g, '') };
  const urlOf = (name: string, query: Record<string, string> = {}) => {
    const url = new URL(`/k/${space}v1/${name}.json`, baseUrl);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return url;
  };
  const call = async <Answer>(schema: z.ZodType<Answer>, request: OutgoingCall): Promise<Answer> => {
    const reply = await http.call({ ...request, headers });
    if (reply.status !== 200) throw failureOf(reply);
    const parsed = schema.safeParse(reply.json());
    if (parsed.success) return parsed.data;
    throw new Failure('destination.unavailable', {
      retry: 'later',
      details: { problem: 'an answer that kintone would not give', status: reply.status },
    });
  };
  return {
    async form(signal) {
      const url = urlOf('app/form/fields', { app: String(app) });
      return (await call(formSchema, { method: 'GET', url, ...ended(signal) })).properties;
    },
    async search(query, fields, signal) {
      const listed = Object.fromEntries(fields.map((code, index) => [`fields[${index}]`, code]));
      const url = urlOf('records', { app: String(app), query, ...listed });
      return (await call(recordsSchema, { method: 'GET', url, ...ended(signal) })).records;
    },
    add(record, signal) {
      const body = { json: { app, record } };
      return call(addedSchema, { method: 'POST', url: urlOf('record'), body, ...ended(signal) });
    },
    async update(id, revision, record, signal) {
      const body = { json: { app, id, revision, record } };
      const request = { method: 'PUT', url: urlOf('record'), body, ...ended(signal) };
      return (await call(updatedSchema, request)).revision;
    },
    async upload(file, name, signal) {
      const { sizeBytes } = file;
      const part = { name: 'file', filename: name, contentType: typeOf(name) };
      const body = { form: [{ ...part, body: { stream: await file.open(), sizeBytes } }] };
      return (await call(uploadedSchema, { method: 'POST', url: urlOf('file'), body, signal })).fileKey;
    },
    async hashOf(fileKey, signal) {
      const reply = await http.open({ method: 'GET', url: urlOf('file', { fileKey }), headers, signal });
      const hash = createHash('sha256');
      try {
        // A record's keys change whenever it is written to: somebody has, since it was read.
        if (reply.status === 404)
          throw new Failure('destination.unavailable', {
            retry: 'later',
            details: { status: 404, problem: 'the record was changed while its attachments were read' },
          });
        if (reply.status !== 200) throw failureOf(reply);
        await pipeline(reply.body, hash, { signal });
      } catch (error) {
        reply.body.destroy();
        signal.throwIfAborted();
        if (isFailure(error)) throw error;
        throw new Failure('destination.unavailable', { retry: 'later', cause: error });
      }
      return hash.digest('hex');
    },
    linkTo: (recordId) =>
      new URL(
        recordId === undefined ? `/k/${space}${app}/` : `/k/${space}${app}/show#record=${recordId}`,
        baseUrl,
      ).href,
  };
};

const ended = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

// The vendor's pages show numbers as texts, its OpenAPI file as integers: both are taken.
const numberSchema = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(Number);
const recordsSchema = z.object({
  records: z.array(z.record(z.string(), z.object({ value: z.unknown() }))),
});
const addedSchema = z.object({ id: numberSchema, revision: numberSchema });
const updatedSchema = z.object({ revision: numberSchema });
const uploadedSchema = z.object({ fileKey: z.string().min(1) });

/** What kintone shows a preview of; it takes the type as it is said. */
const previewTypes = new Map([
  ['.pdf', 'application/pdf'],
  ['.png', 'image/png'],
  ['.jpg', 'image/jpeg'],
  ['.jpeg', 'image/jpeg'],
  ['.gif', 'image/gif'],
]);

const typeOf = (name: string): string =>
  previewTypes.get(/\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? '') ?? 'application/octet-stream';

/** kintone's own codes, where they say more than the status, which is 400 or 520 for most of them. */
const meanings = new Map<string, [FailureCode, Retry]>([
  // The token is none of this app's, may not do this, or the app's own rules forbid it.
  ['GAIA_IA02', ['destination.auth', 'later']],
  ['GAIA_NO01', ['destination.auth', 'later']],
  ['CB_NO02', ['destination.auth', 'later']],
  ['CB_AU01', ['destination.auth', 'later']],
  // Too many calls at once; a lock in its database.
  ['GAIA_TO04', ['destination.unavailable', 'later']],
  ['GAIA_DA02', ['destination.unavailable', 'later']],
  // Another revision by now; a file key that has expired or was used.
  ['GAIA_CO02', ['destination.conflict', 'later']],
  ['GAIA_BL01', ['destination.conflict', 'later']],
  // No such app or record; values that the form doesn't take.
  ['GAIA_AP01', ['destination.rejected', 'never']],
  ['GAIA_RE01', ['destination.rejected', 'never']],
  ['CB_VA01', ['destination.rejected', 'never']],
]);

const errorSchema = z.object({
  code: z.string().regex(/^[A-Z]+_[A-Z]+\d+$/),
  /** What kintone's support asks for. */
  id: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .catch(undefined),
  errors: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** Its messages stay out: they repeat values. */
const failureOf = (reply: Pick<OutgoingReply, 'status' | 'headers'> & { text?: string }): Failure => {
  const said = errorSchema.safeParse(jsonOf(reply.text ?? ''));
  if (!said.success) return failureOfStatus(reply);
  const { code, id, errors = {} } = said.data;
  const details = { kintone: code, kintoneId: id, invalid: Object.keys(errors).slice(0, 20) };
  const meaning = meanings.get(code);
  if (meaning === undefined) return failureOfStatus(reply, details);
  return new Failure(meaning[0], { retry: meaning[1], details: { status: reply.status, ...details } });
};

/** Whether a failure is kintone's, with this code of its own. */
export const says = (error: unknown, code: string): error is Failure =>
  isFailure(error) && error.details['kintone'] === code;

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
