import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { DeliveryCallbacks } from '../../lib/delivery-callbacks.ts';
import { Failure } from '../../lib/failure.ts';
import type { Log } from '../../lib/log.ts';
import type { OutgoingClient } from '../../lib/outgoing/client.ts';
import type { AddressGuard } from '../../lib/outgoing/guard.ts';
import type { Words } from '../../lib/words.ts';

/** One stored file on its way to a destination. */
export interface DeliveryFile {
  id: string;
  /** As the submitter's device called it: hostile until it is made safe. */
  sentName: string;
  /** Below the submission's folder in Nextcloud, `/` between folders. */
  path: string;
  /** Label of the checklist item that it was sent for, if it was for one: staff's own words. */
  item?: string | undefined;
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
  /**
   * Mints an address under which whoever has it may read the file, for at most 24 hours: a secret. For a destination that
   * is told about files and fetches them itself.
   */
  directLink(): Promise<DirectLink>;
  /** Where it is now in the account's own Nextcloud, for a destination that stays within. */
  nextcloudPath(): Promise<string>;
}

export interface DirectLink {
  url: string;
  expiresAt: Date;
}

/** The request's account in Nextcloud, as far as a destination may use it. Paths are the account's own, unencoded. */
export interface NextcloudPlace {
  stat(path: string, options: Stoppable): Promise<NextcloudEntry | undefined>;
  /** @throws Failure `nextcloud.not-found` */
  list(path: string, options: Stoppable): Promise<NextcloudEntry[]>;
  get(path: string, options: Stoppable): Promise<{ body: Readable; sizeBytes: number }>;
  put(
    path: string,
    body: Buffer,
    options: Stoppable & { sizeBytes: number; createOnly?: boolean },
  ): Promise<unknown>;
  makeDirectory(path: string, options: Stoppable): Promise<'created' | 'existed'>;
  /**
   * @returns the copy's id, where the server told it
   * @throws Failure `nextcloud.exists` where the name is taken, `nextcloud.conflict` without the folder above
   */
  copy(
    from: string,
    to: string,
    options: Stoppable & { overwrite: false },
  ): Promise<{ fileId: number | undefined }>;
  move(from: string, to: string, options: Stoppable & { overwrite: false }): Promise<unknown>;
  /** @param options `etag`: only while it still has that one */
  remove(path: string, options: Stoppable & { etag?: string }): Promise<'removed' | 'absent'>;
}

interface Stoppable {
  signal: AbortSignal;
}

export interface NextcloudEntry {
  path: string;
  name: string;
  kind: 'file' | 'directory';
  sizeBytes: number;
  fileId: number;
  etag: string;
  /** When the server took its content in, by its own clock; of files only, and not of all. */
  uploadedAt: Date | undefined;
  claimedSha256: string | undefined;
  mark: string | undefined;
  /** Nextcloud's letters: `C` to create files in it, `K` folders. */
  permissions: string;
}

/** What is handed to a destination: one sealed submission, or one file of it. */
export interface Delivery {
  /** The same at every attempt and for no other delivery; at most 64 characters of `[a-z0-9-]`. */
  key: string;
  /** How often staff had it delivered anew: a receiver that tells repeats by an id is to take each of these. */
  round: number;
  per: 'submission' | 'file';
  receiptNumber: string;
  /** The number of the submission that this one adds to. */
  supplementOf?: string | undefined;
  request: { id: string; title: string };
  submitter: { name: string; email: string | null };
  message: string;
  answers: { key: string; label: string; value: string }[];
  late: boolean;
  finishedBySubmitter: boolean;
  sealedAt: Date;
  /** Where the request's submissions lie in Nextcloud; nothing may be delivered into it, or it would be found again. */
  requestFolder: string | null;
  /** In the same order at every attempt. */
  files: DeliveryFile[];
  /** Where the files lie. */
  nextcloud(): Promise<NextcloudPlace>;
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
  /** Where staff, or whoever was meant, may open it. Goes into the ledger and the notices: no bearer secret. */
  link?: string;
  sizeBytes: number;
  /** How it is known that these are the bytes that were stored, such as `sha256-read-back`. */
  verifiedBy: string;
}

export interface Delivered {
  /** True when this call found everything in place and changed nothing. */
  alreadyThere: boolean;
  /** One for each file of the delivery. */
  remote: RemoteFile[];
  /** What staff may look for: a folder, a record, a bucket. */
  place?: string;
  /** Where they open it. */
  link?: string;
  details?: Record<string, unknown>;
  /** Set where only a message is known to have arrived, and nothing of the bytes: then the files stay in Nextcloud. */
  bytesUnknown?: true;
  /**
   * Set where a receiver has been told and is still to confirm: it is not delivered before the receiver's acknowledgement
   * has come to the portal. Left out: it is.
   */
  awaiting?: 'acknowledgement';
}

