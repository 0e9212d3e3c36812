import { createHash } from 'node:crypto';
import { allBrands, type BrandRow, brandsToAsk, storeBrand } from '../../db/queries/brands.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { Intake } from './context.ts';
import { logoTypeOf, mostLogoBytes } from './rules/logo.ts';
import { isPale } from './rules/pale.ts';

/** How Nextclouds present themselves: who asks, as the pages say. */
export interface Brands {
  /**
   * Of an account's Nextcloud, or of the portal's own. From memory, so that no page waits; undefined where nothing is
   * known yet.
   */
  of(accountId?: string): BrandRow | undefined;
  /** Asks those Nextclouds that have not told for so long, and learns what other nodes were told. Never throws. */
  refresh(olderThanSeconds: number): Promise<void>;
}

export const createBrands = (intake: Pick<Intake, 'db' | 'accounts' | 'portalAccount' | 'log'>): Brands => {
  const { db, log } = intake;
  let known = new Map<string, BrandRow>();
  let own: string | undefined;

  const learn = async (): Promise<void> => {
    known = new Map((await allBrands(db)).map((row) => [row.accountId, row]));
  };

  const ask = async (accountId: string, before: BrandRow | null): Promise<void> => {
    const nextcloud = await intake.accounts.nextcloudFor(accountId);
    const { name = null, color = null, logoPath = null } = await nextcloud.theming();
    await storeBrand(db, accountId, { name, color });
    if (logoPath !== (before?.logoPath ?? null))
      await storeBrand(db, accountId, await readLogo(nextcloud, logoPath));
  };

  return {
    of: (accountId) => known.get(accountId ?? own ?? ''),
    async refresh(olderThanSeconds) {
      try {
        // What is known is shown before anybody is asked: a node that starts while Nextcloud is away looks as others do.
        await learn();
        own = (await intake.portalAccount().catch(() => undefined))?.accountId ?? own;
        for (const { accountId, known: before } of await brandsToAsk(db, own, olderThanSeconds))
          await ask(accountId, before).catch((error: unknown) =>
            log.warn({ err: error, accountId }, 'a Nextcloud could not be asked how it presents itself'),
          );
        await learn();
      } catch (error) {
        log.warn({ err: error }, 'how Nextclouds present themselves could not be read');
      }
    },
  };
};

/** What is no picture, or too large, is none. What can't be had now leaves the one before, and is asked for again. */
const readLogo = async (nextcloud: Nextcloud, logoPath: string | null) => {
  const bytes = logoPath === null ? undefined : await nextcloud.logo(logoPath, { maxBytes: mostLogoBytes });
  const logoType = bytes && logoTypeOf(bytes);
  if (bytes === undefined || logoType === undefined)
    return { logoPath, logo: null, logoType: null, logoIsPale: false, logoHash: null };
  const logoHash = createHash('sha256').update(bytes).digest('hex');
  return { logoPath, logo: bytes, logoType, logoIsPale: isPale(bytes, logoType), logoHash };
};
