import { Failure } from '../lib/failure.ts';

/**
 * Encodes a user-relative path ('/A/日本語.txt') segment by segment; '/' becomes ''.
 * @throws Failure `nextcloud.rejected` for what would leave its folder ('..') or can't be sent: a server or a proxy
 * would normalise it into another address
 */
export function encodePath(path: string): string {
  if (!path.startsWith('/')) throw refused(path);
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => `/${encodeSegment(segment)}`)
    .join('');
}

/** @throws Failure `nextcloud.rejected` for '', '.', '..', NUL, '/' or a lone surrogate */
export function encodeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..' || /[\0/]/.test(segment)) throw refused(segment);
  try {
    return encodeURIComponent(segment);
  } catch (cause) {
    throw refused(segment, cause);
  }
}

/**
 * What a reply's href says below `root`, decoded and without a slash at the end; '/' for the root itself.
 * The href may be an absolute address. Undefined when it lies elsewhere or can't be decoded.
 */
export function pathBelow(root: string, href: string): string | undefined {
  try {
    const path = decodeURIComponent(href.replace(/^https?:\/\/[^/]+/i, '')).replace(/\/+$/, '');
    const start = decodeURIComponent(root);
    if (path === start) return '/';
    return path.startsWith(`${start}/`) ? path.slice(start.length) : undefined;
  } catch {
    return undefined;
  }
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const refused = (path: string, cause?: unknown): Failure =>
  new Failure('nextcloud.rejected', { details: { reason: 'not a path that can be sent', path }, cause });
