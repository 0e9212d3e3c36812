import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenIdProvider from 'oidc-provider';

export interface OidcPerson {
  preferred_username?: string;
  name?: string;
  email?: string;
  email_verified?: boolean;
  groups?: string[];
}

export interface OidcServer {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** By the provider's own name for them. */
  people: Map<string, OidcPerson>;
  /**
   * Goes the way of a browser.
   * @param cookies of a browser that was there before, and may be signed in; changed
   * @returns the address that the provider sends it back to
   */
  signIn(address: string, subject: string, cookies?: Map<string, string>): Promise<string>;
  close(): Promise<void>;
}

/** A real provider (`oidc-provider`), whose people are those that a test puts there. They have no passwords. */
export const startOidcServer = async (redirectUri: () => string): Promise<OidcServer> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const people = new Map<string, OidcPerson>();
  const client = { clientId: 'uketori', clientSecret: 'a-secret-of-the-tests' };
  let answering: OpenIdProvider | undefined;
  server.on('request', (request, response) => {
    // Made when it is first asked: only then is it known where the portal is.
    answering ??= new OpenIdProvider(issuer, {
      clients: [
        {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: [redirectUri()],
          require_auth_time: true,
        },
      ],
      claims: {
        openid: ['sub'],
        profile: ['name', 'preferred_username'],
        email: ['email', 'email_verified'],
        groups: ['groups'],
      },
      scopes: ['openid', 'profile', 'email', 'groups'],
      cookies: { keys: ['of the tests'] },
      findAccount: (_context: unknown, accountId: string) => ({
        accountId,
        claims: () => ({ sub: accountId, ...people.get(accountId) }),
      }),
      loadExistingGrant: consent,
    });
    answering.callback()(request, response);
  });
  return {
    issuer: new URL(issuer),
    ...client,
    people,
    signIn: (address, subject, cookies = new Map()) => walk(issuer, address, subject, cookies),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

interface GrantContext {
  oidc: {
    provider: { Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> } };
    client: { clientId: string };
    session: { accountId: string };
  };
}

/** Nobody is asked whether the portal may know who they are. */
const consent = async ({ oidc: { provider, client, session } }: GrantContext) => {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email groups');
  await grant.save();
  return grant;
};

const walk = async (
  issuer: string,
  address: string,
  subject: string,
  cookies: Map<string, string>,
): Promise<string> => {
  let next = address;
  for (let step = 0; step < 10 && next.startsWith(issuer); step += 1) {
    const asksWho = next.includes('/interaction/');
    const response = await fetch(next, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(asksWho && {
        method: 'POST',
        body: new URLSearchParams({ prompt: 'login', login: subject, password: 'any' }),
      }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`the provider stays at ${next}: ${response.status} ${await response.text()}`);
    next = new URL(location, next).href;
  }
  return next;
};
