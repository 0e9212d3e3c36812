import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { OutgoingClient } from '../../../lib/outgoing/client.ts';
import type { AuthConfig, BoxConfig, BoxSecrets } from './config.ts';
import { codeOf, failureOfBox, read } from './failures.ts';

/** Where tokens come from. Kept in memory alone. */
export interface SignIn {
  /** @throws Failure `destination.auth` (later) when Box refuses the credentials */
  token(signal: AbortSignal | undefined): Promise<string>;
  /** Told when Box has refused a token. @returns whether asking for another makes sense */
  forget(token: string): boolean;
}

/** A token is not begun with shortly before its end. */
const reserveMs = 120_000;
/** Box allows a minute at most. */
const assertionSeconds = 45;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/** @throws Failure `destination.rejected` when the private key can't be opened */
export const createSignIn = (config: BoxConfig, secrets: BoxSecrets, http: OutgoingClient): SignIn => {
  const { auth } = config;
  if (auth.kind === 'developer-token') {
    const { developerToken = '' } = secrets;
    return { token: () => Promise.resolve(developerToken), forget: () => false };
  }
  const url = `${config.urls.account}/token`;
  const grant = grantOf(auth, secrets, url);
  let kept: { token: string; untilMs: number } | undefined;
  return {
    async token(signal) {
      if (kept !== undefined && performance.now() < kept.untilMs) return kept.token;
      const form = new URLSearchParams({
        client_id: auth.clientId ?? secrets.clientId ?? '',
        client_secret: secrets.clientSecret ?? '',
        ...grant(),
      });
      const reply = await http.call({
        method: 'POST',
        url,
        body: { text: form.toString(), contentType: 'application/x-www-form-urlencoded' },
        signal,
      });
      if (reply.status === 400 || reply.status === 401)
        throw new Failure('destination.auth', {
          retry: 'later',
          details: { what: 'sign in', status: reply.status, ...codeOf(reply) },
        });
      if (reply.status !== 200) throw failureOfBox(reply, 'sign in');
      const { access_token, expires_in } = read(tokenSchema, reply, 'sign in');
      const goodMs = Math.max(expires_in * 1000 - reserveMs, 0);
      kept = { token: access_token, untilMs: performance.now() + goodMs };
      return access_token;
    },
    forget(token) {
      if (kept?.token === token) kept = undefined;
      return true;
    },
  };
};

const grantOf = (
  auth: Exclude<AuthConfig, { kind: 'developer-token' }>,
  secrets: BoxSecrets,
  audience: string,
): (() => Record<string, string>) => {
  if (auth.kind === 'ccg')
    return () => ({
      grant_type: 'client_credentials',
      box_subject_type: auth.subject.kind,
      box_subject_id: auth.subject.id,
    });
  const key = privateKey(secrets);
  return () => ({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: signed(
      { alg: 'RS512', typ: 'JWT', kid: auth.publicKeyId },
      {
        iss: auth.clientId ?? secrets.clientId,
        sub: auth.subject.id,
        box_sub_type: auth.subject.kind,
        aud: audience,
        jti: randomUUID(),
        exp: Math.floor(Date.now() / 1000) + assertionSeconds,
      },
      key,
    ),
  });
};

/** What goes wrong is told without its cause, which might show a piece of the key. */
const privateKey = ({ privateKey, passphrase }: BoxSecrets): KeyObject => {
  try {
    const key = createPrivateKey({ key: privateKey ?? '', passphrase });
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Told below.
  }
  throw new Failure('destination.rejected', {
    details: { kind: 'box', problems: ['privateKey: expected an RSA key in PEM, and its passphrase'] },
  });
};

const signed = (header: object, claims: object, key: KeyObject): string => {
  const encoded = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const text = encoded.join('.');
  return `${text}.${sign('RSA-SHA512', Buffer.from(text), key).toString('base64url')}`;
};
