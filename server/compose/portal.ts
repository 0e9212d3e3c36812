import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { forgetKeys } from '../../db/queries/idempotency.ts';
import { forgetDeadNodes } from '../../db/queries/nodes.ts';
import { forgetThrottles } from '../../db/queries/throttles.ts';
import { loadAssets } from '../../web/assets.ts';
import { createNextcloudWay } from '../auth/nextcloud-way.ts';
import { createStaffSessions } from '../auth/sessions.ts';
import { createSingleSignOn } from '../auth/single-sign-on.ts';
import { createThrottle } from '../auth/throttle.ts';
import type { Config } from '../config/config.ts';
import { createHealth } from '../health.ts';
import { createApp } from '../http/app.ts';
import { createAddressOf } from '../http/middleware/address.ts';
import type { NextcloudDoor, Portal } from '../http/portal.ts';
import { createWatch } from '../http/staff/watch.ts';
import { destinationModules } from '../importer/destinations/registry.ts';
import { declareUploadLength, requireMayGoOn } from '../intake/admit.ts';
import { createBrands } from '../intake/brands.ts';
import type { Intake } from '../intake/context.ts';
import { sweepChanges } from '../intake/follow-changes.ts';
import { inspectContent } from '../intake/inspect.ts';
import { sendWaitingMailShares } from '../intake/mail-shares.ts';
import { createShareProofs } from '../intake/proof.ts';
import { sealSubmission, sweepSubmissions } from '../intake/seal.ts';
import { sweepSharesOfClosed } from '../intake/shares-of-closed.ts';
import { requireSubmission } from '../intake/submit.ts';
import { every } from '../lib/every.ts';
import { defaultStopWithinMs, rowIdOf, runJobs } from '../lib/job-runner.ts';
import { createRecentIds } from '../lib/recent-ids.ts';
import { createSlots } from '../lib/slots.ts';
import { atMost } from '../lib/within.ts';
import { createAbility, createNotifier } from '../mail/notifier.ts';
import { createLoginFlows } from '../nextcloud/signin.ts';
import { assembleDetached } from '../upload/assembly.ts';
import { createBufferBudget } from '../upload/budget.ts';
import {
  defaultUploadLimits,
  type UploadEngine,
  uploadMemoryBytes,
  uploadSpillBytes,
} from '../upload/engine.ts';
import { createGarbageWatch } from '../upload/garbage.ts';
import { createRunningHashes } from '../upload/hashes.ts';
import { createLocker } from '../upload/lock.ts';
import { removeOrAskAgain } from '../upload/removal.ts';
import { createSpill } from '../upload/spill.ts';
import { NextcloudStore } from '../upload/store.ts';
import { sweepUploads } from '../upload/sweep.ts';
import { createTurns } from '../upload/turns.ts';
import { composeCallbacks, composeDestinations } from './destinations.ts';
import { composeNode } from './node.ts';
import type { Surroundings } from './surroundings.ts';
import { composePost, composeTeller } from './telling.ts';

const sweepMs = 60_000;
/** What a dead node has left is gone on with soon after its lease has lapsed. */
const uploadSweepMs = 5_000;
/** Proofs are renewed at this age even when nobody uploads, so that staff hear of a change. */
const proofSweepSeconds = 300;
/** A change of Nextcloud's theme is seen on the pages after this and a sweep. */
const brandLifeSeconds = 600;

/** What browsers load is built, also where the servers run from their sources. */
const assetsDir = (): string =>
  fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/assets' : '../../web/assets', import.meta.url),
  );

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
    scansFiles: config.clamd !== undefined,
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
