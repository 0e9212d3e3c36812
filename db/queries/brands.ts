import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { accounts, brands, type LogoType, requests } from '../schema/index.ts';

/** A brand without the bytes of its logo. */
export interface BrandRow {
  accountId: string;
  name: string | null;
  color: string | null;
  logoPath: string | null;
  logoType: LogoType | null;
  logoIsPale: boolean;
  logoHash: string | null;
}

const told = {
  accountId: brands.accountId,
  name: brands.name,
  color: brands.color,
  logoPath: brands.logoPath,
  logoType: brands.logoType,
  logoIsPale: brands.logoIsPale,
  logoHash: brands.logoHash,
};

export const allBrands = (db: Queryable): Promise<BrandRow[]> => db.select(told).from(brands);

/** Accounts with requests whose pages are seen, and this one, as far as they have not told for a while. */
export const brandsToAsk = async (
  db: Queryable,
  accountId: string | undefined,
  olderThanSeconds: number,
): Promise<{ accountId: string; known: BrandRow | null }[]> =>
  db
    .select({ accountId: accounts.id, known: told })
    .from(accounts)
    .leftJoin(brands, eq(brands.accountId, accounts.id))
    .where(
      and(
        or(
          isNull(brands.askedAt),
          lt(brands.askedAt, sql`now() - ${olderThanSeconds} * interval '1 second'`),
        ),
        or(
          accountId === undefined ? undefined : eq(accounts.id, accountId),
          sql`exists (select 1 from ${requests} where ${requests.accountId} = ${accounts.id} and ${requests.state} = 'open')`,
        ),
      ),
    );

/** How the Nextcloud of an account calls whom it belongs to. @returns undefined where it has told nothing of its own */
export const organisationOf = async (db: Queryable, accountId: string): Promise<string | undefined> => {
  const [row] = await db.select({ name: brands.name }).from(brands).where(eq(brands.accountId, accountId));
  return row?.name ?? undefined;
};

/** Replaces what was known; what is left out of `values` stays. */
export const storeBrand = async (
  tx: Queryable,
  accountId: string,
  values: Partial<Omit<typeof brands.$inferInsert, 'accountId' | 'askedAt'>>,
): Promise<void> => {
  const row = { ...values, askedAt: sql`now()` };
  await tx
    .insert(brands)
    .values({ ...row, accountId })
    .onConflictDoUpdate({ target: brands.accountId, set: row });
};

export const findLogo = async (
  db: Queryable,
  logoHash: string,
): Promise<{ logo: Uint8Array; logoType: LogoType } | undefined> => {
  const [row] = await db
    .select({ logo: brands.logo, logoType: brands.logoType })
    .from(brands)
    .where(eq(brands.logoHash, logoHash))
    .limit(1);
  return row === undefined || row.logo === null || row.logoType === null
    ? undefined
    : { logo: row.logo, logoType: row.logoType };
};
