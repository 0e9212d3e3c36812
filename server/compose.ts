import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { TaskList } from 'graphile-worker';
import { openDatabase, type PostgresAddress } from '../db/client.ts';
import { openJobPool } from '../db/migrate.ts';
import { forgetKeys } from '../db/queries/idempotency.ts';
import { beat, forgetDeadNodes, forgetNode, type NodeRole } from '../db/queries/nodes.ts';
import { raiseNotice, resolveNotices } from '../db/queries/notices.ts';
import { forgetThrottles } from '../db/queries/throttles.ts';
import { loadAssets } from '../web/assets.ts';
import { createNextcloudWay } from './auth/nextcloud-way.ts';
import { connectionRefusedNotice } from './auth/own-nextcloud.ts';
import { createStaffSessions } from './auth/sessions.ts';
import { createSingleSignOn } from './auth/single-sign-on.ts';
import { createThrottle } from './auth/throttle.ts';
import type { Config, NextcloudConfig } from './config/config.ts';
import { foundSecretKey, keptSecretKey } from './config/secret-key.ts';
import { createHealth } from './health.ts';
import { createApp } from './http/app.ts';
import { createAddressOf } from './http/middleware/address.ts';
import type { NextcloudDoor, Portal } from './http/portal.ts';
import { createWatch } from './http/staff/watch.ts';
import { destinationModules } from './importer/destinations/registry.ts';
import { createImporter } from './importer/importer.ts';
import { openSecrets } from './importer/ledger/manage-destinations.ts';
import { createOpenDestinations, type OpenDestinations } from './importer/open-destinations.ts';
import { startImporter } from './importer/run.ts';
import { createClamd } from './importer/scan/clamd.ts';
import { createAccounts } from './intake/accounts.ts';
import { declareUploadLength, requireMayGoOn } from './intake/admit.ts';
import { createBrands } from './intake/brands.ts';
import type { Intake, ReceiptSigner } from './intake/context.ts';
import { sweepChanges } from './intake/follow-changes.ts';
import { inspectContent } from './intake/inspect.ts';
import { sendWaitingMailShares } from './intake/mail-shares.ts';
import { createPortalAccount } from './intake/portal-account.ts';
import { createShareProofs } from './intake/proof.ts';
import { createReceiptSigner } from './intake/receipt-signer.ts';
import { sealSubmission, sweepSubmissions } from './intake/seal.ts';
import { sweepSharesOfClosed } from './intake/shares-of-closed.ts';
import { requireSubmission } from './intake/submit.ts';
import { createDeliveryCallbacks } from './lib/delivery-callbacks.ts';
import { every } from './lib/every.ts';
import { defaultStopWithinMs, rowIdOf, runJobs } from './lib/job-runner.ts';
import type { Log } from './lib/log.ts';
import { createOutgoingClient } from './lib/outgoing/client.ts';
import { createAddressGuard } from './lib/outgoing/guard.ts';
import { createRecentIds } from './lib/recent-ids.ts';
import { createSealing } from './lib/sealing.ts';
import { createSlots } from './lib/slots.ts';
import { atMost, within } from './lib/within.ts';
import { createMailer } from './mail/mailer.ts';
import { createAbility, createNotifier, type Teller } from './mail/notifier.ts';
import { createPost } from './mail/post.ts';
import { createMetrics, listenForMetrics, type Metrics } from './metrics.ts';
import { createCircuit, createNextcloud } from './nextcloud/index.ts';
import { createLoginFlows, tradeUp } from './nextcloud/signin.ts';
import { assembleDetached } from './upload/assembly.ts';
import { createBufferBudget } from './upload/budget.ts';
import {
  defaultUploadLimits,
  type UploadEngine,
  type UploadLimits,
  uploadMemoryBytes,
  uploadSpillBytes,
} from './upload/engine.ts';
import { createGarbageWatch } from './upload/garbage.ts';
import { createRunningHashes } from './upload/hashes.ts';
import { createLocker } from './upload/lock.ts';
import { removeOrAskAgain } from './upload/removal.ts';
import { createSpill } from './upload/spill.ts';
import { NextcloudStore } from './upload/store.ts';
import { sweepUploads } from './upload/sweep.ts';
import { createTurns } from './upload/turns.ts';

