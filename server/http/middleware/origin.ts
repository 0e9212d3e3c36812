import type { MiddlewareHandler } from 'hono';
import { Failure } from '../../lib/failure.ts';

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Refuses a change that another site asks a browser to make. A browser says where it comes from, in
 * `Sec-Fetch-Site` and in `Origin`; a program that says neither has no cookies that could be abused.
 * @throws Failure `auth.foreign-origin`
 */
export const sameOriginOnly =
  (publicUrl: URL): MiddlewareHandler =>
  async (c, next) => {
    if (changing.has(c.req.method)) {
      const site = c.req.header('sec-fetch-site');
      const origin = c.req.header('origin');
      const fromElsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
      if (fromElsewhere || (origin !== undefined && origin !== publicUrl.origin))
        throw new Failure('auth.foreign-origin');
    }
    await next();
  };
