import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { type BrandRow, findLogo } from '../../db/queries/brands.ts';
import type { LogoType } from '../../db/schema/index.ts';
import type { Brand } from '../../web/pages/context.ts';
import { accentSheet } from '../../web/styles/accent.ts';
import { Failure } from '../lib/failure.ts';
import type { Portal } from './portal.ts';

/** What a logo may do when it is opened by itself: nothing but be drawn, with the styles that it brings along. */
const logoPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'";

const keptForEver = 'public, max-age=31536000, immutable';

const endings: Record<LogoType, string> = {
  'image/svg+xml': 'svg',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

/** Logos and accents, at addresses that change with what they show. Nothing of it is a secret. */
export const createBrandRoutes = (portal: Pick<Portal, 'db'>): Hono => {
  const app = new Hono();

  app.get('/:name', async (c) => {
    const name = c.req.param('name');
    const [, color] = /^([0-9a-f]{6})-[0-9a-f]{16}\.css$/.exec(name) ?? [];
    if (color !== undefined) {
      const { address, sheet } = accentOf(`#${color}`);
      // Of another version of this program: the accent as it is now, and not to be kept.
      if (address === c.req.path) c.header('Cache-Control', keptForEver);
      return c.body(sheet, 200, { 'Content-Type': 'text/css; charset=utf-8' });
    }
    const [, hash] = /^logo-([0-9a-f]{64})\.[a-z]+$/.exec(name) ?? [];
    const found = hash === undefined ? undefined : await findLogo(portal.db, hash);
    if (found === undefined) throw new Failure('not-found');
    return c.body(new Uint8Array(found.logo), 200, {
      'Content-Type': found.logoType,
      'Content-Security-Policy': logoPolicy,
      'Cache-Control': keptForEver,
    });
  });

  return app;
};

export const shownBrand = (row: BrandRow | undefined): Brand =>
  row === undefined
    ? {}
    : {
        name: row.name ?? undefined,
        logo:
          row.logoHash === null || row.logoType === null
            ? undefined
            : {
                address: `/brand/logo-${row.logoHash}.${endings[row.logoType]}`,
                isPale: row.logoIsPale,
              },
        css: row.color === null ? undefined : accentOf(row.color).address,
      };

interface Accent {
  address: string;
  sheet: string;
}

/** Making one takes milliseconds, and every page asks. Anybody may ask for any colour: only some are remembered. */
const accents = new Map<string, Accent>();
const mostAccents = 100;

const accentOf = (color: string): Accent => {
  const known = accents.get(color);
  if (known !== undefined) return known;
  const sheet = accentSheet(color);
  const hash = createHash('sha256').update(sheet).digest('hex').slice(0, 16);
  const made = { address: `/brand/${color.slice(1)}-${hash}.css`, sheet };
  if (accents.size >= mostAccents) accents.clear();
  accents.set(color, made);
  return made;
};
