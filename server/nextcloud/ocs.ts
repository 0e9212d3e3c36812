import { z } from 'zod';
import { type About, failureOf, type TextReply, unexpected } from './errors.ts';
import type { Call, Http } from './http.ts';

/** A call to the OCS API, whose answers come in an envelope. */
export interface OcsCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/ocs/v2.php`, with the query. */
  path: string;
  form?: Readonly<Record<string, string>>;
  auth?: Call['auth'];
  signal?: AbortSignal | undefined;
  secrets?: readonly string[];
}

const envelope = z.object({
  ocs: z.object({
    meta: z.object({ status: z.string(), statuscode: z.number() }),
    data: z.unknown().optional(),
  }),
});

/** @returns the envelope's data, checked */
export async function callOcs<T>(http: Http, call: OcsCall, data: z.ZodType<T>): Promise<T> {
  const request = requestOf(call);
  return readOcs(await http.text(request), http.about(request), data);
}

/** Under v2 the HTTP status is the status code; a 200 that says otherwise is not believed. */
export function readOcs<T>(reply: TextReply, about: About, data: z.ZodType<T>): T {
  if (reply.status !== 200) throw failureOf(reply, about);
  const parsed = envelope.safeParse(jsonOf(reply));
  if (!parsed.success) throw unexpected(about, 'not an OCS envelope', { status: reply.status });
  const { meta } = parsed.data.ocs;
  if (meta.status !== 'ok') throw failureOf({ ...reply, status: statusOf(meta.statuscode) }, about);
  const checked = data.safeParse(parsed.data.ocs.data);
  if (!checked.success)
    throw unexpected(about, 'fields are missing or of another kind', {
      fields: checked.error.issues.map((issue) => issue.path.join('.')),
    });
  return checked.data;
}

/** Numbers of the envelope that are no HTTP statuses: 997 is "not signed in", 998 "no such function". */
const statusOf = (statusCode: number): number => {
  if (statusCode === 997) return 401;
  if (statusCode === 998) return 404;
  return statusCode >= 400 && statusCode < 600 ? statusCode : 500;
};

export const requestOf = (call: OcsCall): Call => ({
  method: call.method,
  path: `/ocs/v2.php${call.path}`,
  auth: call.auth ?? 'account',
  signal: call.signal,
  secrets: call.secrets ?? [],
  headers: {
    'ocs-apirequest': 'true',
    accept: 'application/json',
    ...(call.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
  },
  ...(call.form === undefined ? {} : { body: formBody(call.form) }),
});

const formBody = (form: Readonly<Record<string, string>>): { source: Buffer; sizeBytes: number } => {
  const source = Buffer.from(new URLSearchParams(form).toString());
  return { source, sizeBytes: source.length };
};

/** Undefined for what is no JSON. */
export const jsonOf = (reply: TextReply): unknown => {
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
};
