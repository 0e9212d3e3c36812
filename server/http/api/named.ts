import { z } from '@hono/zod-openapi';

/**
 * A schema of another room, under the name that the API's document gives it. A copy: one that was built before the library
 * extended zod can't be named, and which comes first is an accident of who imports whom.
 */
export const named = <Schema extends z.ZodType>(schema: Schema, name: string): Schema =>
  z.clone(schema).openapi(name);
