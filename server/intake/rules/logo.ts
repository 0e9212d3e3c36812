import type { LogoType } from '../../../db/schema/people.ts';

/** A larger one is not shown. */
export const mostLogoBytes = 512 * 1024;

/** What a file is by its first bytes, whatever it is called; undefined for what no page shows as a picture. */
export const logoTypeOf = (bytes: Buffer): LogoType | undefined => {
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (/^RIFF[^]{4}WEBP/.test(head)) return 'image/webp';
  return isSvg(bytes) ? 'image/svg+xml' : undefined;
};

/** Before the root element only what XML allows there: its declaration, comments, a type. */
const beforeRoot = /^(\s+|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^[>]*(\[[^\]]*\]\s*)?>)/i;

const isSvg = (bytes: Buffer): boolean => {
  let rest = bytes.toString('utf8').replace(/^\uFEFF/, '');
  for (let next = beforeRoot.exec(rest); next !== null; next = beforeRoot.exec(rest))
    rest = rest.slice(next[0].length);
  return /^<(\w+:)?svg[\s>/]/.test(rest);
};
