import type { Database } from '../../db/client.ts';
import { insertApiToken, useApiToken } from '../../db/queries/people.ts';
import type { TeamScope } from '../../db/queries/teams.ts';
import type { Right } from '../../db/schema/index.ts';
import { Failure } from '../lib/failure.ts';
import { hashToken, newToken } from '../lib/ids.ts';
import { rightsOf } from './rights.ts';
import { teamScopeOf } from './team-scope.ts';

/** Begins with a word that secret scanners can look for. */
const prefix = 'uketori_';

export interface TokenHolder {
  tokenId: string;
  staffId: string;
  teams: TeamScope;
}

/** @returns the token, told here once in the clear */
export const createApiToken = async (
  db: Database,
  values: { staffId: string; name: string; scopes: Right[]; expiresAt: Date | null },
): Promise<{ tokenId: string; token: string }> => {
  const token = `${prefix}${newToken()}`;
  return { tokenId: await insertApiToken(db, { ...values, tokenHash: hashToken(token) }), token };
};

/**
 * @param header the value of `Authorization`
 * @throws Failure `auth.required` (absent, unknown, revoked, expired: one answer); `auth.forbidden` without the scope, or
 *   where its holder may not do so (any more)
 */
export const requireToken = async (
  db: Database,
  header: string | undefined,
  scope: Right,
): Promise<TokenHolder> => {
  const token = bearer(header);
  if (token === undefined || !token.startsWith(prefix)) throw new Failure('auth.required');
  const found = await useApiToken(db, hashToken(token));
  if (found === undefined) throw new Failure('auth.required');
  if (!found.scopes.includes(scope) || !rightsOf(found.role).includes(scope))
    throw new Failure('auth.forbidden', { params: { scope } });
  return {
    tokenId: found.id,
    staffId: found.staffId,
    teams: await teamScopeOf(db, found.staffId, found.role),
  };
};

/** What follows `Bearer ` in an Authorization header. */
export const bearer = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header ?? '')?.[1];
