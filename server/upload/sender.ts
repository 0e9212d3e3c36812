import { createHash, type Hash } from 'node:crypto';
import { acknowledgePart, markPlaced, markReceived } from '../../db/queries/upload-progress.ts';
import type { PlacedUpload } from '../../db/queries/uploads.ts';
import { Failure, isFailure, mayPass } from '../lib/failure.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import { busy, fencedOff } from './busy.ts';
import type { UploadEngine } from './engine.ts';
import type { Flow } from './flow.ts';
import { inspectBeginning } from './inspect.ts';
import type { Lease } from './lock.ts';
import { failUpload } from './lose.ts';
import type { Part } from './part.ts';
import { partName, uploadFolder } from './parts.ts';
import { folderOf, lookAt, placeFile } from './place.ts';
import { recordStored, takenOver } from './record.ts';
import { retrying } from './retry.ts';

/** Up to here Nextcloud is asked for the hash of what it stored: it takes it 5 ms a MiB (measured on 32.0.1). */
const mostHashedByServerBytes = 16 * 1024 * 1024;

/** What was asked so short a time ago is not asked again. */
const welcomeLifeMs = 1_000;

/** Gives a turn back. */
type Release = () => void;

/**
 * Sends what one PATCH brings to Nextcloud, and acknowledges it in its order: a part counts when Nextcloud has
 * confirmed it and everything before it, and the row says so.
 */
export class Sender {
  acknowledgedBytes: number;
  /** Parts that are sent and not acknowledged yet. */
  inFlight = 0;
  /** What the first part that failed failed with. */
  failure: unknown;
  private readonly engine: UploadEngine;
  private readonly nextcloud: Nextcloud;
  private readonly placed: PlacedUpload;
  private readonly lease: Lease;
  private readonly welcomeAtMs: number;
  private readonly signal: AbortSignal;
  private readonly changed: () => void;
  private acknowledged: Promise<void> = Promise.resolve();
  private folder: Promise<unknown> | undefined;
  private inspected: Promise<void> = Promise.resolve();

  /**
   * @param signal ends every request
   * @param changed called when a part has been acknowledged, or has failed
   */
  constructor(
    work: {
      engine: UploadEngine;
      nextcloud: Nextcloud;
      placed: PlacedUpload;
      lease: Lease;
      welcomeAtMs: number;
    },
    signal: AbortSignal,
    changed: () => void,
  ) {
    this.engine = work.engine;
    this.nextcloud = work.nextcloud;
    this.placed = work.placed;
    this.lease = work.lease;
    this.welcomeAtMs = work.welcomeAtMs;
    this.signal = signal;
    this.changed = changed;
    this.acknowledgedBytes = work.placed.upload.offsetBytes;
    if (this.acknowledgedBytes > 0) this.folder = Promise.resolve();
    // Made while the first bytes come; who puts the file there asks again, and is told what went wrong.
    else this.engine.ensureFolder(this.placed.accountId, folderOf(this.placed)).catch(() => undefined);
  }

  /** Everything that was given to be sent is acknowledged. @throws what the first part failed with */
  async settle(): Promise<void> {
    await this.acknowledged;
    if (this.failure !== undefined) throw this.failure as Error;
  }

  /** Sends a part that is kept until it is confirmed, as often as it takes. It is dropped then. */
  sendPart(part: Part, turn: Release): void {
    if (part.startBytes === 0) this.inspect(part.head);
    const put = this.patiently(turn, () => this.putPart(part.startBytes, part.sizeBytes, () => part.read()));
    this.inOrder(
      put,
      part.startBytes,
      part.sizeBytes,
      () => part.hash,
      () => part.drop(),
    );
  }

  /** Sends a part while it comes, once. */
  sendFlow(flow: Flow, startBytes: number, turn: Release): void {
    flow.allowEnd(Promise.resolve());
    if (startBytes === 0) this.inspect(flow.head);
    const put = this.once(flow, turn, () => this.putPart(startBytes, flow.sizeBytes, () => flow.read()));
    this.inOrder(
      put,
      startBytes,
      flow.sizeBytes,
      () => flow.hash,
      () => undefined,
    );
  }