export interface CheckFinding {
  level: 'good' | 'warning' | 'problem';
  /** For staff: what is so, and, unless it is good, what to do. No secrets. */
  text: Words;
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
  /**
   * Takes away what was delivered, so many days after it was (`retentionDays` of the config). Saying it again changes
   * nothing. Left out where the destination keeps what it has been given.
   */
  remove?(delivered: Delivered, signal: AbortSignal): Promise<void>;
  /** Gives back connections and sessions. Nothing is called after it. */
  close?(): Promise<void>;
}

/** What a destination is handed: it opens no connection of its own but through these. */
export interface DestinationTools {
  /** As stored for this destination, opened. Not checked yet: `unknown` keys are refused like missing ones. */
  secrets: Record<string, string>;
  /** For HTTP. */
  http: OutgoingClient;
  /** For every other protocol, and for clients that bring their own HTTP: to be asked when a connection is made. */
  guard: AddressGuard;
  /** The portal's own account, for `check`. A delivery brings the account of its request. */
  nextcloud(): Promise<NextcloudPlace>;
  /** Where a receiver comes back to about a delivery. Left out where the portal serves no such addresses. */
  callbacks?: Pick<DeliveryCallbacks, 'of'>;
}

/** What a setting or a secret is called, and what belongs into it. */
export interface SettingWords {
  label: Words;
  hint?: Words;
  /** As JSON, where it is more than one value. */
  examples?: readonly string[];
}

/** What a kind is called, and everything that it wants to be told. */
export interface KindWords<Config, Secrets = Record<string, never>> {
  title: Words;
  /** What becomes of files there, and what a repeat does. */
  about: Words;
  settings: Record<KeyOf<Config> | KeyOf<Secrets>, SettingWords>;
}

/** None where the type names none: an index signature would make every key optional. */
type KeyOf<Value> = string extends keyof Value ? never : keyof Value & string;

/** A kind of destination, as the registry knows it. */
export interface DestinationModule {
  kind: string;
  words: { title: Words; about: Words; settings: Readonly<Record<string, SettingWords>> };
  /** An object of plain values: it is shown to administrators. */
  configSchema: z.ZodType;
  /** An object of strings: it is sealed, and shown to nobody. */
  secretsSchema: z.ZodType<Record<string, string | undefined>>;
  /** Those settings that say where its secrets go. A change of one asks for all secrets again. */
  secretsGoTo: readonly string[];
  /** @throws Failure `destination.rejected` when the configuration or the secrets don't fit their schemas */
  open(config: unknown, tools: DestinationTools): Destination;
}

/** Makes a module of a kind's schemas and factory: what is configured is checked here, once for all kinds. */
export const defineDestination = <
  Config,
  Secrets extends Record<string, string | undefined> = Record<string, never>,
>(definition: {
  kind: string;
  words: KindWords<NoInfer<Config>, NoInfer<Secrets>>;
  configSchema: z.ZodType<Config>;
  /** Left out: it has none. */
  secretsSchema?: z.ZodType<Secrets>;
  secretsGoTo: readonly KeyOf<NoInfer<Config>>[];
  create(config: Config, secrets: Secrets, tools: Omit<DestinationTools, 'secrets'>): Destination;
}): DestinationModule => {
  const { kind, words, configSchema, secretsGoTo } = definition;
  const secretsSchema = definition.secretsSchema ?? (z.strictObject({}) as unknown as z.ZodType<Secrets>);
  return {
    kind,
    words,
    configSchema,
    secretsSchema,
    secretsGoTo,
    open(config, { secrets, ...tools }) {
      return definition.create(
        fitting(kind, configSchema, config),
        fitting(kind, secretsSchema, secrets),
        tools,
      );
    },
  };
};

/** What doesn't fit is named by key and rule, never by value: it may be a secret. */
const fitting = <Value>(kind: string, schema: z.ZodType<Value>, value: unknown): Value => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Failure('destination.rejected', {
    details: {
      kind,
      problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    },
  });
};

/** What goes with the files, in words that outlive this installation. Dates are ISO 8601 in UTC. */
export interface Manifest {
  format: 'uketori-manifest';
  version: 1;
  deliveryKey: string;
  receiptNumber: string;
  /** Only of a supplement: the number of the one that it adds to. */
  supplementOf?: string | undefined;
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
  /** Label of its checklist item; null: it was sent for none. */
  item: string | null;
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
  supplementOf: delivery.supplementOf,
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
    item: file.item ?? null,
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    storedAt: file.storedAt.toISOString(),
    nextcloudFileId: file.nextcloudFileId,
  })),
  sealedAt: delivery.sealedAt.toISOString(),
  deliveredAt: deliveredAt.toISOString(),
});
