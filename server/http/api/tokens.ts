import { createRoute, z } from '@hono/zod-openapi';
import { findStaff, listApiTokens } from '../../../db/queries/people.ts';
import { teamsOf } from '../../../db/queries/teams.ts';
import { revokeOwnToken, type TokenOwner } from '../../auth/api-tokens.ts';
import type { Actor } from '../../intake/context.ts';
import { Failure } from '../../lib/failure.ts';
import { pageOf } from '../../lib/pages.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, next, pageQuery, problem } from './schemas.ts';

const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Token');

const accountSchema = z
  .object({
    id: z.string(),
    login: z.string(),
    name: z.string(),
    role: z.enum(['administrator', 'staff', 'viewer']),
    teams: z.array(z.object({ id: z.string(), name: z.string() })),
    token: z.object({
      id: z.string(),
      scopes: z
        .array(z.string())
        .openapi({ description: 'What it may do now: its scopes, as far as its person has these rights.' }),
    }),
  })
  .openapi('Account');

const routes = {
  account: createRoute({
    method: 'get',
    path: '/account',
    summary: 'Say whose token asks, and what it may do',
    description:
      'The rest of one’s own account is the console’s alone: a token can’t make another, nor change how its person signs in or what they are told.',
    responses: { 200: json(accountSchema, 'The account'), default: problem },
  }),
  list: createRoute({
    method: 'get',
    path: '/tokens',
    summary: 'List one’s own tokens that are not revoked, the newest first',
    request: { query: z.object(pageQuery) },
    responses: { 200: json(z.object({ tokens: z.array(tokenSchema), next }), 'Tokens'), default: problem },
  }),
  revoke: createRoute({
    method: 'delete',
    path: '/tokens/{id}',
    summary: 'Revoke a token of one’s own, also the one that asks',
    request: { params: idParam },
    responses: { 204: { description: 'Revoked' }, default: problem },
  }),
};

/** The tokens of the person whose token asks. New ones are made in the console alone. */
export const addTokenRoutes = ({ add }: Api, { db }: Portal): void => {
  add({ needs: 'anyone' }, routes.account, async (c) => {
    const { staffId } = ownerOf(c.var.actor);
    const [person, teams] = await Promise.all([findStaff(db, staffId), teamsOf(db, staffId)]);
    if (person === undefined) throw new Failure('not-found');
    const { tokenId, scopes } = c.var.token;
    return c.json(
      {
        id: person.id,
        login: person.login,
        name: person.name,
        role: person.role,
        teams: teams.map(({ id, name }) => ({ id, name })),
        token: { id: tokenId, scopes },
      },
      200,
    );
  });
  add({ needs: 'anyone' }, routes.list, async (c) => {
    const { staffId } = ownerOf(c.var.actor);
    const page = await pageOf(c.req.valid('query'), /^tok_[0-9a-f]+$/, (stretch) =>
      listApiTokens(db, staffId, stretch),
    );
    const tokens = page.rows.map(({ token: { expiresAt, lastUsedAt, createdAt, ...row } }) =>
      tokenSchema.parse({
        ...row,
        expiresAt: expiresAt?.toISOString() ?? null,
        lastUsedAt: lastUsedAt?.toISOString() ?? null,
        createdAt: createdAt.toISOString(),
      }),
    );
    return c.json({ tokens, next: page.next ?? null }, 200);
  });
  add({ needs: 'anyone' }, routes.revoke, async (c) => {
    await revokeOwnToken(db, ownerOf(c.var.actor), c.req.valid('param').id);
    return c.body(null, 204);
  });
};

const ownerOf = ({ staffId, name, address }: Actor): TokenOwner => {
  if (staffId === undefined) throw new Failure('not-found');
  return { staffId, name, address };
};
