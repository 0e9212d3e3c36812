import type { Database } from '../../db/client.ts';
import { raiseNotice } from '../../db/queries/notices.ts';
import { findPortalAccount, insertAccount, setAccount } from '../../db/queries/people.ts';
import { sealedAppPasswordContext } from '../lib/app-password.ts';
import { isFailure } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import type { Sealing } from '../lib/sealing.ts';

export interface PortalAccountOptions {
  db: Database;
  sealing: Sealing;
  log: Log;
  nextcloud: { url: URL; user: string; appPassword: string };
  mode: 'demo' | 'real';
  /** Makes an app password of a login password; says so when it was one already. */
  tradeUp: (options: { baseUrl: URL; user: string; password: string; log: Log }) => Promise<{
    appPassword: string;
    traded: boolean;
    userId: string;
  }>;
}

/** How long a refused password is not tried again: wrong logins are counted, and would shut out everybody here. */
const refusalLifeMs = 5 * 60_000;

/**
 * The account that the configuration names, with an app password of its own. Nextcloud is asked only when the
 * configured password is new; when it can't be reached the next call tries again.
 */
export const createPortalAccount = (
  options: PortalAccountOptions,
): (() => Promise<{ accountId: string }>) => {
  let known: Promise<{ accountId: string }> | undefined;
  return () => {
    if (known !== undefined) return known;
    const asked = findOrMake(options);
    known = asked;
    asked.catch((error: unknown) => {
      const forget = () => {
        if (known === asked) known = undefined;
      };
      if (isFailure(error, 'nextcloud.credentials-refused')) setTimeout(forget, refusalLifeMs).unref();
      else forget();
    });
    return asked;
  };
};

const findOrMake = async (options: PortalAccountOptions): Promise<{ accountId: string }> => {
  const { db, sealing, log, nextcloud } = options;
  const { user } = nextcloud;
  const baseUrl = nextcloud.url.href;
  const configuredPasswordHash = sealing.sign(nextcloud.appPassword, 'configured-password');
  // The demo's stand-in may have moved to another port, and is the same server all the same.
  const account = await findPortalAccount(db, options.mode === 'demo' ? undefined : baseUrl, user);
  if (
    account?.configuredPasswordHash === configuredPasswordHash &&
    account.baseUrl === baseUrl &&
    !account.revoked
  )
    return { accountId: account.id };
  const { appPassword, traded, userId } = await options.tradeUp({
    baseUrl: nextcloud.url,
    user,
    password: nextcloud.appPassword,
    log,
  });
  const values = {
    baseUrl,
    user,
    userId,
    configuredPasswordHash,
    revoked: false,
    appPasswordSealed: sealing.seal(appPassword, sealedAppPasswordContext(baseUrl, user)),
  };
  const accountId = account?.id ?? (await insertAccount(db, values)).id;
  if (account !== undefined) await setAccount(db, accountId, values);
  if (traded) {
    log.warn(
      'NEXTCLOUD_APP_PASSWORD is a login password: it was traded for an app password, which is used from now on',
    );
    await raiseNotice(db, {
      level: 'information',
      code: 'nextcloud.password-traded',
      subject: accountId,
      params: { account: user },
    });
  }
  return { accountId };
};
