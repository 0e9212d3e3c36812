import { createHash, type Hash } from 'node:crypto';
import { acknowledgePart, markReceived } from '../../db/queries/upload-progress.ts';
import type { PlacedUpload } from '../../db/queries/uploads.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import type { UploadEngine } from './engine.ts';
import type { Lease } from './lock.ts';
import { failUpload, loseUpload } from './lose.ts';
import { partName, uploadFolder } from './parts.ts';
import { placeFile } from './place.ts';
import { recordStored } from './record.ts';
import { retrying } from './retry.ts';

/** Bytes that are collected, or on their way to Nextcloud, and not yet acknowledged. */
interface Buffered {
  startBytes: number;
  chunks: Buffer[];
  sizeBytes: number;
  firstAtMs: number;
  /** Of everything up to the end of these bytes; undefined when this process has not seen the beginning. */
  hash: Hash | undefined;
}

/**
 * Writes the body of one PATCH to Nextcloud, part by part: the next part collects while the last one is sent.
 * Promise: the offset that it returns or leaves in the database is durable in Nextcloud, whatever happened to the
 * sender. What could not be flushed in time is dropped, and the submitter sends it again.
 */
export class PatchWriter {
  private readonly engine: UploadEngine;
  private readonly placed: PlacedUpload;
  private readonly nextcloud: Nextcloud;
  private readonly lease: Lease;
  private readonly stop = new AbortController();
  private collecting: Buffered;
  private sending: Promise<void> = Promise.resolve();
  private acknowledgedBytes: number;
  private folderMade: boolean;

  constructor(engine: UploadEngine, nextcloud: Nextcloud, placed: PlacedUpload, lease: Lease) {
    this.engine = engine;
    this.nextcloud = nextcloud;
    this.placed = placed;
    this.lease = lease;
    const startBytes = placed.upload.offsetBytes;
    this.acknowledgedBytes = startBytes;
    this.folderMade = startBytes > 0;
    this.collecting = this.emptyAt(startBytes, engine.hashes.resume(placed.upload.id, startBytes));
  }

  /** @returns the new offset. Rethrows the source's error, after flushing what came before it. */
  async write(source: AsyncIterable<Uint8Array>): Promise<number> {
    const onWanted = () => this.stopSoon();
    if (this.lease.wanted.aborted) onWanted();
    this.lease.wanted.addEventListener('abort', onWanted, { once: true });
    try {
      const broken = await this.collect(source);
      await this.flush(broken);
      if (broken !== undefined) throw broken;
      return this.acknowledgedBytes;
    } finally {
      this.lease.wanted.removeEventListener('abort', onWanted);
      await this.sending.catch(() => undefined);
      this.drop(this.collecting);
    }
  }

  /** @returns the error with which the source ended, if it did */
  private async collect(source: AsyncIterable<Uint8Array>): Promise<Error | undefined> {
    const iterator = source[Symbol.asyncIterator]();
    for (let next = settled(iterator.next()); ; ) {
      const arrived = await this.untilDue(next);
      if (arrived === 'due') {
        await this.send();
        continue;
      }
      if (arrived.error !== undefined) return arrived.error;
      if (arrived.result.done) return undefined;
      const { buffer, byteOffset, length } = arrived.result.value;
      await this.take(Buffer.from(buffer, byteOffset, length));
      next = settled(iterator.next());
    }
  }