  /** Sends a whole file in one create-only PUT: it needs no parts. */
  async storeWhole(part: Part, turn: Release): Promise<void> {
    const { engine, placed } = this;
    const { sizeBytes } = part;
    const sha256 = digestOf(part.hash);
    this.inspect(part.head);
    const wantHash = sizeBytes <= mostHashedByServerBytes && (await engine.hashIsTrue(placed.accountId));
    const mtime = placed.upload.modifiedAt ?? undefined;
    const make = (path: string) =>
      this.nextcloud.files.put(path, () => part.read(), {
        sizeBytes,
        createOnly: true,
        sha256,
        mark: placed.upload.id,
        wantHash,
        mtime,
        signal: this.signal,
      });
    const expected = { epoch: this.lease.epoch, sizeBytes, sha256 };
    const file = await this.patiently(turn, async () => {
      await this.inspected;
      await this.requireWelcome(sha256);
      return placeFile(engine, placed, expected, make);
    });
    const { epoch } = this.lease;
    if (file.verifiedBy === undefined) await this.markPlaced({ ...file, sha256 });
    else await recordStored(engine, placed, { ...file, verifiedBy: file.verifiedBy, epoch, sha256 });
    this.acknowledgedBytes = sizeBytes;
  }

  /** The same while it comes, once. */
  async storeWholeFlow(flow: Flow, turn: Release): Promise<void> {
    const { upload, folderPath } = this.placed;
    const path = `${folderPath}/${upload.targetPath}`;
    this.inspect(flow.head);
    const make = async () => {
      await this.inspected;
      await this.engine.ensureFolder(this.placed.accountId, folderOf(this.placed));
      return this.nextcloud.files.put(path, () => flow.read(), {
        sizeBytes: flow.sizeBytes,
        createOnly: true,
        sha256: upload.claimedSha256 ?? undefined,
        mark: upload.id,
        mtime: upload.modifiedAt ?? undefined,
        signal: this.signal,
      });
    };
    const stored = await this.once(flow, turn, make).catch(async (error: unknown) => {
      // Whether it is this very file, and which name to take if not, is found out when it comes again, in parts.
      if (isFailure(error, 'nextcloud.exists')) throw busy(error);
      if (isFailure(error, 'nextcloud.not-found')) {
        await this.engine.remakeFolder(this.placed.accountId, folderOf(this.placed));
        throw busy(error);
      }
      // After a reset or a time-out nobody knows what was done: only a look can tell.
      if (flow.isFull && isFailure(error) && mayPass(error)) return { fileId: undefined, etag: '' };
      throw error;
    });
    const { targetPath } = upload;
    const sha256 = digestOf(flow.hash);
    if (stored.fileId === undefined) await this.recordIfThere(path, flow.sizeBytes, sha256);
    else await this.markPlaced({ path: targetPath, fileId: stored.fileId, etag: stored.etag, sha256 });
    this.acknowledgedBytes = flow.sizeBytes;
  }

  /** What is there may be somebody else's. @throws Failure: it must be sent again */
  private async recordIfThere(path: string, sizeBytes: number, sha256: string): Promise<void> {
    const { placed, nextcloud } = this;
    const entry = await lookAt(nextcloud, path);
    if (entry?.mark !== placed.upload.id || entry.sizeBytes !== sizeBytes)
      throw busy(new Error('the answer told no file id, and the file is not there'));
    const { fileId, etag } = entry;
    await this.markPlaced({ path: placed.upload.targetPath, fileId, etag, sha256 });
  }

  /** Whether what is complete may still come in, and is what the submitter has. @throws Failure */
  async requireWelcome(sha256: string | undefined): Promise<void> {
    const { engine, placed } = this;
    const { claimedSha256 } = placed.upload;
    if (claimedSha256 !== null && sha256 !== undefined && claimedSha256 !== sha256) {
      await failUpload(engine, placed, 'upload.failed');
      throw new Failure('upload.integrity');
    }
    await this.askWhetherOpen();
  }

  private async askWhetherOpen(): Promise<void> {
    if (performance.now() - this.welcomeAtMs < welcomeLifeMs) return;
    await this.engine.requireWelcome(this.placed.upload.submissionId);
  }

  /** Nothing of a file that is not of a type asked for goes to Nextcloud, its later parts included. */
  private inspect(head: Buffer): void {
    this.inspected = inspectBeginning(this.engine, this.placed, head);
    // Whoever sends awaits it.
    this.inspected.catch(() => undefined);
  }

