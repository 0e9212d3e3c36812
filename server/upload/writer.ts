import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { PlacedUpload } from '../../db/queries/uploads.ts';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Nextcloud } from '../nextcloud/index.ts';
import { createBell } from './bell.ts';
import { busy } from './busy.ts';
import { Collector } from './collector.ts';
import type { UploadEngine } from './engine.ts';
import { Flow } from './flow.ts';
import { HeldTurn } from './held-turn.ts';
import { type Inflow, openInflow, waitingBytesOf } from './inflow.ts';
import type { Lease } from './lock.ts';
import { createSpeedMeter, flowBytes } from './pace.ts';
import { LeastRate, PartPlan } from './plan.ts';
import { Sender } from './sender.ts';

/** The body of one PATCH. */
export interface PatchBody {
  source: Readable;
  /** What it says it will bring; undefined when it doesn't. */
  sizeBytes: number | undefined;
  /** The most that the upload may grow to while its length is still to be said. */
  mostBytes: number | undefined;
  /** When it was last known that bytes are welcome, by `performance.now`. */
  welcomeAtMs: number;
  /** What it must be like, all of it, or nothing of it is kept. */
  checksum: { algorithm: 'sha1' | 'sha256'; digest: Buffer } | undefined;
  /**
   * Declares the length of an upload that was created without one, for a body whose end is the end of the file: what fits
   * one part is then stored as one file.
   */
  declareEnd?: (sizeBytes: number) => Promise<void>;
}

/** While so many parts are on their way, the next one only collects. */
const mostInFlight = 2;

/**
 * Takes in the body of one PATCH part by part: the next part collects while the one before is sent.
 * Promise: the offset that it returns or leaves in the database is durable in Nextcloud, whatever happened to the
 * sender. What could not be flushed in time is dropped, and the submitter sends it again.
 */
export class PatchWriter {
  private readonly engine: UploadEngine;
  private readonly placed: PlacedUpload;
  private readonly lease: Lease;
  private readonly body: PatchBody;
  private readonly bell = createBell();
  private readonly stop = new AbortController();
  private readonly inflow: Inflow;
  private readonly sender: Sender;
  private readonly speed = createSpeedMeter();
  /** Of everything that was taken in; undefined when this process has not seen the beginning. */
  private readonly hash: Hash | undefined;
  /** Of this body alone, where it has a checksum. */
  private readonly bodyHash: Hash | undefined;
  private readonly collector: Collector;
  private readonly plan: PartPlan;
  private readonly rate: LeastRate;
  private readonly turn: HeldTurn;
  private flow: Flow | undefined;
  private wholeFlow: Promise<void> | undefined;
  private tooLong = false;

  constructor(
    engine: UploadEngine,
    nextcloud: Nextcloud,
    placed: PlacedUpload,
    lease: Lease,
    body: PatchBody,
  ) {
    this.engine = engine;
    this.placed = placed;
    this.lease = lease;
    this.body = body;
    const { id, offsetBytes } = placed.upload;
    this.hash = engine.hashes.resume(id, offsetBytes);
    this.bodyHash = body.checksum && createHash(body.checksum.algorithm);
    this.collector = new Collector(engine.room, offsetBytes, this.bell, this.stop.signal);
    this.plan = new PartPlan(engine, placed.upload, this.collector, body.checksum !== undefined);
    // What is sent while it comes has a turn of its own.
    const isWanted = () => this.flow === undefined;
    this.turn = new HeldTurn(engine.turns, this.stop.signal, isWanted, this.bell.ring);
    const { welcomeAtMs } = body;
    this.sender = new Sender(
      { engine, nextcloud, placed, lease, welcomeAtMs },
      this.stop.signal,
      this.bell.ring,
    );
    this.inflow = openInflow(body.source, this.bell, waitingBytesOf(engine.collecting.size));
    this.rate = new LeastRate(this.inflow, engine.limits.leastBytesPerMinute);
  }

  /**
   * @returns the new offset
   * @throws Failure `upload.busy` when the body broke or had to give way: what came before is flushed
   */
  async write(): Promise<number> {
    const { wanted } = this.lease;
    const onWanted = () => this.letGoSoon();
    if (wanted.aborted) onWanted();
    wanted.addEventListener('abort', onWanted, { once: true });
    this.engine.collecting.add(this);
    try {
      await this.collect();
      await this.flush();
      this.requireEnd();
      return this.sender.acknowledgedBytes;
    } finally {
      wanted.removeEventListener('abort', onWanted);
      this.engine.collecting.delete(this);
      this.inflow.stop();
      this.flow?.fail(busy('it was given up'));
      await Promise.allSettled([this.wholeFlow, this.sender.settle()]);
      this.stop.abort(busy('it has ended'));
      await Promise.all([this.collector.settle(), this.turn.drop()]);
      this.collector.drop();
    }
  }