/** What a process is given by whoever starts it. */
export interface Surroundings {
  config: Config;
  database: PostgresAddress;
  /** The configured account, or the stand-in's in the demo. */
  nextcloud: NextcloudConfig;
  log: Log;
  uploadLimits?: Partial<UploadLimits>;
}

const heartbeatMs = 3_000;
const heartbeatLimitMs = 6_000;
const sweepMs = 60_000;
/** What a dead node has left is gone on with soon after its lease has lapsed. */
const uploadSweepMs = 5_000;
/** Proofs are renewed at this age even when nobody uploads, so that staff hear of a change. */
const proofSweepSeconds = 300;
/** A change of Nextcloud's theme is seen on the pages after this and a sweep. */
const brandLifeSeconds = 600;

/** Of one importer, to all destinations: more than one that hangs may have by itself (`maxConcurrent`, 4 unless set). */
const deliveriesAtOnce = 16;

/** What browsers load is built, also where the servers run from their sources. */
const assetsDir = (): string =>
  fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../dist/web/assets' : '../web/assets', import.meta.url),
  );

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

/** A process that others can see in `nodes`: what it holds is its own as long as its heart beats. */
const composeNode = async (surroundings: Surroundings, role: NodeRole) => {
  const { log } = surroundings;
  const { intake, metrics, close } = composeIntake(surroundings, role);
  const { db } = intake;
  const nodeId = `nod_${randomUUID().replaceAll('-', '')}`;
  await beat(db, nodeId, role);
  const heart = every(
    heartbeatMs,
    () =>
      within(heartbeatLimitMs, beat(db, nodeId, role)).catch((error: unknown) => {
        db.renew();
        throw error;
      }),
    { log, name: 'heartbeat' },
  );
  // One for each job at once, and one that listens.
  const pool = openJobPool(surroundings.database, role === 'importer' ? deliveriesAtOnce + 1 : undefined);
  const { host, metricsPort } = surroundings.config;
  // Both run on one machine by default.
  const port = metricsPort === undefined ? undefined : metricsPort + (role === 'portal' ? 0 : 1);
  const stopMetrics =
    port === undefined ? undefined : await listenForMetrics(metrics, db, { host, port, log });
  return {
    intake,
    metrics,
    nodeId,
    pool,
    async close() {
      await stopMetrics?.();
      await heart.stop();
      await forgetNode(db, nodeId).catch(() => undefined);
      await pool.end();
      await close();
    },
  };
};

