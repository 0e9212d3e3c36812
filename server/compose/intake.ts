import { openDatabase } from '../../db/client.ts';
import { raiseNotice, resolveNotices } from '../../db/queries/notices.ts';
import { connectionRefusedNotice } from '../auth/own-nextcloud.ts';
import type { Config } from '../config/config.ts';
import { foundSecretKey, keptSecretKey } from '../config/secret-key.ts';
import { createAccounts } from '../intake/accounts.ts';
import type { Intake, ReceiptSigner } from '../intake/context.ts';
import { createPortalAccount } from '../intake/portal-account.ts';
import { createReceiptSigner } from '../intake/receipt-signer.ts';
import { createSealing } from '../lib/sealing.ts';
import { createMetrics } from '../metrics.ts';
import { createCircuit, createNextcloud } from '../nextcloud/index.ts';
import { tradeUp } from '../nextcloud/signin.ts';
import type { Surroundings } from './surroundings.ts';

/** Only the key is needed, and none is made. @returns undefined where this folder has none */
export const composeReceipts = (config: Config): ReceiptSigner | undefined => {
  const key = config.secretKey ?? foundSecretKey(config.dataDir);
  return key === undefined ? undefined : createReceiptSigner(createSealing(key));
};

/** What every process and the command line need: the database, the accounts, the use cases of intake. */
export const composeIntake = ({ config, database, nextcloud, log }: Surroundings, name: string) => {
  const metrics = createMetrics();
  const db = openDatabase(database, { name: `uketori ${name}` });
  const sealing = createSealing(config.secretKey ?? keptSecretKey(config.dataDir));
  const accounts = createAccounts({
    db,
    sealing,
    probeFolder: config.nextcloudRoot,
    connect: ({ accountId, isPortals, ...account }) => {
      const code = isPortals ? 'nextcloud.credentials-refused' : connectionRefusedNotice;
      return createNextcloud({
        ...account,
        log,
        onAnswer: metrics.nextcloudAnswered,
        circuit: createCircuit({
          onOpen: () => {
            log.error({ accountId }, 'Nextcloud refuses the app password');
            const notice = {
              code,
              subject: accountId,
              params: { account: account.user },
            };
            raiseNotice(db, { level: 'problem', ...notice }).catch((error: unknown) =>
              log.error({ err: error }, 'a notice was lost'),
            );
          },
          onClose: () => {
            resolveNotices(db, code, accountId).catch((error: unknown) =>
              log.error({ err: error }, 'a notice was not resolved'),
            );
          },
        }),
      });
    },
  });
  const portalAccount = createPortalAccount({ db, sealing, log, nextcloud, mode: config.mode, tradeUp });
  const intake: Intake = {
    db,
    accounts,
    sealing,
    log,
    portalAccount,
    nextcloudRoot: config.nextcloudRoot,
    receipts: createReceiptSigner(sealing),
    zone: config.zone,
    sendsMail: config.mail !== undefined,
  };
  return {
    intake,
    metrics,
    async close() {
      await accounts.close();
      await db.close();
    },
  };
};
