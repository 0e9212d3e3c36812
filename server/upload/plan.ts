import type { UploadRow } from '../../db/queries/uploads.ts';
import type { Collector } from './collector.ts';
import type { UploadEngine } from './engine.ts';
import type { Inflow } from './inflow.ts';
import { fullPartBytes } from './pace.ts';

/** When the part that collects is to be sent. */
export class PartPlan {
  private readonly engine: Pick<UploadEngine, 'limits' | 'turns' | 'collecting'>;
  private readonly upload: Pick<UploadRow, 'sizeBytes'>;
  private readonly collector: Collector;
  /** It must fit one part: nothing of it is sent before it is known whole. */
  private readonly isChecked: boolean;

  constructor(
    engine: Pick<UploadEngine, 'limits' | 'turns' | 'collecting'>,
    upload: Pick<UploadRow, 'sizeBytes'>,
    collector: Collector,
    isChecked: boolean,
  ) {
    this.engine = engine;
    this.upload = upload;
    this.collector = collector;
    this.isChecked = isChecked;
  }

  get isFull(): boolean {
    return this.collector.part.sizeBytes >= this.fullBytes();
  }

  /** The last part waits for the end of the body: only then is it sure that nothing follows. */
  get reachesEnd(): boolean {
    const { part } = this.collector;
    return part.sizeBytes > 0 && part.endBytes === this.upload.sizeBytes;
  }

  get mayBeSent(): boolean {
    return this.collector.part.sizeBytes > 0 && !this.reachesEnd && !this.isChecked;
  }

  get isDue(): boolean {
    return this.mayBeSent && (this.collector.cramped || this.isFull || performance.now() >= this.dueAtMs);
  }

  get dueAtMs(): number {
    return this.collector.part.firstAtMs + this.engine.turns.partAgeMs(this.engine.collecting.size);
  }

  private fullBytes(): number {
    const { limits } = this.engine;
    if (this.isChecked) return limits.partBytes;
    const { sizeBytes } = this.upload;
    const { startBytes } = this.collector.part;
    return fullPartBytes(startBytes, sizeBytes === null ? undefined : sizeBytes - startBytes, limits);
  }
}

const minuteMs = 60_000;

/** A line must not be held open for next to nothing: counts what comes in a minute. */
export class LeastRate {
  private readonly inflow: Inflow;
  private readonly leastBytes: number;
  private startedAtMs = performance.now();
  private arrivedBytes = 0;

  /** @param leastBytes in a minute */
  constructor(inflow: Inflow, leastBytes: number) {
    this.inflow = inflow;
    this.leastBytes = leastBytes;
  }

  /** When a minute is over. */
  get dueAtMs(): number {
    return this.startedAtMs + minuteMs;
  }

  /** True when a minute is over in which too little came; with that the next one begins. */
  isMissed(nowMs: number): boolean {
    if (nowMs < this.dueAtMs) return false;
    const { arrivedBytes } = this.inflow;
    const isMissed = arrivedBytes - this.arrivedBytes < this.leastBytes;
    this.startedAtMs = nowMs;
    this.arrivedBytes = arrivedBytes;
    return isMissed;
  }
}
