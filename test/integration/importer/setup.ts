import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Database, openDatabase } from '../../../db/client.ts';
import { migrateDatabase } from '../../../db/migrate.ts';
import { createDeliveries } from '../../../db/queries/deliveries.ts';
import { beat } from '../../../db/queries/nodes.ts';
import { listTeams } from '../../../db/queries/teams.ts';
import * as tables from '../../../db/schema/index.ts';
import {
  type Destination,
  type DestinationModule,
  defineDestination,
} from '../../../server/importer/destinations/destination.ts';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';
import { createImporter, type Importer, type ImporterLimits } from '../../../server/importer/importer.ts';
import { createOpenDestinations } from '../../../server/importer/open-destinations.ts';
import type { Scanner } from '../../../server/importer/scan/scanner.ts';
import { type Log, silentLog } from '../../../server/lib/log.ts';
import { createNextcloud, type Nextcloud } from '../../../server/nextcloud/index.ts';
import { toolsOf } from '../../contract/destination/tools.ts';
import { type Standin, startStandin } from '../../standins/nextcloud/standin.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

export const requestFolder = '/Papers';

/** A database, a Nextcloud and a folder to deliver to; one for each test file. */
export interface Stage {
  database: TestDatabase;
  db: Database;
  standin: Standin;
  nextcloud: Nextcloud;
  dir: string;
  close(): Promise<void>;
}