/** The portal: pages, API, uploads and assembly. Listens nowhere: `fetch` is for a server to call. */
export const composePortal = async (surroundings: Surroundings) => {
  const { config, log } = surroundings;
  const node = await composeNode(surroundings, 'portal');
  const { intake } = node;
  const proofs = createShareProofs(intake);
  const brands = createBrands(intake);
  const budget = createBufferBudget(uploadMemoryBytes);
  node.metrics.holdsUploadBytes(() => budget.usedBytes);
  const limits = { ...defaultUploadLimits, ...surroundings.uploadLimits };
  const engine: UploadEngine = {
    db: intake.db,
    nodeId: node.nodeId,
    nextcloudFor: intake.accounts.nextcloudFor,
    hashIsTrue: async (accountId) => (await intake.accounts.factsOf(accountId)).hashIsTrue,
    inspect: ({ upload, allowedTypes }, head) => inspectContent(upload.sentName, head, allowedTypes),
    ensureFolder: intake.accounts.ensureFolder,
    remakeFolder(accountId, path) {
      intake.accounts.forgetFolders(accountId);
      return intake.accounts.ensureFolder(accountId, path);
    },
    requireWelcome: async (submissionId) =>
      requireMayGoOn(proofs, await requireSubmission(intake, submissionId)),
    onSettled: (tx, submissionId) => sealSubmission(intake, tx, submissionId),
    room: { budget, spill: createSpill(tmpdir(), createBufferBudget(uploadSpillBytes)) },
    turns: createTurns(limits.partAgeMs),
    copying: createSlots(2),
    comparing: { small: createSlots(1), large: createSlots(1) },
    working: new Set(),
    collecting: new Set(),
    keptOnly: createRecentIds(),
    garbage: createGarbageWatch(() => budget.usedBytes),
    hashes: createRunningHashes(),
    limits,
    log,
  };
  const locker = createLocker(engine);
  const stopListening = await locker.listen();
  const store = new NextcloudStore(engine, locker, (uploadId, sizeBytes, sha256) =>
    declareUploadLength(intake, uploadId, sizeBytes, sha256),
  );
  const throttle = createThrottle(intake.db);
  const destinations = composeDestinations(surroundings, intake);
  const tellers = composeTeller(surroundings, intake, node.metrics.nextcloudAnswered);
  const portal: Portal = {
    db: intake.db,
    nodeId: node.nodeId,
    intake,
    proofs,
    brands,
    uploads: { store, locker },
    sessions: createStaffSessions({ db: intake.db, throttle, sealing: intake.sealing, log }),
    singleSignOn: composeSingleSignOn(config, intake),
    nextcloudDoor: composeNextcloudDoor(surroundings, intake),
    throttle,
    notifyingAbility: createAbility(tellers.teller),
    watch: createWatch(intake.db, log),
    callbacks: composeCallbacks(config, intake),
    desk: { db: intake.db, sealing: intake.sealing, modules: destinationModules, open: destinations },
    sealing: intake.sealing,
    assets: loadAssets(assetsDir()),
    assetsDir: assetsDir(),
    addressOf: createAddressOf(config.trustedProxies),
    publicUrl: config.publicUrl,
    demo: config.mode === 'demo',
    zone: config.zone,
    health: createHealth(intake),
    metrics: { token: config.metricsToken, expose: () => node.metrics.expose(intake.db) },
    log,
  };
  const jobs = await runJobs({
    pool: node.pool,
    log,
    tasks: {
      assemble: (payload) => assembleDetached(engine, rowIdOf(payload)),
      'remove-upload': (payload) => removeOrAskAgain(engine, rowIdOf(payload)),
    },
  });
  const post = composePost(surroundings, node);
  const notifier = createNotifier({
    db: intake.db,
    nodeId: node.nodeId,
    teller: tellers.teller,
    publicUrl: config.publicUrl,
    log,
    onOutcome: node.metrics.notificationDone,
  });
  // Workers of their own: a server that doesn't answer must not keep uploads from being put together.
  const tellingJobs = await runJobs({
    pool: node.pool,
    log,
    concurrency: 3,
    tasks: {
      ...post?.tasks,
      notify: async (payload) => {
        await notifier.sendOne(rowIdOf(payload));
      },
    },
  });
  const sweeps = [
    ...(post === undefined ? [] : [every(sweepMs, () => post.sweep(), { log, name: 'sweep of mail' })]),
    every(sweepMs, () => notifier.sweep(), { log, name: 'sweep of notifications' }),
    every(uploadSweepMs, () => Promise.all([locker.sweep(), sweepUploads(engine)]), {
      log,
      name: 'sweep of uploads',
    }),
    every(sweepMs, () => sweepSubmissions(intake), { log, name: 'sweep of submissions' }),
    every(sweepMs, () => sweepSharesOfClosed(intake), { log, name: 'sweep of shares of closed requests' }),
    every(sweepMs, () => sweepChanges(intake), { log, name: 'sweep of changes to tell Nextcloud of' }),
    every(sweepMs, () => sendWaitingMailShares(intake), { log, name: 'sweep of mail shares' }),
    every(sweepMs, () => proofs.sweep(proofSweepSeconds), { log, name: 'sweep of shares' }),
    every(sweepMs, () => brands.refresh(brandLifeSeconds), { log, name: 'sweep of brands' }),
    every(sweepMs, () => forgetDeadNodes(intake.db), { log, name: 'sweep of nodes' }),
    every(sweepMs, () => forgetKeys(intake.db), { log, name: 'sweep of idempotency keys' }),
    every(sweepMs, () => forgetThrottles(intake.db), { log, name: 'sweep of throttles' }),
  ];
  let resting: Promise<unknown> | undefined;
  /** Takes nothing more up, and waits for what is under way, but not for ever. */
  const stopWork = (): Promise<unknown> => {
    portal.watch.close();
    resting ??= atMost(
      defaultStopWithinMs,
      Promise.allSettled([jobs.stop(), tellingJobs.stop(), ...sweeps.map((each) => each.stop())]),
    );
    return resting;
  };
  return {
    app: createApp(portal),
    portal,
    engine,
    /** Undefined where mail is not set up. */
    post,
    notifier,
    stopWork,
    /** Uploads under way flush what arrived and answer: within some seconds. */
    releaseUploads: () => locker.releaseAll(),
    async close() {
      await stopWork();
      await stopListening();
      await destinations.close();
      await tellers.close();
      await node.close();
    },
  };
};

