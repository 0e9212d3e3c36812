import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { insertApiToken, revokeApiToken, useApiToken } from '../../db/queries/people.ts';
import type { TeamScope } from '../../db/queries/teams.ts';
import type { AuditAction, Right, StaffRole } from '../../db/schema/index.ts';
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
  /** What it may do now: its scopes, as far as its holder has these rights. */
  scopes: Right[];
}

/** @returns the token, told here once in the clear */
export const createApiToken = async (
  db: Queryable,
  values: { staffId: string; name: string; scopes: Right[]; expiresAt: Date | null },
): Promise<{ tokenId: string; token: string }> => {
  const token = `${prefix}${newToken()}`;
  return { tokenId: await insertApiToken(db, { ...values, tokenHash: hashToken(token) }), token };
};

/** Who makes or revokes a token of their own, by a session or by another token. */
export interface TokenOwner {
  staffId: string;
  /** As the audit log is to name them. */
  name: string;
  address?: string | undefined;
}

/**
 * @param role what the scopes must be part of; what the token may do follows it later, too
 * @returns the token, told here once in the clear
 * @throws Failure `input.invalid` for no scope, and for one beyond the role
 */
export const createOwnToken = async (
  db: Database,
  owner: TokenOwner,
  role: StaffRole,
  { name, scopes, lifeDays }: { name: string; scopes: Right[]; lifeDays: number | null },
): Promise<string> => {
  if (scopes.length === 0 || scopes.some((scope) => !rightsOf(role).includes(scope)))
    throw new Failure('input.invalid', { params: { field: 'scopes' } });
  const expiresAt = lifeDays === null ? null : new Date(Date.now() + lifeDays * 86_400_000);
  return db.transaction(async (tx) => {
    const made = await createApiToken(tx, { staffId: owner.staffId, name, scopes, expiresAt });
    await recordAudit(tx, { ...deed(owner, 'token.created', made.tokenId), details: { scopes } });
    return made.token;
  });
};

/** @throws Failure `not-found`: of somebody else it is not there either */
export const revokeOwnToken = (db: Database, owner: TokenOwner, tokenId: string): Promise<void> =>
  db.transaction(async (tx) => {
    if (!(await revokeApiToken(tx, owner.staffId, tokenId))) throw new Failure('not-found');
    await recordAudit(tx, deed(owner, 'token.revoked', tokenId));
  });

const deed = ({ name, address }: TokenOwner, action: AuditAction, subject: string) => ({
  actor: name,
  action,
  subject,
  address,
});

/**
 * @param header the value of `Authorization`
 * @param scope `anyone`: whoever has a token that is good
 * @throws Failure `auth.required` (absent, unknown, revoked, expired: one answer); `auth.forbidden` without the scope, or
 *   where its holder may not do so (any more)
 */
export const requireToken = async (
  db: Database,
  header: string | undefined,
  scope: Right | 'anyone',
): Promise<TokenHolder> => {
  const token = bearer(header);
  if (token === undefined || !token.startsWith(prefix)) throw new Failure('auth.required');
  const found = await useApiToken(db, hashToken(token));
  if (found === undefined) throw new Failure('auth.required');
  const scopes = rightsOf(found.role).filter((right) => found.scopes.includes(right));
  if (scope !== 'anyone' && !scopes.includes(scope))
    throw new Failure('auth.forbidden', { params: { scope } });
  return {
    tokenId: found.id,
    staffId: found.staffId,
    teams: await teamScopeOf(db, found.staffId, found.role),
    scopes,
  };
};

/** What follows `Bearer ` in an Authorization header. */
export const bearer = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header ?? '')?.[1];
