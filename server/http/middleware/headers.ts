import type { MiddlewareHandler } from 'hono';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * On every reply: nothing inline, nothing framed, nothing kept, and no Referer to other sites, for the address of a page
 * may hold a link's token. Only assets and logos, whose names change with their content, may be kept.
 */
export const securityHeaders = (publicUrl: URL): MiddlewareHandler => {
  const https = publicUrl.protocol === 'https:';
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    // What comes from elsewhere, as logos and blank forms do, has a stricter one.
    if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', policy);
    // Over plain http not every browser says `Sec-Fetch-Site`, and `no-referrer` makes the Origin of a form `null`:
    // our own would look like a stranger's. There the address is told to the portal itself, and still to nobody else.
    headers.set('Referrer-Policy', https ? 'no-referrer' : 'same-origin');
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('X-Frame-Options', 'DENY');
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    headers.set('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), interest-cohort=()');
    headers.set('X-Robots-Tag', 'noindex, nofollow');
    if (https) headers.set('Strict-Transport-Security', 'max-age=31536000');
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  };
};
