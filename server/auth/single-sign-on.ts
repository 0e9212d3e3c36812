import * as client from 'openid-client';
import type { Database } from '../../db/client.ts';
import { findStaffBySubject } from '../../db/queries/people.ts';
import { Failure } from '../lib/failure.ts';
import type { Sealing } from '../lib/sealing.ts';
import { admitVouched, type RoleGroups } from './vouched.ts';

/** Sign-in through a provider of OpenID Connect (authorization code, PKCE). */
export interface SingleSignOn {
  /**
   * @param again the provider is to ask who it is, also whoever is signed in there
   * @returns where to send the browser, and what it is to bring back with the answer (sealed)
   * @throws Failure `auth.provider-unavailable`
   */
  begin(again: boolean): Promise<{ address: string; way: string }>;
  /**
   * Their role is what their groups say now; who is new is added.
   * @param search of the address that the provider has sent the browser to
   * @throws Failure `auth.not-admitted`: no answer to this way, in none of the groups, or with a login that somebody else has
   */
  finish(way: string, search: string): Promise<Proven>;
}

export interface Proven {
  /** Whose sign-in it is. */
  staffId: string;
  /** When they showed the provider who they are (`auth_time`). Undefined where it does not tell: not all do. */
  at: Date | undefined;
}

export interface Provider {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  groupsClaim: string;
  groups: RoleGroups;
}

interface SingleSignOnDeps {
  db: Database;
  sealing: Sealing;
  publicUrl: URL;
  provider: Provider;
}

interface Way {
  state: string;
  nonce: string;
  verifier: string;
  untilMs: number;
}

const wayContext = 'single-sign-on';
const wayLifeMs = 10 * 60_000;

export const createSingleSignOn = (deps: SingleSignOnDeps): SingleSignOn => {
  const { db, sealing, publicUrl, provider } = deps;
  const returnTo = new URL('/staff/sign-in/provider/back', publicUrl);
  let discovered: Promise<client.Configuration> | undefined;
  /** Asked once; what failed is asked again. */
  const configuration = () => {
    discovered ??= client
      .discovery(provider.issuer, provider.clientId, provider.clientSecret, undefined, {
        ...(provider.issuer.protocol === 'http:' && { execute: [client.allowInsecureRequests] }),
      })
      .catch((cause: unknown) => {
        discovered = undefined;
        throw new Failure('auth.provider-unavailable', { retry: 'later', cause });
      });
    return discovered;
  };

  return {
    async begin(again) {
      const way: Way = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
        untilMs: Date.now() + wayLifeMs,
      };
      const known = await configuration();
      const asked = ['openid', 'profile', 'email'];
      // Some providers have a scope for it; others refuse one that they don't know.
      if (known.serverMetadata().scopes_supported?.includes(provider.groupsClaim) === true)
        asked.push(provider.groupsClaim);
      const address = client.buildAuthorizationUrl(known, {
        redirect_uri: returnTo.href,
        scope: asked.join(' '),
        state: way.state,
        nonce: way.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(way.verifier),
        code_challenge_method: 'S256',
        // OpenID Connect Core 1.0, 3.1.2.1: `max_age` has the answer tell when. Some providers know only one of the two.
        ...(again && { prompt: 'login', max_age: '0' }),
      });
      return { address: address.href, way: sealing.seal(JSON.stringify(way), wayContext) };
    },
    async finish(waySealed, search) {
      const { state, nonce, verifier } = openWay(sealing, waySealed);
      const answer = new URL(returnTo);
      answer.search = search;
      const known = await configuration();
      const expected = {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      };
      const claims = await claimsOf(known, answer, expected).catch((cause: unknown) => {
        throw new Failure('auth.not-admitted', { cause });
      });
      return { staffId: await personOf(db, provider, claims), at: provenAt(claims) };
    },
  };
};

type Claims = client.UserInfoResponse & Pick<client.IDToken, 'iss' | 'auth_time'>;

/** Some providers tell groups in the token, some only when they are asked about the person. */
const claimsOf = async (
  configuration: client.Configuration,
  answer: URL,
  expected: client.AuthorizationCodeGrantChecks,
): Promise<Claims> => {
  const tokens = await client.authorizationCodeGrant(configuration, answer, expected);
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('no ID token');
  const told =
    configuration.serverMetadata().userinfo_endpoint === undefined
      ? {}
      : await client.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  return { ...told, ...claims };
};

const personOf = async (db: Database, provider: Provider, claims: Claims): Promise<string> => {
  const claimed = claims[provider.groupsClaim];
  const providerSubject = `${claims.iss} ${claims.sub}`;
  return admitVouched(db, provider.groups, {
    known: await findStaffBySubject(db, providerSubject),
    groups: Array.isArray(claimed) ? claimed : [claimed],
    link: { providerSubject },
    login: textOf(claims.preferred_username ?? claims.email),
    name: textOf(claims.name),
    email: claims.email_verified === true ? (textOf(claims.email) ?? null) : null,
    by: 'single sign-on',
  });
};

/** Never later than now, whatever the provider's clock says. */
const provenAt = ({ auth_time: seconds }: Claims): Date | undefined =>
  typeof seconds === 'number' ? new Date(Math.min(seconds * 1000, Date.now())) : undefined;

const textOf = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim.trim() !== '' ? claim.trim() : undefined;

/** @throws Failure `auth.not-admitted` */
const openWay = (sealing: Sealing, waySealed: string): Way => {
  let way: Way;
  try {
    way = JSON.parse(sealing.open(waySealed, wayContext)) as Way;
  } catch {
    throw new Failure('auth.not-admitted');
  }
  if (way.untilMs <= Date.now()) throw new Failure('auth.not-admitted');
  return way;
};
