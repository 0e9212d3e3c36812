import { createHash } from 'node:crypto';
import { failureOf, type Headers } from './errors.ts';
import type { Call, Http } from './http.ts';
import { encodeSegment } from './paths.ts';
import type { PublicProbe, Shares } from './types.ts';

const methods = ['GET', 'HEAD', 'PROPFIND'] as const;
const refusedLifeMs = 60 * 60_000;
const mostRefused = 10_000;

/** See `Shares.probePublicReading`. */
export function createPublicProbe(http: Http): Shares['probePublicReading'] {
  /** Passwords that were refused, by a hash of token and password, and until when they are not given again. */
  const refused = new Map<string, number>();
  /** Checking a password costs Nextcloud 0.4 s of a processor, the session that it opens 0.03 s (32.0.1). */
  let keepsSessions = true;

  return async (token, password, options) => {
    const key = createHash('sha256')
      .update(`${token}\0${password ?? ''}`)
      .digest('hex');
    const probe: PublicProbe = { readable: false, passwordRefused: false, statuses: [] };
    const refusedUntilMs = refused.get(key);
    if (refusedUntilMs !== undefined && refusedUntilMs > performance.now())
      return { ...probe, passwordRefused: true, statuses: [{ method: 'GET', status: 401 }] };
    refused.delete(key);

    let session = '';
    for (const method of methods) {
      const ask = async (cookie: string) => {
        const call = callFor(method, token, cookie === '' ? password : undefined, options?.signal);
        return answerOf(
          http,
          { ...call, headers: { ...call.headers, ...(cookie && { cookie }) } },
          probe.readable,
        );
      };
      let { status, cookies } = await ask(session);
      // Only what the password was answered with is believed. A 401 counts as wrong guesses: it must not happen twice.
      if (session !== '' && status !== probe.statuses[0]?.status) {
        if (status === 401) keepsSessions = false;
        session = '';
        ({ status, cookies } = await ask(session));
      }
      if (keepsSessions && session === '') session = cookies;
      probe.statuses.push({ method, status });
      if (status < 300) probe.readable = true;
      if (status === 401) {
        probe.passwordRefused = true;
        if (refused.size >= mostRefused) refused.clear();
        refused.set(key, performance.now() + refusedLifeMs);
        break;
      }
    }
    return probe;
  };
}

const callFor = (
  method: string,
  token: string,
  password: string | undefined,
  signal: AbortSignal | undefined,
): Call => ({
  method,
  path: `/public.php/dav/files/${encodeSegment(token)}/`,
  shownPath: '/public.php/dav/files/[token]/',
  auth: password === undefined || password === '' ? 'none' : { user: 'anonymous', password },
  headers: { 'x-requested-with': 'XMLHttpRequest', ...(method === 'PROPFIND' ? { depth: '0' } : {}) },
  secrets: [token, password ?? ''],
  signal,
});

/**
 * Reading (2xx) and refusal (4xx that is no matter of time) are answers; anything else leaves the question open,
 * unless reading has been seen already.
 */
const answerOf = async (http: Http, call: Call, isReadable: boolean) => {
  const { status, headers, body } = await http.stream(call, () => true);
  body.destroy();
  const isAnswer = status < 300 || (status >= 400 && status < 500 && ![408, 425, 429].includes(status));
  if (isAnswer || isReadable) return { status, cookies: cookiesOf(headers) };
  throw failureOf({ status, headers, text: '' }, http.about(call));
};

/** As they go back; '' for none. */
const cookiesOf = (headers: Headers): string =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    .join('; ');
