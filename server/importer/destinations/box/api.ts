import { Failure } from '../../../lib/failure.ts';
import type { OutgoingCall, OutgoingClient, OutgoingReply } from '../../../lib/outgoing/client.ts';
import { type BoxConfig, isFitAddress } from './config.ts';
import type { SignIn } from './sign-in.ts';

/** Bodies that can be sent a second time, when a session has ended in between: so no streams. */
type Body = Exclude<OutgoingCall['body'], { stream: unknown } | undefined>;

export interface BoxCall {
  method: string;
  /** An address whole, or a path below one of the configured ones. */
  url: string | { at: 'api' | 'upload'; path: string };
  headers?: Record<string, string>;
  body?: Body;
  signal?: AbortSignal | undefined;
  mostAnswerBytes?: number;
}

/** Box, signed in to. Any status is an answer but 401. */
export interface BoxApi {
  /** @throws Failure `destination.auth` (later) when Box doesn't know the token, nor a new one */
  call(call: BoxCall): Promise<OutgoingReply>;
  /** Reads an address that needs no token, and gets none. */
  fetch(url: string, options: { signal?: AbortSignal; mostAnswerBytes: number }): Promise<OutgoingReply>;
}

export const createApi = (config: BoxConfig, signIn: SignIn, http: OutgoingClient): BoxApi => {
  const once = async ({ url, headers, ...call }: BoxCall, token: string) =>
    http.call({
      ...call,
      url: typeof url === 'string' ? fit(url) : `${config.urls[url.at]}${url.path}`,
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
  return {
    async call(call) {
      const token = await signIn.token(call.signal);
      const reply = await once(call, token);
      if (reply.status !== 401) return reply;
      const second = signIn.forget(token) ? await once(call, await signIn.token(call.signal)) : reply;
      if (second.status !== 401) return second;
      throw new Failure('destination.auth', {
        retry: 'later',
        details: { what: 'a call with a token', status: second.status },
      });
    },
    fetch: (url, options) => http.call({ method: 'GET', url: fit(url), ...options }),
  };
};

/** An address that Box has told. @throws Failure `destination.unavailable` where a token would go in clear */
const fit = (url: string): string => {
  if (isFitAddress(url)) return url;
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { reason: 'an address that is not https' },
  });
};