  private inOrder(
    put: Promise<unknown>,
    startBytes: number,
    sizeBytes: number,
    hash: () => Hash | undefined,
    drop: () => void,
  ): void {
    const before = this.acknowledged;
    this.inFlight += 1;
    this.acknowledged = (async () => {
      try {
        await put;
        await before;
        await this.acknowledge(startBytes, sizeBytes, hash());
      } catch (error) {
        this.failure ??= error;
      } finally {
        drop();
        this.inFlight -= 1;
        this.changed();
      }
    })();
  }

  private async acknowledge(startBytes: number, sizeBytes: number, hash: Hash | undefined): Promise<void> {
    if (this.failure !== undefined) throw this.failure as Error;
    const { engine, placed, lease } = this;
    const uploadId = placed.upload.id;
    const endBytes = startBytes + sizeBytes;
    const isLast = endBytes === placed.upload.sizeBytes;
    if (isLast) await this.askWhetherOpen();
    const isMine = await engine.db.transaction(async (tx) => {
      const address = { uploadId, epoch: lease.epoch, startBytes, sizeBytes };
      if (!(await acknowledgePart(tx, address))) return false;
      const sha256 = hash?.copy().digest('hex');
      if (isLast) await markReceived(tx, { uploadId, epoch: lease.epoch, sha256 });
      return true;
    });
    if (!isMine) throw fencedOff(uploadId, lease.epoch);
    this.acknowledgedBytes = endBytes;
    if (hash !== undefined) engine.hashes.remember(uploadId, endBytes, hash);
  }

  private async markPlaced(file: {
    path: string;
    fileId: number;
    etag: string;
    sha256: string;
  }): Promise<void> {
    const { engine, placed, lease } = this;
    const uploadId = placed.upload.id;
    const { epoch } = lease;
    const isMine = await engine.db.transaction((tx) => markPlaced(tx, { uploadId, epoch, ...file }));
    if (!isMine) throw await takenOver(engine, uploadId, epoch);
    engine.hashes.forget(uploadId);
  }

  private async putPart(
    startBytes: number,
    sizeBytes: number,
    read: () => AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const { nextcloud, placed, signal } = this;
    const folder = uploadFolder(placed.upload.id);
    await this.inspected;
    this.folder ??= this.beginFolder();
    try {
      await this.folder;
    } catch (error) {
      this.folder = undefined;
      throw error;
    }
    const name = partName({ startBytes, epoch: this.lease.epoch });
    const totalBytes = placed.upload.sizeBytes ?? undefined;
    try {
      await nextcloud.uploads.putPart(folder, name, read, { sizeBytes, totalBytes, signal });
    } catch (error) {
      if (!isFailure(error, 'nextcloud.not-found')) throw error;
      this.folder = undefined;
      throw busy(error);
    }
  }

  /** A folder that could be made was not there: what had been acknowledged of its parts has gone with it. */
  private async beginFolder(): Promise<void> {
    const { nextcloud, placed, signal } = this;
    const made = await nextcloud.uploads.begin(uploadFolder(placed.upload.id), { signal });
    if (made === 'existed' || this.acknowledgedBytes === 0) return;
    await failUpload(this.engine, placed, 'upload.lost');
    throw new Failure('upload.lost');
  }

  /** Tries again what may pass. Each try has a turn; the first is there already. */
  private async patiently<T>(turn: Release, attempt: () => Promise<T>): Promise<T> {
    let release: Release | undefined = turn;
    const inTurn = async (): Promise<T> => {
      release ??= await this.engine.turns.take(this.signal);
      try {
        return await attempt();
      } finally {
        release();
        release = undefined;
      }
    };
    return retrying(inTurn, { signal: this.signal, patienceMs: this.engine.limits.patienceMs });
  }

  /** What is not kept can't be sent again from here: the submitter sends it, and next time it is kept. */
  private async once<T>(flow: Flow, turn: Release, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      this.engine.keptOnly.add(this.placed.upload.id);
      flow.fail(error);
      throw error;
    } finally {
      turn();
    }
  }
}

const digestOf = (hash: Hash | undefined): string => (hash ?? createHash('sha256')).copy().digest('hex');
