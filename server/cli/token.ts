import { recordAudit } from '../../db/queries/audit.ts';
import { findStaffByLogin } from '../../db/queries/people.ts';
import type { Right } from '../../db/schema/index.ts';
import { createApiToken } from '../auth/api-tokens.ts';
import { rights, rightsOf } from '../auth/rights.ts';
import { withInstallation } from './surroundings.ts';
import { oneWord, parse, UsageError } from './usage.ts';

/** Makes an API token, which is shown once. */
export const createToken = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, {
    name: { type: 'string', default: 'command line' },
    scope: { type: 'string', multiple: true },
    days: { type: 'string' },
  });
  const login = oneWord(positionals, 'login of a member of staff');
  const given = values.scope?.map((text): Right => {
    const scope = rights.find((known) => known === text);
    if (scope === undefined) throw new UsageError(`--scope is one of ${rights.join(', ')}.`);
    return scope;
  });
  if (values.days !== undefined && !/^[1-9]\d{0,3}$/.test(values.days))
    throw new UsageError('--days is a number of days, from 1 to 9999.');
  const expiresAt =
    values.days === undefined ? null : new Date(Date.now() + Number(values.days) * 86_400_000);
  return withInstallation(async ({ intake }) => {
    const person = await findStaffByLogin(intake.db, login);
    if (person === undefined)
      throw new UsageError(`Nobody has the login ${login}. Add them with: uketori staff add ${login}`);
    const own = rightsOf(person.role);
    const scopes = given ?? own;
    const beyond = scopes.filter((scope) => !own.includes(scope));
    if (beyond.length > 0)
      throw new UsageError(`${login} (${person.role}) may not do ${beyond.join(', ')} themselves.`);
    const made = await createApiToken(intake.db, {
      staffId: person.id,
      name: values.name,
      scopes,
      expiresAt,
    });
    await recordAudit(intake.db, {
      actor: 'system',
      action: 'token.created',
      subject: made.tokenId,
      details: { scopes },
    });
    console.log(made.token);
    console.error(
      `For ${scopes.join(', ')}, ${expiresAt === null ? 'until it is revoked' : `until ${expiresAt.toISOString()}`}. It is shown only this once.`,
    );
    return 0;
  });
};