  private async collect(): Promise<void> {
    for (;;) {
      // What is sent while it comes may come to its end.
      if (this.lease.wanted.aborted && this.flow === undefined) this.inflow.stop();
      this.absorb();
      if (this.sender.failure !== undefined) throw this.sender.failure as Error;
      if (this.stop.signal.aborted || this.tooLong) return;
      if (this.inflow.ended && this.inflow.waitingBytes === 0) return;
      this.advance();
      this.cutSlowOne();
      await this.bell.wait(this.untilDueMs());
    }
  }

  /** Takes in what has come, as far as there is room. */
  private absorb(): void {
    while (!this.collector.isBusy && !this.isHeldBack()) {
      if (this.flow?.isFull === true) {
        this.tooLong = this.inflow.waitingBytes > 0;
        return;
      }
      const chunk = this.inflow.peek(this.mostNow());
      if (chunk === undefined) return;
      if (this.isBeyondEnd(chunk)) {
        this.tooLong = true;
        return;
      }
      if (this.flow === undefined ? !this.addToPart(chunk) : !this.addToFlow(this.flow, chunk)) return;
    }
  }

  /** Into the flow no more than was announced of it; into a part whatever comes. */
  private mostNow(): number {
    return this.flow === undefined ? Number.POSITIVE_INFINITY : this.flow.sizeBytes - this.flow.addedBytes;
  }

  private isBeyondEnd(chunk: Buffer): boolean {
    const startBytes =
      this.flow === undefined
        ? this.collector.part.endBytes
        : this.collector.part.startBytes + this.flow.addedBytes;
    const mostBytes = this.placed.upload.sizeBytes ?? this.body.mostBytes ?? Number.POSITIVE_INFINITY;
    return startBytes + chunk.length > mostBytes;
  }

  /** @returns false when it must wait */
  private addToPart(chunk: Buffer): boolean {
    const { collector, body } = this;
    if (this.plan.isFull && !this.plan.reachesEnd) {
      if (body.checksum !== undefined) throw new Failure('upload.checksum-invalid');
      return false;
    }
    if (collector.cramped && body.checksum !== undefined) throw busy('there is no room to check it');
    return collector.add(chunk, () => this.taken(chunk));
  }

  private addToFlow(flow: Flow, chunk: Buffer): boolean {
    if (!flow.hasRoom || !this.collector.hold(chunk.length)) return false;
    flow.add(chunk);
    this.taken(chunk);
    if (flow.isFull) this.endFlow(flow);
    return true;
  }

  private taken(chunk: Buffer): void {
    this.hash?.update(chunk);
    this.bodyHash?.update(chunk);
    this.engine.garbage.passed(chunk.length);
    this.inflow.take(chunk.length);
  }

  private advance(): void {
    if (!this.mayAdvance() || this.startFlow() || this.isHeldBack() || !this.plan.isDue) return;
    const turn = this.turn.take();
    if (turn !== undefined) this.sendPart(turn);
  }

  private mayAdvance(): boolean {
    return this.flow === undefined && !this.collector.isBusy && this.sender.inFlight < mostInFlight;
  }

  private sendPart(turn: () => void): void {
    const part = this.collector.next();
    part.hash = this.hash?.copy();
    this.sender.sendPart(part, turn);
  }

  /** Bytes of a fast submitter are sent while they come. @returns false when they are not, or not now */
  private startFlow(): boolean {
    const { engine, placed, body, inflow } = this;
    const { part } = this.collector;
    const { upload } = placed;
    if (engine.keptOnly.has(upload.id) || inflow.ended) return false;
    if (body.sizeBytes === undefined || body.checksum !== undefined) return false;
    const takenBytes = part.endBytes - upload.offsetBytes;
    const sizeBytes = flowBytes(
      this.speed.look(inflow),
      {
        isWholeFile: part.startBytes === 0 && body.sizeBytes === upload.sizeBytes,
        bodyBytes: body.sizeBytes - takenBytes + part.sizeBytes,
      },
      engine.limits,
    );
    if (sizeBytes === undefined || sizeBytes <= part.sizeBytes || part.isSpilled) return false;
    const isWhole = part.startBytes === 0 && sizeBytes === upload.sizeBytes;
    // A few at once are as fast as many: the others are held back for a while rather than collected in parts, which
    // Nextcloud would have to copy.
    const turn = this.turn.takeLong(isWhole ? engine.limits.flow.waitMs : undefined);
    if (turn === undefined) return false;
    const flow = new Flow(sizeBytes, part.head, engine.room.budget, this.bell.ring);
    for (const chunk of part.handOver()) flow.add(chunk);
    this.flow = flow;
    this.collector.next(part.startBytes);
    if (isWhole) {
      this.wholeFlow = this.sender.storeWholeFlow(flow, turn);
      this.wholeFlow.catch((error: unknown) => {
        this.sender.failure ??= error;
        this.bell.ring();
      });
    } else this.sender.sendFlow(flow, part.startBytes, turn);
    return true;
  }

