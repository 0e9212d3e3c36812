import type { Context } from 'hono';
import type { z } from 'zod';
import { Failure } from '../../lib/failure.ts';
import { fieldsOf } from '../fields.ts';

/** @throws Failure `input.invalid` */
export const readForm = async <T>(c: Context, schema: z.ZodType<T>): Promise<T> => {
  const read = schema.safeParse(await fieldsOf(c));
  if (!read.success) throw new Failure('input.invalid', { cause: read.error });
  return read.data;
};
