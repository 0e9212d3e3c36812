import type { Database } from '../../db/client.ts';
import { insertApiToken, useApiToken } from '../../db/queries/people.ts';
import type { TokenScope } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashToken, newToken } from '../lib/ids.ts';

export const tokenScopes: readonly TokenScope[] = [
  'requests:read',
  'requests:write',
  'notices:read',
  'notices:write',
  'deliveries:read',
  'deliveries:write',
  'destinations:read',
  'destinations:write',
];

/** Begins with a word that secret scanners can look for. */
const prefix = 'uketori_';

export interface TokenHolder {
  tokenId: string;
  staffId: string;
  scopes: TokenScope[];
}

/** @returns the token, told here once in the clear */
export const createApiToken = async (
  db: Database,
  values: { staffId: string; name: string; scopes: TokenScope[]; expiresAt: Date | null },
): Promise<{ tokenId: string; token: string }> => {
  const token = `${prefix}${newToken()}`;
  return { tokenId: await insertApiToken(db, { ...values, tokenHash: hashToken(token) }), token };
};

/**
 * @param header the value of `Authorization`
 * @throws Failure `auth.required` (absent, unknown, revoked, expired: one answer), `auth.forbidden` without the scope
 */
export const requireToken = async (
  db: Database,
  header: string | undefined,
  scope: TokenScope,
): Promise<TokenHolder> => {
  const token = bearer(header);
  if (token === undefined || !token.startsWith(prefix)) throw new Failure('auth.required');
  const found = await useApiToken(db, hashToken(token));
  if (found === undefined) throw new Failure('auth.required');
  if (!found.scopes.includes(scope)) throw new Failure('auth.forbidden', { params: { scope } });
  return { tokenId: found.id, staffId: found.staffId, scopes: found.scopes };
};

/** What follows `Bearer ` in an Authorization header. */
export const bearer = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header ?? '')?.[1];
