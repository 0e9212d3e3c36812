import type { Context } from 'hono';
import { Failure } from '../lib/failure.ts';

type Fields = Awaited<ReturnType<Context['req']['parseBody']>>;

const invalid = (cause: unknown): never => {
  throw new Failure('input.invalid', { cause });
};

/** The fields of a sent form. @throws Failure `input.invalid` for a body that is none */
export const fieldsOf = (c: Context): Promise<Fields> => c.req.parseBody().catch(invalid);

/** The same as a browser keeps it, with every field of a name. @throws Failure `input.invalid` */
export const formOf = (c: Context): Promise<FormData> => c.req.formData().catch(invalid);
