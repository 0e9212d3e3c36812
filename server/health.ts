import { sql } from 'drizzle-orm';
import type { Health } from './http/portal.ts';
import type { Intake } from './intake/context.ts';
import { isFailure } from './lib/failure.ts';

const askedForMs = 5_000;

/** Whether the portal can do its work now. Nextcloud is asked at most every few seconds, however often this is. */
export const createHealth = (intake: Intake): (() => Promise<Health>) => {
  let last: { atMs: number; answer: Promise<Health['nextcloud']> } | undefined;
  const nextcloud = () => {
    if (last === undefined || Date.now() - last.atMs > askedForMs)
      last = { atMs: Date.now(), answer: askNextcloud(intake) };
    return last.answer;
  };
  return async () => {
    const [database, cloud] = await Promise.all([askDatabase(intake), nextcloud()]);
    return { ok: database === 'up' && cloud === 'up', database, nextcloud: cloud };
  };
};

const askDatabase = async (intake: Intake): Promise<Health['database']> => {
  try {
    await intake.db.execute(sql`select 1`);
    return 'up';
  } catch {
    return 'down';
  }
};

const askNextcloud = async (intake: Intake): Promise<Health['nextcloud']> => {
  try {
    const { accountId } = await intake.portalAccount();
    const connection = await intake.accounts.nextcloudFor(accountId);
    if ((await connection.status()).maintenance) return 'maintenance';
    await connection.me();
    return 'up';
  } catch (error) {
    if (isFailure(error, 'nextcloud.credentials-refused')) return 'credentials-refused';
    return isFailure(error, 'nextcloud.maintenance') ? 'maintenance' : 'down';
  }
};
