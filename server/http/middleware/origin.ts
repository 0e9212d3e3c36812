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
      // What the browser itself says of the two sites counts first: no page can make it say `same-origin`, and a page
      // that lets no referrer out sends its own forms with `Origin: null`.
      const ours =
        site === undefined
          ? origin === undefined || origin === publicUrl.origin
          : site === 'same-origin' || site === 'none';
      if (!ours) throw new Failure('auth.foreign-origin');
    }
    await next();
  };
