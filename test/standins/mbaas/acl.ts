import { refusal } from './reply.ts';
import type { Acl, User } from './state.ts';

export type Right = 'r' | 'c' | 'u' | 'd' | 'admin';

/** Groups that a caller is in, beside those he was put into. */
const namesOf = (user: User | undefined): Set<string> =>
  new Set(
    user === undefined
      ? ['g:anonymous']
      : [user.id, 'g:anonymous', 'g:authenticated', ...user.groups.map((group) => `g:${group}`)],
  );

/** `w` stands for making, changing and deleting; an owner may do everything. */
export const allows = (acl: Acl, user: User | undefined, right: Right): boolean => {
  if (user !== undefined && acl.owner === user.id) return true;
  const names = namesOf(user);
  const lists = [acl[right], ...(right === 'c' || right === 'u' || right === 'd' ? [acl.w] : [])];
  return lists.some((list) => list?.some((name) => names.has(name)));
};

export const demand = (acl: Acl, user: User | undefined, right: Right): void => {
  if (!allows(acl, user, right)) throw refusal(403, 'Permission denied');
};

/** Who has what when nothing is said: the owner alone, or, for somebody not signed in, everybody. */
export const aclOrDefault = (said: unknown, user: User | undefined): Acl => {
  if (said === undefined)
    return user === undefined
      ? { r: ['g:anonymous'], w: ['g:anonymous'], u: [], d: [], admin: [] }
      : { owner: user.id, r: [], w: [], u: [], d: [], admin: [] };
  const acl = said as Acl;
  for (const [key, value] of Object.entries(acl))
    if (key === 'owner' ? typeof value !== 'string' : !Array.isArray(value))
      throw refusal(400, 'Invalid ACL');
  return user === undefined || acl.owner !== undefined ? acl : { ...acl, owner: user.id };
};
