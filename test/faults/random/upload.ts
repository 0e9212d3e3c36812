import { Acknowledged } from '../support/sender.ts';
import type { Client } from './client.ts';
import type { Dice } from './dice.ts';
import { wordsOf } from './journal.ts';
import { Piece } from './piece.ts';
import type { FilePlan } from './plan.ts';
import type { Submission } from './submission.ts';
import { type Answer, mayPass, offsetIn, Refused } from './wire.ts';

const mostEvents = 60;

/** What became of a file, as its client knows it. */
export type Outcome = 'complete' | 'withdrawn' | 'left';

/** One file on its way, sent as tus-js-client would: after whatever may pass, it asks for the offset and goes on. */
export class Upload {
  readonly plan: FilePlan;
  readonly submission: Submission;
  /** Undefined until a creation has been answered. */
  uploadId: string | undefined;
  outcome: Outcome | undefined;
  acknowledged = new Acknowledged();
  readonly events: string[] = [];
  readonly #client: Client;
  readonly #dice: Dice;
  readonly #leaving = new AbortController();
  /** From where to go on; undefined: it must be asked for. */
  #offsetBytes: number | undefined;
  #isLengthSaid = false;
  /** The end of all that was ever sent. */
  #sentBytes = 0;
  /** Offsets from which a body was acknowledged. */
  readonly #wonFrom = new Set<number>();
  #interruptedAtMs: number | undefined;
  /** Where it is instead, when its name was not free and it could not be taken back any more. */
  #otherPath: string | undefined;
  /** Others have written to it. */
  #hadRival = false;

  constructor(client: Client, submission: Submission, plan: FilePlan, dice: Dice) {
    this.#client = client;
    this.submission = submission;
    this.plan = plan;
    this.#dice = dice;
  }

  /** Below the submission's folder. */
  get wantedPath(): string {
    const { folder, name } = this.plan;
    return this.#otherPath ?? (folder === '' ? name : `${folder}/${name}`);
  }

  get isAcknowledged(): boolean {
    return this.#isLengthSaid && this.acknowledged.highestBytes === this.plan.content.sizeBytes;
  }

  get path(): string {
    return `/uploads/${this.uploadId}`;
  }

  /** @throws Refused for a final refusal, or what the run was given up with */
  async send(): Promise<void> {
    this.#client.uploads.add(this);
    const { ending, leavesAfterMs } = this.plan;
    const timer = setTimeout(() => ending !== 'finish' && this.#leaving.abort(), leavesAfterMs);
    try {
      await this.#keepOn(() => this.#create());
      await this.#keepOn(() => this.#sendOn());
    } catch (error) {
      if (!this.#leaving.signal.aborted || this.#client.signal.aborted || error instanceof Refused)
        throw error;
    } finally {
      clearTimeout(timer);
      this.#client.uploads.delete(this);
    }
    if (ending === 'withdraw') this.outcome = await this.#withdraw();
    else this.outcome = ending === 'vanish' ? 'left' : 'complete';
    this.note(`it is ${this.outcome}`);
  }

  /** A second writer at the offset that was acknowledged last, over another way. */
  async rival(port: number, sizeBytes: number, signal: AbortSignal): Promise<void> {
    const startBytes = this.acknowledged.highestBytes;
    const endBytes = Math.min(startBytes + sizeBytes, this.plan.content.sizeBytes);
    if (this.uploadId === undefined || endBytes === startBytes) return;
    this.#hadRival = true;
    this.#sentBytes = Math.max(this.#sentBytes, endBytes);
    const piece = new Piece(this.plan.content, startBytes, endBytes);
    try {
      const answer = await piece.sendTo(port, this.path, this.submission.headers(), signal);
      this.#heard(`rival's PATCH ${startBytes}+${endBytes - startBytes}`, answer, startBytes);
      this.#won(startBytes, answer, endBytes);
    } catch (error) {
      this.note(`rival's PATCH ${startBytes}+${endBytes - startBytes}: ${wordsOf(error)}`);
    }
  }

  note(event: string): void {
    this.events.push(`${this.#client.journal.stamp()} ${event}`);
    if (this.events.length > mostEvents) this.events.shift();
  }

  /** @param floorBytes what had been acknowledged before the question was asked */
  heard(saidBytes: number, floorBytes: number): void {
    const fell = saidBytes < floorBytes;
    this.acknowledged.add(saidBytes, floorBytes);
    if (fell) this.#found(`an offset fell from ${floorBytes} to ${saidBytes}`);
    if (saidBytes > this.#sentBytes)
      this.#found(`${saidBytes} bytes were acknowledged, of which ${this.#sentBytes} were sent`);
  }

  #found(what: string): void {
    this.#client.journal.found(`${this.plan.name} (${this.uploadId}): ${what}`, this.events);
  }

  #keepOn(step: () => Promise<boolean>): Promise<void> {
    const interrupted = async (): Promise<boolean> => {
      try {
        if (await step()) return true;
      } catch (error) {
        if (!this.#isFinal(error)) this.note(wordsOf(error));
        this.#interrupted();
        throw error;
      }
      this.#interrupted();
      return false;
    };
    return this.#client.keepOn(interrupted, {
      progress: () => this.acknowledged.highestBytes,
      isFinal: (error) => this.#isFinal(error),
      signal: this.#leaving.signal,
    });
  }

