import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { TokenScope } from '../../../db/schema/index.ts';
import type { Actor } from '../../intake/context.ts';

/** Who holds the token of a call. @throws Failure `auth.required`, `auth.forbidden` */
export type ActorOf = (c: Context, scope: TokenScope) => Promise<Actor>;

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const problem = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: problemSchema } },
};
export const security = [{ token: [] }];
export const idParam = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) });
