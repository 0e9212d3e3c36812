import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { DataStore, Upload } from '@tus/server';
import { endUpload } from '../../db/queries/upload-ends.ts';
import { receiveIfComplete } from '../../db/queries/upload-progress.ts';
import { findUpload, type PlacedUpload } from '../../db/queries/uploads.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import { within } from '../lib/within.ts';
import { busy } from './busy.ts';
import type { UploadEngine } from './engine.ts';
import type { UploadLocker } from './lock.ts';
import { removeEnded } from './removal.ts';
import { type PatchBody, PatchWriter } from './writer.ts';

/** Who ended an upload waits for its removal as long as this. */
const clearLimitMs = 3_000;

/** Declares the length of an upload that was created without one, or says which limit it breaks. */
export type DeclareLength = (uploadId: string, sizeBytes: number, sha256?: string) => Promise<void>;

/**
 * A tus store on Nextcloud. Admission has made the row before tus asks to create it; offsets come from Postgres, so
 * any node goes on with any upload. It can't read: nothing that was sent is ever served.
 */
export class NextcloudStore extends DataStore {
  override extensions = [
    'creation',
    'creation-with-upload',
    'creation-defer-length',
    'termination',
    'expiration',
    'checksum',
  ];
  private readonly engine: UploadEngine;
  private readonly locker: UploadLocker;
  private readonly declare: DeclareLength;

  constructor(engine: UploadEngine, locker: UploadLocker, declare: DeclareLength) {
    super();
    this.engine = engine;
    this.locker = locker;
    this.declare = declare;
  }

  override async create(upload: Upload): Promise<Upload> {
    if (upload.size === 0) await this.engine.db.transaction((tx) => receiveIfComplete(tx, upload.id));
    return upload;
  }

  override async getUpload(uploadId: string): Promise<Upload> {
    const { upload } = await this.find(uploadId);
    return new Upload({
      id: upload.id,
      offset: upload.offsetBytes,
      metadata: upload.metadata,
      creation_date: upload.admittedAt.toISOString(),
      ...(upload.sizeBytes === null ? {} : { size: upload.sizeBytes }),
    });
  }

  /** @returns the offset below which every byte is durable in Nextcloud */
  async writeBody(body: PatchBody, uploadId: string, offsetBytes: number): Promise<number> {
    const placed = await this.find(uploadId);
    const nextcloud = await this.engine.nextcloudFor(placed.accountId);
    const lease = this.locker.leaseOf(uploadId);
    if (lease === undefined || placed.upload.state !== 'uploading') return drained(body.source, placed);
    const { upload } = placed;
    // One writer to a lease: a request that was pre-empted before it wrote would otherwise write under its successor's.
    if (upload.offsetBytes !== offsetBytes || upload.epoch !== lease.epoch || lease.work !== undefined)
      throw busy('somebody else writes to it', { uploadId });
    const work = new PatchWriter(this.engine, nextcloud, placed, lease, body).write();
    lease.work = work;
    const newOffset = await work;
    lease.isOver = newOffset === placed.upload.sizeBytes && newOffset > offsetBytes;
    return newOffset;
  }

  /**
   * Takes in all of a file that comes in one go and whose length only its end tells. What breaks off is ended and removed:
   * nobody can go on with it.
   * @throws Failure that names the rule that it breaks, or `upload.busy` when it did not come whole
   */
  async takeWhole(uploadId: string, bodyOf: () => Promise<PatchBody>): Promise<void> {
    const lock = this.locker.newLock(uploadId);
    try {
      await lock.lock(new AbortController().signal, () => undefined);
      try {
        await this.writeWhole(uploadId, await bodyOf());
      } finally {
        await lock.unlock();
      }
    } catch (error) {
      await this.forget(uploadId);
      throw error;
    }
  }

  private async writeWhole(uploadId: string, body: PatchBody): Promise<void> {
    try {
      let isDeclared = false;
      const declareEnd = async (sizeBytes: number) => {
        await this.declare(uploadId, sizeBytes);
        isDeclared = true;
      };
      const sizeBytes = await this.writeBody({ ...body, declareEnd }, uploadId, 0);
      if (isDeclared) return;
      const { upload } = await this.find(uploadId);
      await this.engine.requireWelcome(upload.submissionId);
      await this.declare(uploadId, sizeBytes, this.engine.hashes.resume(uploadId, sizeBytes)?.digest('hex'));
    } catch (error) {
      // Declared, a byte too many says which of the limits it breaks.
      if (isFailure(error, 'upload.longer-than-said') && body.mostBytes !== undefined)
        await this.declare(uploadId, body.mostBytes + 1);
      throw error;
    }
  }

  override async remove(uploadId: string): Promise<void> {
    await this.find(uploadId);
    if (await this.end(uploadId)) return;
    // Somebody else may have ended it meanwhile.
    await this.find(uploadId);
    throw new Failure('upload.complete');
  }

  /**
   * Removes what an ended upload has left in Nextcloud at once, so that its name is free when whoever ended it hears of
   * that. What takes too long, or fails, is left to the job.
   */
  async clear(uploadId: string): Promise<void> {
    await within(clearLimitMs, this.cleared(uploadId)).catch((error: unknown) =>
      this.engine.log.info({ err: error, uploadId }, 'what an upload left is removed later'),
    );
  }

  private async cleared(uploadId: string): Promise<void> {
    const giveUpAtMs = Date.now() + clearLimitMs;
    while (!(await removeEnded(this.engine, uploadId)) && Date.now() < giveUpAtMs) await delay(50);
  }

  /** An upload whose first request failed: nobody knows of it, and it would keep its submission from being finished. */
  async forget(uploadId: string): Promise<void> {
    await this.end(uploadId);
    await this.clear(uploadId);
  }

  /** @returns whether it was under way */
  private async end(uploadId: string): Promise<boolean> {
    const isEnded = await this.engine.db.transaction(async (tx) => {
      const submissionId = await endUpload(tx, { uploadId, state: 'abandoned' });
      if (submissionId !== undefined) await this.engine.onSettled(tx, submissionId);
      return submissionId !== undefined;
    });
    this.engine.hashes.forget(uploadId);
    return isEnded;
  }

  override declareUploadLength(uploadId: string, sizeBytes: number): Promise<void> {
    return this.declare(uploadId, sizeBytes);
  }

  private async find(uploadId: string): Promise<PlacedUpload> {
    const placed = await findUpload(this.engine.db, uploadId);
    if (placed === undefined || placed.upload.state === 'abandoned') throw new Failure('not-found');
    if (placed.upload.state === 'failed') throw new Failure('upload.lost');
    return placed;
  }
}

/** An upload that is complete takes nothing more: the body is not read, the offset stays. */
const drained = async (source: Readable, placed: PlacedUpload): Promise<number> => {
  for await (const chunk of source as AsyncIterable<Uint8Array>)
    if (chunk.length > 0) throw new Failure('upload.complete');
  return placed.upload.offsetBytes;
};
