import { z } from '@hono/zod-openapi';
import { failureCodes } from '../../lib/failure.ts';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string().openapi({ description: 'In words, in the language of `Accept-Language`.' }),
    status: z.number().int(),
    code: z
      .enum(failureCodes)
      .openapi('ProblemCode', { description: 'Stays the same; new ones may be added.' }),
    retry: z.boolean().openapi({ description: 'Whether the same may succeed later, unchanged.' }),
    params: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    field: z.string().optional().openapi({ description: 'What the problem is about.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: 'Where what was sent breaks the schema.' }),
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

/** What every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional().openapi({ description: '`next` of the page before.' }),
};
export const next = z
  .string()
  .nullable()
  .openapi({ description: 'The `cursor` of the next page; null on the last.' });

export const deliveryStateSchema = z.enum(['waiting', 'delivering', 'delivered', 'dead', 'withdrawn']);

/** What a scanner said of a file. */
export const scanSchema = z
  .object({
    result: z.enum(['clean', 'found', 'over-limit']),
    found: z.string().nullable().openapi({ description: 'In the scanner’s words.' }),
  })
  .nullable()
  .openapi({ description: 'What a scanner said of it; null: none has looked at it.' });

export const idParam = z.object({ id: z.string().openapi({ param: { name: 'id', in: 'path' } }) });