export const openStage = async (): Promise<Stage> => {
  const database = await createTestDatabase(migrateDatabase);
  const db = openDatabase(database.address);
  const standin = await startStandin();
  const nextcloud = createNextcloud({
    baseUrl: new URL(standin.url),
    user: standin.user.id,
    appPassword: standin.user.appPassword,
    log: silentLog,
  });
  await nextcloud.files.makeDirectory(requestFolder);
  const dir = await mkdtemp(join(tmpdir(), 'uketori-importer-'));
  return {
    database,
    db,
    standin,
    nextcloud,
    dir,
    async close() {
      await nextcloud.close();
      await standin.close();
      await db.close();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

const one = <T>(rows: T[]): T => {
  const [row] = rows;
  if (row === undefined) throw new Error('no row');
  return row;
};

let count = 0;

export interface Seeded {
  requestId: string;
  submissionId: string;
  folderName: string;
  receiptNumber: string;
  fileIds: string[];
}

/** A sealed submission whose files are in Nextcloud. */
export const seedSubmission = async (
  stage: Stage,
  contents: Record<string, string>,
  destinationIds: string[],
  more: Partial<typeof tables.requests.$inferInsert> = {},
  state: 'sealed' | 'finishing' = 'sealed',
): Promise<Seeded> => {
  count += 1;
  const { db, nextcloud } = stage;
  const account = one(
    await db
      .insert(tables.accounts)
      .values({
        baseUrl: stage.standin.url,
        user: stage.standin.user.id,
        userId: stage.standin.user.id,
        appPasswordSealed: 'sealed',
      })
      .returning(),
  );
  const team = one((await listTeams(db)).slice(0, 1));
  const request = one(
    await db
      .insert(tables.requests)
      .values({
        teamId: team.id,
        state: 'open',
        title: 'Papers',
        accountId: account.id,
        folderPath: requestFolder,
        takeBackMinutes: 0,
        fields: [{ key: 'number', label: 'Customer number', kind: 'text', required: false }],
        ...more,
      })
      .returning(),
  );
  const link = one(
    await db
      .insert(tables.links)
      .values({ requestId: request.id, tokenHash: `link ${count}`, tokenSealed: 'sealed' })
      .returning(),
  );
  if (destinationIds.length > 0)
    await db
      .insert(tables.requestDestinations)
      .values(destinationIds.map((destinationId) => ({ requestId: request.id, destinationId })));
  const receiptNumber = `261122-${String(count).padStart(5, '0')}`;
  const folderName = `${receiptNumber} 山田`;
  const submission = one(
    await db
      .insert(tables.submissions)
      .values({
        requestId: request.id,
        linkId: link.id,
        state,
        receiptNumber,
        credentialHash: `credential ${count}`,
        submitterName: '山田',
        answers: { number: '42' },
        folderName,
        finishedBySubmitter: true,
        ...(state === 'sealed' && { sealedAt: sql`now()` }),
      })
      .returning(),
  );
  const folder = `${more.folderPath ?? requestFolder}/${folderName}`;
  await nextcloud.files.makeDirectory(folder);
  const fileIds: string[] = [];
  for (const [path, content] of Object.entries(contents)) {
    const bytes = Buffer.from(content);
    const stored = await nextcloud.files.put(`${folder}/${path}`, bytes, {
      sizeBytes: bytes.length,
    });
    const file = one(
      await db
        .insert(tables.files)
        .values({
          requestId: request.id,
          submissionId: submission.id,
          fileId: stored.fileId ?? 0,
          etag: stored.etag,
          path,
          sentName: path,
          sizeBytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          verifiedBy: 'read-back',
        })
        .returning(),
    );
    fileIds.push(file.id);
  }
  return { requestId: request.id, submissionId: submission.id, folderName, receiptNumber, fileIds };
};

export const seedDestination = async (
  { db, dir }: Stage,
  kind = 'folder',
  config: Record<string, unknown> = { dir },
): Promise<string> => {
  count += 1;
  return one(
    await db
      .insert(tables.destinations)
      .values({ kind, name: `${kind} ${count}`, config })
      .returning(),
  ).id;
};

/** Its deliveries, put into the ledger as the seal does. */
export const enter = (stage: Stage, submissionId: string): Promise<string[]> =>
  stage.db.transaction((tx) => createDeliveries(tx, submissionId));

/** One submission of one file on its way to one destination. */
export const seedDelivery = async (
  stage: Stage,
  destination: { kind?: string; config?: Record<string, unknown> } = {},
): Promise<Seeded & { deliveryId: string; destinationId: string }> => {
  const destinationId = await seedDestination(stage, destination.kind, destination.config);
  const seeded = await seedSubmission(stage, { 'a.txt': `content ${count}` }, [destinationId]);
  return { ...seeded, destinationId, deliveryId: one(await enter(stage, seeded.submissionId)) };
};

/** A destination whose every step the test decides. */
export const scripted = (kind: string, steps: Partial<Destination>): DestinationModule =>
  defineDestination({
    kind,
    words: { title: { en: kind, ja: kind }, about: { en: kind, ja: kind }, settings: {} },
    configSchema: z.object({}).loose(),
    secretsGoTo: [],
    create: () => ({
      check: () => Promise.resolve({ fit: true, findings: [] }),
      probe: () => Promise.resolve(undefined),
      deliver: (delivery) =>
        Promise.resolve({
          alreadyThere: false,
          remote: delivery.files.map(({ id, sizeBytes }) => ({ file: id, sizeBytes, verifiedBy: 'test' })),
        }),
      ...steps,
    }),
  });

export interface TestImporter extends Importer {
  nodeId: string;
}

/** An importer on a node of its own, that is alive until the test says otherwise. */
export const newImporter = async (
  stage: Stage,
  modules: DestinationModule[] = [],
  limits: Partial<ImporterLimits> = {},
  more: { scanner?: Scanner; log?: Log } = {},
): Promise<TestImporter> => {
  count += 1;
  const nodeId = `nod_${count}`;
  await beat(stage.db, nodeId, 'importer');
  await setAlive(stage, nodeId, true);
  const importer = createImporter({
    db: stage.db,
    nodeId,
    nextcloudFor: () => Promise.resolve(stage.nextcloud),
    destinations: createOpenDestinations({
      modules: new Map([...destinationModules, ...modules.map((module) => [module.kind, module] as const)]),
      openSecrets: () => ({}),
      tools: toolsOf({ nextcloud: stage.nextcloud.files }),
    }),
    log: silentLog,
    limits,
    ...more,
  });
  return { ...importer, nodeId };
};

export const setAlive = async ({ db }: Stage, nodeId: string, alive: boolean): Promise<void> => {
  const aliveUntil = alive ? sql`now() + interval '1 hour'` : sql`now() - interval '1 second'`;
  await db.update(tables.nodes).set({ aliveUntil }).where(eq(tables.nodes.id, nodeId));
};

export const readDelivery = async ({ db }: Stage, id: string) =>
  one(await db.select().from(tables.deliveries).where(eq(tables.deliveries.id, id)));

export const readAttempts = ({ db }: Stage, id: string) =>
  db
    .select()
    .from(tables.deliveryAttempts)
    .where(eq(tables.deliveryAttempts.deliveryId, id))
    .orderBy(tables.deliveryAttempts.id);

export const readFiles = ({ db }: Stage, submissionId: string) =>
  db
    .select()
    .from(tables.files)
    .where(eq(tables.files.submissionId, submissionId))
    .orderBy(tables.files.path);

/** Makes a waiting delivery due, as if its time had come. */
export const makeDue = async ({ db }: Stage, id: string): Promise<void> => {
  await db
    .update(tables.deliveries)
    .set({ notBefore: sql`now() - interval '1 second'` })
    .where(eq(tables.deliveries.id, id));
};

/** When the job that wakes a delivery is to run; undefined where there is none. */
export const wakeUpOf = async ({ db }: Stage, id: string): Promise<Date | undefined> => {
  const rows = await db.execute<{ run_at: string }>(
    sql`select run_at from graphile_worker.jobs where key = ${`deliver:${id}`}`,
  );
  const [row] = rows;
  return row === undefined ? undefined : new Date(row.run_at);
};

export const forgetJobs = async ({ db }: Stage): Promise<void> => {
  await db.execute(sql`delete from graphile_worker._private_jobs`);
};
