import type { Database } from '../../db/client.ts';
import { releaseForgotten, wakeDueDeliveries } from '../../db/queries/deliveries.ts';
import {
  type AttemptFailure,
  type Claim,
  type ClaimedDelivery,
  claimDelivery,
  loadCheckpoint,
  loadDelivery,
  recordAwaiting,
  recordDead,
  recordDelivered,
  recordRetry,
  saveCheckpoint,
} from '../../db/queries/delivery-claims.ts';
import { pauseGone } from '../../db/queries/destinations.ts';
import { wakeLooks } from '../../db/queries/found.ts';
import { wake } from '../../db/queries/jobs.ts';
import { wakeLeftFolders } from '../../db/queries/left-folders.ts';
import { wakeDuePurges } from '../../db/queries/purging.ts';
import { wakeDueRetirements } from '../../db/queries/retention.ts';
import { wakeDueTidying } from '../../db/queries/tidying.ts';
import { type BackoffLimits, backoffMs } from '../lib/backoff.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { Failure, isFailure, mayPass } from '../lib/failure.ts';
import type { Log } from '../lib/log.ts';
import type { Delivered, DeliveryContext } from './destinations/destination.ts';
import { createFolderTree } from './found/folder-tree.ts';
import { type Looked, lookAtRequest } from './found/look.ts';
import { removeLeftFolder } from './left-folder.ts';
import type { OpenDestinations } from './open-destinations.ts';
import { packDelivery } from './pack.ts';
import { purgeSubmission } from './purge.ts';
import { retireDelivery } from './retire.ts';
import { scanFiles } from './scan/scan-files.ts';
import type { Scanner } from './scan/scanner.ts';
import type { Source } from './source.ts';
import { tidySubmission } from './tidy.ts';

export interface ImporterLimits extends BackoffLimits {
  /** Attempts after which a delivery is given up and staff are told. */
  attempts: number;
  /** How long a delivery waits for a destination that fails altogether, however many attempts that takes. */
  patienceMs: number;
  /** A receiver that has not acknowledged is told again after so long. */
  tellAgainMs: number;
}

const defaultLimits: ImporterLimits = {
  attempts: 20,
  leastMs: 2_000,
  mostMs: 3_600_000,
  patienceMs: 7 * 24 * 3_600_000,
  tellAgainMs: 3_600_000,
};

export interface ImporterOptions {
  db: Database;
  /** This process in `nodes`: its leases hold as long as the heartbeat that the composition keeps. */
  nodeId: string;
  nextcloudFor(accountId: string): Promise<Source>;
  destinations: Pick<OpenDestinations, 'of'>;
  /** Undefined: files are not scanned, and it is said of each. */
  scanner?: Scanner | undefined;
  log: Log;
  /** IANA name of the zone in which receipt numbers name the day; default UTC. */
  zone?: string;
  /** A found file is taken when it has been as it is for so long. */
  settleSeconds?: number;
  limits?: Partial<ImporterLimits>;
  clock?: Clock;
}

/**
 * `not-claimed`: not due, held by a living node, done, or its destination is paused. `fenced`: another importer
 * has claimed it since; what this one knew was not recorded. `released`: this importer is stopping. `awaiting`: the
 * receiver was told, and is to acknowledge.
 */
export type DeliveryOutcome =
  | 'delivered'
  | 'already-there'
  | 'awaiting'
  | 'retry'
  | 'dead'
  | 'not-claimed'
  | 'fenced'
  | 'released';

export interface Importer {
  /** One attempt, if it can be claimed. Throws only what the database throws; the sweep then finds the row. */
  deliverOne(deliveryId: string): Promise<DeliveryOutcome>;
  /** The after-action of a submission, if it is due. */
  tidyOne(submissionId: string): Promise<void>;
  /** Has a destination take away what it is to keep no longer, if the time has come. */
  retireOne(deliveryId: string): Promise<void>;
  /** Looks through a request's folder for files that did not come through the portal. */
  lookAt(requestId: string): Promise<Looked | undefined>;
  /**
   * Wakes what is due and what no living node holds, whatever became of its job (graphile-worker frees a dead
   * worker's jobs only after four hours). @returns how many were woken
   */
  sweep(): Promise<number>;
  /** Claims nothing more, breaks off what is under way and gives it back. */
  stop(): Promise<void>;
}

