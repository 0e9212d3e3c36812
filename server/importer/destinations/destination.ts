import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { Failure } from '../../lib/failure.ts';
import type { Log } from '../../lib/log.ts';

/** One stored file on its way to a destination. */
export interface DeliveryFile {
  id: string;
  /** As the submitter's device called it: hostile until it is made safe. */
  sentName: string;
  /** Below the submission's folder in Nextcloud, `/` between folders. */
  path: string;
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  storedAt: Date;
  nextcloudFileId: number;
  /**
   * Streams the file from its first byte. The stream fails at its end, with `Failure('upload.integrity')`, when
   * what it carried is not the file that was stored: so nothing may become visible before it has ended well.
   */
  open(): Promise<Readable>;
}

/** What is handed to a destination: one sealed submission, or one file of it. */
export interface Delivery {
  /** The same at every attempt and for no other delivery; at most 64 characters of `[a-z0-9-]`. */
  key: string;
  per: 'submission' | 'file';
  receiptNumber: string;
  request: { id: string; title: string };
  submitter: { name: string; email: string | null };
  message: string;
  answers: { key: string; label: string; value: string }[];
  late: boolean;
  finishedBySubmitter: boolean;
  sealedAt: Date;
  /** In the same order at every attempt. */
  files: DeliveryFile[];
}

export interface DeliveryContext {
  /** Aborts when this importer stops. */
  signal: AbortSignal;
  log: Log;
  clock: Clock;
  /** What must survive a crash (an upload session, a chosen folder). Small; no secrets. */
  checkpoint: {
    load(): Promise<Record<string, unknown>>;
    /** Replaces what was there. @throws when the delivery has been claimed by another importer since */
    save(value: Record<string, unknown>): Promise<void>;
  };
}

/** One file as it is at the destination. */
export interface RemoteFile {
  /** Our id of it. */
  file: string;
  id?: string;
  path?: string;
  sizeBytes: number;
  /** How it is known that these are the bytes that were stored, such as `sha256-read-back`. */
  verifiedBy: string;
}

export interface Delivered {
  /** True when this call found everything in place and changed nothing. */
  alreadyThere: boolean;
  /** One for each file of the delivery. */
  remote: RemoteFile[];
  /** What staff may open or look for: a folder, a record, a link. */
  place?: string;
  details?: Record<string, unknown>;
}

export interface CheckFinding {
  level: 'good' | 'warning' | 'problem';
  /** For staff: what is so, and, unless it is good, what to do. No secrets. */
  text: string;
}

export interface CheckResult {
  /** False when a delivery would fail as things stand. */
  fit: boolean;
  findings: CheckFinding[];
}

/**
 * A downstream system, ready to be used. Everything it throws is a `Failure` whose `retry` is right, or an
 * error that may pass; retries, limits and records are the core's.
 */
export interface Destination {
  /** Looks whether deliveries would succeed. Never throws for what staff can mend; leaves nothing behind. */
  check(signal?: AbortSignal): Promise<CheckResult>;
  /** Whether this delivery is already there, whole. Changes nothing. Asked before every attempt. */
  probe(delivery: Delivery, context: DeliveryContext): Promise<Delivered | undefined>;
  /**
   * Brings it there. May be called again after any crash, or beside a stale twin: one effect must come of it.
   * What is visible of a delivery that failed must not look whole.
   */
  deliver(delivery: Delivery, context: DeliveryContext): Promise<Delivered>;
}

export interface DestinationTools {
  /** As stored for this destination, opened; empty when it has none. */
  secrets: Record<string, string>;
}

/** A kind of destination, as the registry knows it. */
export interface DestinationModule {
  kind: string;
  configSchema: z.ZodType;
  /** @throws Failure `destination.rejected` when the configuration does not fit `configSchema` */
  open(config: unknown, tools: DestinationTools): Destination;
}

/** Makes a module of a kind's schema and factory: the configuration is checked here, once for all kinds. */
export const defineDestination = <Config>(definition: {
  kind: string;
  configSchema: z.ZodType<Config>;
  create(config: Config, tools: DestinationTools): Destination;
}): DestinationModule => ({
  kind: definition.kind,
  configSchema: definition.configSchema,
  open(config, tools) {
    const parsed = definition.configSchema.safeParse(config);
    if (!parsed.success)
      throw new Failure('destination.rejected', {
        details: {
          kind: definition.kind,
          problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
        },
      });
    return definition.create(parsed.data, tools);
  },
});

/** What goes with the files, in words that outlive this installation. Dates are ISO 8601 in UTC. */
export interface Manifest {
  format: 'uketori-manifest';
  version: 1;
  deliveryKey: string;
  receiptNumber: string;
  request: { id: string; title: string };
  submitter: { name: string; email: string | null };
  message: string;
  answers: { key: string; label: string; value: string }[];
  late: boolean;
  finishedBySubmitter: boolean;
  files: ManifestFile[];
  sealedAt: string;
  deliveredAt: string;
}

export interface ManifestFile {
  id: string;
  /** As the submitter's device called it. */
  sentName: string;
  /** As it is stored in Nextcloud, below the submission's folder. */
  storedName: string;
  /** Where it is at the destination, seen from the manifest. */
  path: string;
  sizeBytes: number;
  sha256: string;
  storedAt: string;
  nextcloudFileId: number;
}

/** @param pathOf where a file is at the destination, seen from the manifest */
export const manifestOf = (
  delivery: Delivery,
  pathOf: (file: DeliveryFile) => string,
  deliveredAt: Date,
): Manifest => ({
  format: 'uketori-manifest',
  version: 1,
  deliveryKey: delivery.key,
  receiptNumber: delivery.receiptNumber,
  request: delivery.request,
  submitter: delivery.submitter,
  message: delivery.message,
  answers: delivery.answers,
  late: delivery.late,
  finishedBySubmitter: delivery.finishedBySubmitter,
  files: delivery.files.map((file) => ({
    id: file.id,
    sentName: file.sentName,
    storedName: file.path,
    path: pathOf(file),
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    storedAt: file.storedAt.toISOString(),
    nextcloudFileId: file.nextcloudFileId,
  })),
  sealedAt: delivery.sealedAt.toISOString(),
  deliveredAt: deliveredAt.toISOString(),
});