  /** Waits for the next bytes, but not beyond the age at which the part that is collecting must be sent. */
  private async untilDue(next: Promise<Arrived>): Promise<Arrived | 'due'> {
    if (this.collecting.sizeBytes === 0 || this.reachesEnd()) return next;
    const remainingMs = this.collecting.firstAtMs + this.engine.limits.partAgeMs - Date.now();
    if (remainingMs <= 0) return 'due';
    let timer: NodeJS.Timeout | undefined;
    const due = new Promise<'due'>((resolve) => {
      timer = setTimeout(resolve, remainingMs, 'due');
    });
    try {
      return await Promise.race([next, due]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async take(chunk: Buffer): Promise<void> {
    const { budget, limits } = this.engine;
    if (!budget.tryTake(chunk.length)) {
      // Full: what is held here is sent on first, so that uploads never wait for each other in a circle.
      if (this.collecting.sizeBytes > 0) await this.send();
      await this.sending;
      await budget.take(chunk.length, this.stop.signal);
    }
    if (this.collecting.sizeBytes === 0) this.collecting.firstAtMs = Date.now();
    this.collecting.chunks.push(chunk);
    this.collecting.sizeBytes += chunk.length;
    this.collecting.hash?.update(chunk);
    if (this.collecting.sizeBytes >= limits.partBytes && !this.reachesEnd()) await this.send();
  }

  /** Starts sending what was collected, as soon as the part before it is confirmed. */
  private async send(): Promise<void> {
    const part = this.collecting;
    this.collecting = this.emptyAt(part.startBytes + part.sizeBytes, part.hash?.copy());
    try {
      await this.sending;
    } catch (error) {
      this.drop(part);
      throw error;
    }
    this.sending = this.store(part).finally(() => this.drop(part));
    // Awaited by the next part or by the flush; until then a failure is no unhandled rejection.
    this.sending.catch(() => undefined);
  }

  /** The end of the PATCH: everything that arrived becomes durable now, or is dropped. */
  private async flush(broken: Error | undefined): Promise<void> {
    // A body longer than was announced completes nothing.
    if (isTooLong(broken)) return;
    if (broken !== undefined) this.stopSoon();
    try {
      if (this.isWhole()) await this.storeWhole();
      else if (this.collecting.sizeBytes > 0) await this.send();
      await this.sending;
    } catch (error) {
      const nobodyWaits = broken !== undefined || this.lease.wanted.aborted;
      if (!nobodyWaits || isFailure(error, 'upload.busy', 'upload.lost')) throw error;
      // The sender has gone, or must send the rest again anyway: the durable offset is the answer.
      this.engine.log.info({ err: error, uploadId: this.placed.upload.id }, 'what arrived last was dropped');
    }
  }

  private async store(part: Buffered): Promise<void> {
    const { engine, placed, lease } = this;
    const uploadId = placed.upload.id;
    const address = { uploadId, epoch: lease.epoch, startBytes: part.startBytes, sizeBytes: part.sizeBytes };
    const end = part.startBytes + part.sizeBytes;
    const last = end === placed.upload.sizeBytes;
    await retrying(() => this.putPart(part), {
      signal: this.stop.signal,
      patienceMs: engine.limits.patienceMs,
    });
    if (last) await engine.requireWelcome(placed.upload.submissionId);
    const mine = await engine.db.transaction(async (tx) => {
      if (!(await acknowledgePart(tx, address))) return false;
      if (last)
        await markReceived(tx, { uploadId, epoch: lease.epoch, sha256: part.hash?.copy().digest('hex') });
      return true;
    });
    if (!mine)
      throw new Failure('upload.busy', { retry: 'later', details: { uploadId, epoch: lease.epoch } });
    this.acknowledgedBytes = end;
    if (part.hash !== undefined) engine.hashes.remember(uploadId, end, part.hash);
  }

  private async putPart(part: Buffered): Promise<void> {
    const folder = uploadFolder(this.placed.upload.id);
    const { signal } = this.stop;
    if (!this.folderMade) await this.nextcloud.uploads.begin(folder, { signal });
    this.folderMade = true;
    const name = partName({ startBytes: part.startBytes, epoch: this.lease.epoch });
    const totalBytes = this.placed.upload.sizeBytes ?? undefined;
    try {
      await this.nextcloud.uploads.putPart(folder, name, part.chunks, {
        sizeBytes: part.sizeBytes,
        totalBytes,
        signal,
      });
    } catch (error) {
      if (!isFailure(error, 'nextcloud.not-found')) throw error;
      await loseUpload(this.engine, this.placed);
      throw new Failure('upload.lost', { cause: error });
    }
  }

  /** The last part waits for the end of the body: only then is it sure that nothing follows. */
  private reachesEnd(): boolean {
    const { startBytes, sizeBytes } = this.collecting;
    return sizeBytes > 0 && startBytes + sizeBytes === this.placed.upload.sizeBytes;
  }

  /** True when these bytes are the whole file: then it needs no parts, but one create-only PUT. */
  private isWhole(): boolean {
    return this.collecting.startBytes === 0 && this.reachesEnd();
  }

  private async storeWhole(): Promise<void> {
    const { engine, placed, lease, collecting } = this;
    const { upload } = placed;
    const sizeBytes = collecting.sizeBytes;
    const sha256 = (collecting.hash ?? createHash('sha256')).copy().digest('hex');
    const mtime = upload.modifiedAt ?? undefined;
    if (upload.claimedSha256 !== null && upload.claimedSha256 !== sha256) {
      await failUpload(engine, placed, 'upload.failed');
      throw new Failure('upload.integrity');
    }
    await engine.requireWelcome(upload.submissionId);
    const make = (path: string, wantHash: boolean) =>
      this.nextcloud.files.put(path, collecting.chunks, {
        sizeBytes,
        createOnly: true,
        sha256,
        wantHash,
        mtime,
        signal: this.stop.signal,
      });
    const file = await retrying(
      () => placeFile(engine, placed, { epoch: lease.epoch, sizeBytes, sha256 }, make),
      { signal: this.stop.signal, patienceMs: engine.limits.patienceMs },
    );
    await recordStored(engine, placed, { ...file, epoch: lease.epoch, sha256 });
    this.acknowledgedBytes = sizeBytes;
  }

  private stopSoon(): void {
    const timer = setTimeout(
      () => this.stop.abort(new Failure('upload.busy', { retry: 'later' })),
      this.engine.limits.flushMs,
    );
    timer.unref();
  }

  private emptyAt(startBytes: number, hash: Hash | undefined): Buffered {
    return { startBytes, chunks: [], sizeBytes: 0, firstAtMs: 0, hash };
  }

  private drop(part: Buffered): void {
    this.engine.budget.give(part.sizeBytes);
    part.chunks = [];
    part.sizeBytes = 0;
    this.engine.garbage.look();
  }
}

/** How @tus/server's limiter ends a body that is longer than announced; it exports no class for it. */
const isTooLong = (error: Error | undefined): boolean =>
  error !== undefined && 'status_code' in error && error.status_code === 413;

type Arrived =
  | { result: IteratorResult<Uint8Array>; error?: undefined }
  | { result?: undefined; error: Error };

/** The outcome of a read as a value: it may be looked at more than once, and never goes unhandled. */
const settled = (read: Promise<IteratorResult<Uint8Array>>): Promise<Arrived> =>
  read.then(
    (result) => ({ result }),
    (error: unknown) => ({
      error: error instanceof Error ? error : new Error('the body broke', { cause: error }),
    }),
  );