/** Builds the importer. It starts nothing by itself: jobs and the sweep's clock come from `startImporter`. */
export const createImporter = (options: ImporterOptions): Importer => {
  const limits = { ...defaultLimits, ...options.limits };
  const active = new Map<string, { stop: AbortController; done: Promise<unknown> }>();
  const retiring = new Set<string>();
  const tidying = new Set<string>();
  const stopped = new AbortController();
  const tree = createFolderTree();
  let stopping = false;

  const attempt = async (deliveryId: string, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const row = await claimDelivery(options.db, deliveryId, options.nodeId);
    if (row === undefined) return 'not-claimed';
    const claim: Claim = { id: row.id, epoch: row.epoch };
    const log = options.log.child({ delivery: row.id, epoch: row.epoch, attempt: row.attempts });
    let delivered: Attempted;
    try {
      delivered = await bringThere(options, limits, row, claim, signal, log);
    } catch (error) {
      return await recordFailure(options, limits, claim, row, error, signal, log);
    }
    const { alreadyThere, awaiting } = delivered.delivered;
    if (awaiting !== undefined) {
      const told = { result: { ...delivered.delivered }, againInMs: limits.tellAgainMs };
      if (row.triedMs >= limits.patienceMs) {
        const error = new Failure('delivery.unacknowledged');
        return await recordFailure(options, limits, claim, row, error, signal, log);
      }
      if (await recordAwaiting(options.db, claim, told)) return 'awaiting';
      log.info('the receiver has acknowledged it meanwhile');
      return 'fenced';
    }
    const recorded = await recordDelivered(options.db, claim, {
      result: { ...delivered.delivered },
      alreadyThere,
      fileIds: delivered.fileIds,
    });
    if (!recorded) return fenced(log);
    log.info({ alreadyThere, files: delivered.fileIds.length }, 'delivered');
    return alreadyThere ? 'already-there' : 'delivered';
  };

  return {
    async deliverOne(deliveryId) {
      if (stopping) return 'released';
      if (active.has(deliveryId)) return 'not-claimed';
      const stop = new AbortController();
      const done = attempt(deliveryId, stop.signal).finally(() => active.delete(deliveryId));
      active.set(deliveryId, { stop, done });
      return done;
    },
    async tidyOne(submissionId) {
      // Two at once would each fail over what the other has moved.
      if (stopping || tidying.has(submissionId)) return;
      tidying.add(submissionId);
      try {
        for (const step of [tidySubmission, purgeSubmission, removeLeftFolder]) {
          const outcome = await step(options, submissionId, stopped.signal);
          if (outcome === 'moved' || outcome === 'deleted' || outcome === 'purged')
            options.log.info({ submission: submissionId, outcome }, 'tidied');
        }
      } finally {
        tidying.delete(submissionId);
      }
    },
    async retireOne(deliveryId) {
      if (stopping || retiring.has(deliveryId)) return;
      retiring.add(deliveryId);
      await retireDelivery(options, deliveryId, stopped.signal).finally(() => retiring.delete(deliveryId));
    },
    async lookAt(requestId) {
      if (stopping) return undefined;
      const looked = await lookAtRequest({ zone: 'UTC', ...options, tree }, requestId, stopped.signal);
      if (looked !== undefined && looked.settling > 0)
        await wake(options.db, 'look', requestId, { inMs: lookAgainMs });
      return looked;
    },
    async sweep() {
      if (stopping) return 0;
      await wakeDueTidying(options.db);
      await wakeDuePurges(options.db);
      await wakeLeftFolders(options.db);
      await wakeDueRetirements(options.db, options.nodeId);
      await wakeLooks(options.db, lookEvery);
      return options.db.transaction(async (tx) => {
        const freed = await releaseForgotten(tx, options.nodeId, [...active.keys()]);
        if (freed > 0) options.log.warn({ freed }, 'deliveries were held and forgotten: given back');
        return wakeDueDeliveries(tx);
      });
    },
    async stop() {
      stopping = true;
      stopped.abort();
      for (const { stop } of active.values()) stop.abort();
      await Promise.allSettled([...active.values()].map(({ done }) => done));
    },
  };
};

/** A look costs Nextcloud one PROPFIND where nothing is new. */
const lookEvery = { expectingSeconds: 60, otherwiseSeconds: 5 * 60 };
/** What doesn't stand still yet is looked at again soon. */
const lookAgainMs = 15_000;

interface Attempted {
  delivered: Delivered;
  fileIds: string[];
}

/**
 * Asks whether it is there, and else brings it there. A kill anywhere in here, or before the record, ends in one
 * effect: the next claim probes first.
 */