  #isFinal(error: unknown): boolean {
    return error instanceof Refused || this.#leaving.signal.aborted || this.#client.signal.aborted;
  }

  #interrupted(): void {
    this.#offsetBytes = undefined;
    this.#interruptedAtMs ??= performance.now();
    this.#client.journal.tally.interruptions += 1;
  }

  /** Until it has its own name: an answer that was lost may have left an upload that has it. */
  async #create(): Promise<boolean> {
    if (this.events.length > 0 && (await this.#takeUpStray())) return true;
    const { plan } = this;
    const first = plan.withCreation ? this.#nextPiece(0) : undefined;
    if (first !== undefined) this.#sentBytes = Math.max(this.#sentBytes, first.endBytes);
    const sent = first === undefined ? '' : ` with ${first.sizeBytes}`;
    this.note(`POST ${plan.content.sizeBytes}${sent}`);
    const answer = await this.#client.request('POST', '/uploads', {
      headers: this.submission.headers({
        ...(await this.#creationHeaders()),
        ...(first === undefined ? {} : { 'content-type': 'application/offset+octet-stream' }),
      }),
      body: first,
      signal: this.#leaving.signal,
    });
    this.#heard('POST', answer, 0);
    if (answer.status !== 201) return this.#notDone(answer);
    this.uploadId = answer.headers.location?.split('/').at(-1);
    this.#isLengthSaid = plan.length === 'at-once';
    if (first !== undefined) this.#won(0, answer, first.endBytes);
    this.#offsetBytes = offsetIn(answer) ?? 0;
    const name = await this.submission.nameOf(this);
    if (name === this.wantedPath) return true;
    // The name was still with an upload whose creation was not answered.
    if ((await this.submission.drop(this.uploadId ?? '')) === 'complete') {
      this.#otherPath = name;
      return true;
    }
    this.#beginAgain();
    return false;
  }

  /** What was acknowledged was of an upload that is no more. */
  #beginAgain(): void {
    this.uploadId = undefined;
    this.acknowledged = new Acknowledged();
    this.#wonFrom.clear();
    this.#sentBytes = 0;
  }

  /** What came in whole although nobody was told so is this file; what did not is dropped. */
  async #takeUpStray(): Promise<boolean> {
    this.uploadId = await this.submission.takeUpStray(this.wantedPath);
    return this.uploadId !== undefined;
  }

  async #creationHeaders(): Promise<Record<string, string>> {
    const { plan } = this;
    const metadata: Record<string, string> = {
      filename: plan.name,
      ...(plan.folder === '' ? {} : { relativePath: this.wantedPath }),
      ...(plan.claimsHash ? { sha256: await plan.content.sha256() } : {}),
      ...(plan.tellsTime ? { lastModified: '1700000000000' } : {}),
    };
    const pairs = Object.entries(metadata).map(
      ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
    );
    const length: Record<string, string> =
      plan.length === 'at-once'
        ? { 'upload-length': String(plan.content.sizeBytes) }
        : { 'upload-defer-length': '1' };
    return { ...length, 'upload-metadata': pairs.join(',') };
  }

  async #sendOn(): Promise<boolean> {
    if (this.#offsetBytes === undefined && !(await this.#askOffset())) return false;
    while (!this.isAcknowledged) if (!(await this.#sendPiece(this.#offsetBytes ?? 0))) return false;
    return true;
  }

  async #askOffset(): Promise<boolean> {
    const { tally } = this.#client.journal;
    const askedAtMs = performance.now();
    const answer = await this.#client.request('HEAD', this.path, {
      headers: this.submission.headers(),
      signal: this.#leaving.signal,
    });
    this.#heard('HEAD', answer, this.acknowledged.highestBytes);
    this.#offsetBytes = offsetIn(answer);
    if (this.#offsetBytes === undefined) return this.#notDone(answer);
    this.#isLengthSaid = answer.headers['upload-length'] !== undefined;
    const toldAtMs = performance.now();
    tally.longestReconnectMs = Math.max(tally.longestReconnectMs, toldAtMs - askedAtMs);
    if (this.#interruptedAtMs !== undefined) {
      tally.resumed += 1;
      tally.longestOutageMs = Math.max(tally.longestOutageMs, toldAtMs - this.#interruptedAtMs);
      this.#interruptedAtMs = undefined;
    }
    return true;
  }

  /** @returns whether it may go on without asking */
  async #sendPiece(startBytes: number): Promise<boolean> {
    const { plan } = this;
    const { sizeBytes } = plan.content;
    const piece = this.#nextPiece(startBytes);
    if (plan.way === 'checked' && piece.sizeBytes > 0) piece.check(this.#dice);
    if (!piece.isWrong) this.#sentBytes = Math.max(this.#sentBytes, piece.endBytes);
    const isEnd = piece.endBytes === sizeBytes;
    const says = plan.length === 'first' || (plan.length === 'last' && isEnd) || startBytes === sizeBytes;
    const length: Record<string, string> =
      this.#isLengthSaid || !says ? {} : { 'upload-length': String(sizeBytes) };
    const floorBytes = this.acknowledged.highestBytes;
    this.note(`PATCH ${startBytes}+${piece.sizeBytes}${piece.isWrong ? ', wrong' : ''}`);
    const answer = await this.#client.request('PATCH', this.path, {
      headers: this.submission.headers({ ...piece.headers(), ...length }),
      body: piece,
      signal: this.#leaving.signal,
    });
    this.#heard('PATCH', answer, floorBytes);
    if (piece.isWrong) return this.#wrongWasRefused(answer, startBytes);
    if (answer.status !== 204) return this.#notDone(answer);
    this.#won(startBytes, answer, piece.endBytes);
    this.#isLengthSaid ||= 'upload-length' in length;
    this.#offsetBytes = offsetIn(answer);
    return this.#offsetBytes !== undefined;
  }

  #nextPiece(startBytes: number): Piece {
    const { content, way, pieceBytes } = this.plan;
    const wantedBytes = way === 'whole' ? content.sizeBytes : pieceBytes * this.#dice.between(0.2, 1.8);
    const endBytes = Math.min(content.sizeBytes, startBytes + Math.max(1, Math.round(wantedBytes)));
    return new Piece(content, startBytes, endBytes);
  }

  /** Of a body that is not like its checksum, nothing is kept. */
  async #wrongWasRefused(answer: Answer, startBytes: number): Promise<boolean> {
    if (answer.status === 204) throw new Refused('a body that was not like its checksum was acknowledged');
    if (answer.status !== 460) return this.#notDone(answer);
    this.#client.journal.tally.wrongBodies += 1;
    if (!(await this.#askOffset())) return false;
    if (this.#offsetBytes !== startBytes && !this.#hadRival)
      this.#found(`of a body that was not like its checksum, something was kept`);
    return true;
  }

  #won(startBytes: number, answer: Answer, endBytes: number): void {
    const saidBytes = offsetIn(answer);
    if (saidBytes === undefined || saidBytes === startBytes) return;
    if (saidBytes > endBytes) this.#found(`${saidBytes} acknowledged, sent up to ${endBytes}`);
    if (this.#wonFrom.has(startBytes)) this.#found(`two bodies from ${startBytes} were acknowledged`);
    this.#wonFrom.add(startBytes);
  }

  /** @throws Refused when asking again makes no sense */
  #notDone(answer: Answer): false {
    // Another writer was faster, even with the last byte.
    const byRival = this.#hadRival && answer.status === 403;
    if (mayPass(answer.status) || byRival) return false;
    throw new Refused(`${answer.status} ${answer.body.slice(0, 200)}`);
  }

  #heard(what: string, answer: Answer, floorBytes: number): void {
    const saidBytes = offsetIn(answer);
    const words = saidBytes === undefined ? answer.body.slice(0, 120) : `offset ${saidBytes}`;
    this.note(`${what}: ${answer.status} ${words}`);
    if (saidBytes !== undefined) this.heard(saidBytes, floorBytes);
  }

  async #withdraw(): Promise<Outcome> {
    this.uploadId ??= await this.submission.takeUpStray(this.wantedPath);
    if (this.uploadId === undefined) return 'withdrawn';
    const gone = await this.submission.drop(this.uploadId);
    this.note(`DELETE: ${gone}`);
    return gone === 'gone' ? 'withdrawn' : 'complete';
  }
}
