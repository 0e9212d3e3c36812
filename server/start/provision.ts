import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresAddress } from '../../db/client.ts';
import { isDatabaseAway } from '../../db/errors.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import {
  addDestination,
  anyDestination,
  changeDestination,
  destinationsByAge,
} from '../../db/queries/destinations.ts';
import { anyStaff, insertStaff } from '../../db/queries/people.ts';
import type { Config } from '../config/config.ts';
import { sealSecrets } from '../importer/ledger/manage-destinations.ts';
import type { Intake } from '../intake/context.ts';
import { systemActor } from '../intake/context.ts';
import { describeRequests } from '../intake/describe-request.ts';
import { openRequest } from '../intake/open-request.ts';
import { newRequestSchema } from '../intake/rules/new-request.ts';
import type { Log } from '../lib/log.ts';
import { hashPassword } from '../lib/passwords.ts';
import { receiverSecret, receiverUrl } from './demo-receiver.ts';

const waitMs = 2_000;

/** Brings the database up to date, waiting for one that can't be reached yet. */
export const migrateWhenReachable = async (database: PostgresAddress, log: Log): Promise<void> => {
  for (;;) {
    try {
      await migrateDatabase(database);
      return;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      log.warn({ err: error }, 'the database can not be reached yet');
      await delay(waitMs);
    }
  }
};

export interface FirstAdministrator {
  login: string;
  /** Told here once. */
  password: string;
}

/** What an empty installation needs: an administrator, and a folder to deliver into. */
export const provision = async (intake: Intake, config: Config): Promise<FirstAdministrator | undefined> => {
  if (!(await anyDestination(intake.db))) {
    mkdirSync(config.importDir, { recursive: true });
    await addDestination(intake.db, {
      kind: 'folder',
      name: 'Imported files',
      config: { dir: config.importDir },
    });
  }
  if (config.mode === 'demo') await provisionReceiver(intake, config);
  if (await anyStaff(intake.db)) return undefined;
  const password = randomBytes(12).toString('base64url');
  const made = await insertStaff(intake.db, {
    login: 'admin',
    name: 'Administrator',
    role: 'administrator',
    passwordHash: await hashPassword(password),
  });
  return made === undefined ? undefined : { login: made.login, password };
};

/** The demo's second destination: another system, which is told by webhook. */
const provisionReceiver = async (intake: Intake, config: Config): Promise<void> => {
  const name = 'Demo receiver';
  if ((await destinationsByAge(intake.db)).some((row) => row.name === name)) return;
  await intake.db.transaction(async (tx) => {
    const row = await addDestination(tx, {
      kind: 'webhook',
      name,
      config: { url: receiverUrl(config), acknowledge: 'receiver' },
    });
    if (row === undefined) return;
    const secrets = { signingSecret: receiverSecret(intake.sealing) };
    await changeDestination(tx, row.id, { secretsSealed: sealSecrets(intake.sealing, row.id, secrets) });
  });
};

/** The demo's ready request. @returns its link */
export const ensureSampleRequest = async (intake: Intake, config: Config): Promise<string | undefined> => {
  const linkOfOpenRequest = async () =>
    (await describeRequests(intake, config.publicUrl, systemActor)).findLast(
      (request) => request.state === 'open',
    )?.link ?? undefined;
  const known = await linkOfOpenRequest();
  if (known !== undefined) return known;
  const sample = newRequestSchema.parse({
    title: '見本 月次レポート（Sample, monthly reports）',
    instructions:
      '今月のレポートと資料をお送りください。大きなファイルも、途中で切れても続きから送れます。\n' +
      'Please send this month’s reports. Large files are fine: a broken connection goes on where it was.',
    fields: [{ key: 'department', label: '部署 / Department', kind: 'text', required: false }],
    takeBackMinutes: 0,
    destinations: (await destinationsByAge(intake.db)).map(({ name }) => name),
    deadlineZone: config.zone,
  });
  await openRequest(intake, sample, systemActor);
  return linkOfOpenRequest();
};