const bringThere = async (
  options: ImporterOptions,
  limits: ImporterLimits,
  row: Parameters<typeof loadDelivery>[1],
  claim: Claim,
  signal: AbortSignal,
  log: Log,
): Promise<Attempted> => {
  const loaded = await loadDelivery(options.db, row);
  if (loaded.files.length === 0) throw new Failure('submission.empty');
  const destination = options.destinations.of(loaded.destination);
  const nextcloud = () => options.nextcloudFor(loaded.request.accountId);
  const packed = packDelivery(row, loaded, nextcloud, signal);
  const harmful = await scanFiles(options.db, options.scanner, loaded, packed, signal);
  const delivery = { ...packed, files: packed.files.filter(({ id }) => !harmful.has(id)) };
  if (delivery.files.length === 0) throw new Failure('file.quarantined');
  const context: DeliveryContext = {
    signal,
    log,
    clock: options.clock ?? systemClock,
    checkpoint: {
      load: () => loadCheckpoint(options.db, claim.id),
      async save(value) {
        if (!(await saveCheckpoint(options.db, claim, value))) throw new StaleClaim();
      },
    },
  };
  const fileIds = delivery.files.map(({ id }) => id);
  const found = await destination.probe(delivery, context);
  if (found !== undefined) return { delivered: { ...found, alreadyThere: true }, fileIds };
  // Claimed once more than it may be: every attempt before has ended the process that made it.
  if (row.attempts > limits.attempts) throw new Failure('internal', { details: { nodesLost: true } });
  signal.throwIfAborted();
  return { delivered: await destination.deliver(delivery, context), fileIds };
};

/** The claim was found to be stale in the middle of an attempt. Never leaves this file. */
class StaleClaim extends Error {}

const fenced = (log: Log): 'fenced' => {
  log.warn('another importer has claimed this delivery since; nothing was recorded');
  return 'fenced';
};

const recordFailure = async (
  options: ImporterOptions,
  limits: ImporterLimits,
  claim: Claim,
  row: Pick<ClaimedDelivery, 'attempts' | 'destinationId' | 'triedMs'>,
  error: unknown,
  signal: AbortSignal,
  log: Log,
): Promise<DeliveryOutcome> => {
  if (error instanceof StaleClaim) return fenced(log);
  if (signal.aborted) {
    const failure = { code: 'internal', details: { stopped: true } };
    const given = await recordRetry(options.db, claim, failure, { delayMs: 0, uncounted: true });
    return given === undefined ? fenced(log) : 'released';
  }
  const failure = describe(error);
  if (isFailure(error, 'destination.rejected') && error.details.gone === true) {
    // Its receiver wants nothing more: the delivery waits with all others until staff have decided.
    await pauseGone(options.db, row.destinationId);
    const next = await recordRetry(options.db, claim, failure, { delayMs: 0, uncounted: true });
    return next === undefined ? fenced(log) : 'retry';
  }
  const isItsOwn = failure.ofDestination === undefined && !isHeld(error);
  const isEnough = isItsOwn
    ? row.attempts >= limits.attempts
    : !isHeld(error) && row.triedMs >= limits.patienceMs;
  if (!mayPass(error) || isEnough) {
    if (!(await recordDead(options.db, claim, failure))) return fenced(log);
    log.error({ ...failure, err: error }, 'delivery given up');
    return 'dead';
  }
  const delayMs = backoffMs(row.attempts, isFailure(error) ? error.retry : 'later', limits);
  const next = await recordRetry(options.db, claim, failure, { delayMs, uncounted: !isItsOwn });
  if (next === undefined) return fenced(log);
  log.warn({ ...failure, err: error, next }, 'delivery failed, to be tried again');
  return 'retry';
};

/** What the ledger keeps. The text of an unknown error may hold anything, so only its name is kept. */
const describe = (error: unknown): AttemptFailure =>
  isFailure(error)
    ? { code: error.code, details: { ...error.details }, ofDestination: ofDestination(error) }
    : { code: 'internal', details: { error: error instanceof Error ? error.name : typeof error } };

/** Failures that the next delivery would meet as well. */
const ofDestination = (failure: Failure): AttemptFailure['ofDestination'] => {
  if (isFailure(failure, 'destination.auth', 'destination.address-refused')) return 'auth';
  return isFailure(failure, 'destination.unavailable') ? 'other' : undefined;
};

/** Waits for staff or for the scanner, as long as it takes: they have been told. */
const isHeld = (error: unknown): boolean => isFailure(error, 'file.unscanned', 'scan.unavailable');