/** As whom staff are told notices at Nextcloud: an account for that alone, or the portal's own. */
export const composeTeller = (
  { config, nextcloud, log }: Surroundings,
  { accounts, portalAccount }: Intake,
  onAnswer?: Metrics['nextcloudAnswered'],
): { teller: () => Promise<Teller>; close(): Promise<void> } => {
  if (config.notifier === undefined)
    return {
      teller: async () => (await accounts.nextcloudFor((await portalAccount()).accountId)).notifications,
      close: async () => undefined,
    };
  const { notifications, close } = createNextcloud({
    baseUrl: nextcloud.url,
    ...config.notifier,
    connections: 2,
    log,
    onAnswer,
  });
  return { teller: async () => notifications, close };
};

/** Who sends what is queued; undefined where mail is not set up. */
const composePost = (
  { config, log }: Surroundings,
  { intake, nodeId, metrics }: Awaited<ReturnType<typeof composeNode>>,
) => {
  if (config.mail === undefined) return undefined;
  const post = createPost({
    db: intake.db,
    nodeId,
    mailer: createMailer(config.mail),
    publicUrl: config.publicUrl,
    sealing: intake.sealing,
    zone: config.zone,
    log,
    onOutcome: metrics.mailDone,
  });
  const tasks: TaskList = {
    mail: async (payload) => {
      await post.sendOne(rowIdOf(payload));
    },
  };
  return { ...post, tasks };
};

const composeSingleSignOn = ({ singleSignOn, publicUrl }: Config, { db, sealing }: Intake) =>
  singleSignOn && createSingleSignOn({ db, sealing, publicUrl, provider: singleSignOn });

/** For signing in through Nextcloud, and for connecting one's own account. */
const composeNextcloudDoor = ({ config, nextcloud, log }: Surroundings, intake: Intake): NextcloudDoor => {
  const { db, sealing, accounts } = intake;
  const flows = createLoginFlows({ baseUrl: nextcloud.url, log });
  return {
    db,
    sealing,
    baseUrl: nextcloud.url,
    flows,
    changed: accounts.forget,
    way: createNextcloudWay({ sealing, publicUrl: config.publicUrl, flows, log }),
    signIn: config.nextcloudSignIn,
  };
};

const composeCallbacks = ({ publicUrl }: Config, { sealing }: Intake) =>
  createDeliveryCallbacks({ publicUrl, sealing });

/** The downstream systems, for deliveries and for looking whether they are fit. */
export const composeDestinations = ({ config }: Surroundings, intake: Intake): OpenDestinations => {
  const guard = createAddressGuard(config.destinationNetworks);
  const http = createOutgoingClient({ guard });
  const destinations = createOpenDestinations({
    modules: destinationModules,
    openSecrets: (destinationId, secretsSealed) => openSecrets(intake.sealing, destinationId, secretsSealed),
    tools: {
      http,
      guard,
      callbacks: composeCallbacks(config, intake),
      async nextcloud() {
        const { accountId } = await intake.portalAccount();
        return (await intake.accounts.nextcloudFor(accountId)).files;
      },
    },
  });
  return {
    ...destinations,
    async close() {
      await destinations.close();
      await http.close();
    },
  };
};

/** The importer: hands sealed submissions to their destinations. */
export const composeImporter = async (surroundings: Surroundings) => {
  const { log } = surroundings;
  const node = await composeNode(surroundings, 'importer');
  const { intake } = node;
  const destinations = composeDestinations(surroundings, intake);
  const importer = createImporter({
    db: intake.db,
    nodeId: node.nodeId,
    nextcloudFor: intake.accounts.nextcloudFor,
    destinations,
    zone: surroundings.config.zone,
    scanner: surroundings.config.clamd && createClamd(surroundings.config.clamd),
    log,
  });
  const running = await startImporter({ importer, pool: node.pool, log, concurrency: deliveriesAtOnce });
  return {
    importer,
    db: intake.db,
    async close() {
      await running.stop();
      await destinations.close();
      await node.close();
    },
  };
};