  private isHeldBack(): boolean {
    return this.turn.isWaiting && !this.inflow.ended && !this.lease.wanted.aborted;
  }

  private endFlow(flow: Flow): void {
    flow.hash = this.hash?.copy();
    if (this.wholeFlow !== undefined) return;
    this.collector.next(this.collector.part.startBytes + flow.sizeBytes);
    this.flow = undefined;
  }

  /** The end of the PATCH: everything that arrived becomes durable now, or is dropped. */
  private async flush(): Promise<void> {
    // A body longer than was announced completes nothing.
    if (this.tooLong) throw new Failure('upload.longer-than-said');
    this.requireChecksum();
    try {
      if (this.wholeFlow !== undefined) await this.finishWholeFlow();
      else if (this.flow !== undefined) this.flow.fail(this.inflow.error ?? busy('it ended early'));
      else if (this.collector.part.sizeBytes > 0) await this.flushPart();
      await this.sender.settle();
    } catch (error) {
      const nobodyWaits = this.inflow.error !== undefined || this.lease.wanted.aborted;
      if (!nobodyWaits || isFailure(error, 'upload.lost')) throw error;
      // The sender has gone, or must send the rest again anyway: the durable offset is the answer.
      this.engine.log.info({ err: error, uploadId: this.placed.upload.id }, 'what arrived last was dropped');
      throw busy('what arrived last was dropped');
    }
  }

  /** The body came to its own end. @throws Failure `upload.busy`: what is left comes again */
  private requireEnd(): void {
    const { error, complete } = this.inflow;
    if (error instanceof Failure) throw error;
    // A socket's error code would otherwise be taken for the database's.
    if (error !== undefined) throw busy(error);
    if (!complete) throw busy('it gave way');
  }

  /** Of a body that must be like its checksum, a piece alone is not kept. */
  private requireChecksum(): void {
    const { checksum } = this.body;
    if (checksum === undefined) return;
    this.requireEnd();
    if (this.bodyHash?.digest().equals(checksum.digest) !== true)
      throw new Failure('upload.checksum-mismatch', { retry: 'later' });
  }

  private async flushPart(): Promise<void> {
    await this.collector.settle();
    await this.declareEnd();
    const turn = await this.turn.wait();
    const { part } = this.collector;
    if (part.startBytes > 0 || !this.plan.reachesEnd) {
      this.sendPart(turn);
      return;
    }
    part.hash = this.hash;
    await this.sender.storeWhole(part, turn);
  }

  private async declareEnd(): Promise<void> {
    const { body, inflow, placed } = this;
    const { part } = this.collector;
    if (body.declareEnd === undefined || !inflow.complete || part.startBytes > 0) return;
    await body.declareEnd(part.sizeBytes);
    placed.upload.sizeBytes = part.sizeBytes;
  }

  private async finishWholeFlow(): Promise<void> {
    const { flow, inflow } = this;
    if (flow?.isFull === true && inflow.error === undefined)
      flow.allowEnd(this.sender.requireWelcome((flow.hash ?? createHash('sha256')).copy().digest('hex')));
    else flow?.fail(inflow.error ?? busy('it ended early'));
    await this.wholeFlow;
  }

  private untilDueMs(): number {
    const nowMs = performance.now();
    const due = [this.rate.dueAtMs];
    if (this.flow !== undefined) due.push(this.inflow.silentSinceMs + this.engine.limits.flow.stallMs);
    else if (this.mayAdvance() && !this.isHeldBack() && !this.turn.isAsking && this.plan.mayBeSent)
      due.push(this.plan.dueAtMs);
    return Math.min(...due) - nowMs;
  }

  /** One of Nextcloud's workers must not wait for a submitter, and a line must not be held open for nothing. */
  private cutSlowOne(): void {
    const { inflow, flow, rate } = this;
    if (inflow.ended || inflow.waitingBytes > 0) return;
    const nowMs = performance.now();
    if (flow?.isFull === false && nowMs - inflow.silentSinceMs > this.engine.limits.flow.stallMs)
      flow.fail(busy('it stopped coming'));
    if (rate.isMissed(nowMs)) inflow.breakOff(busy('it came too slowly'));
  }

  /** Somebody else wants to write, or this process ends. */
  private letGoSoon(): void {
    this.bell.ring();
    const timer = setTimeout(() => {
      this.stop.abort(busy('somebody else wants to write'));
      this.bell.ring();
    }, this.engine.limits.flushMs);
    timer.unref();
  }
}
