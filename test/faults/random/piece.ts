import { createHash } from 'node:crypto';
import type { Content } from './content.ts';
import type { Dice } from './dice.ts';
import { type Answer, exchange } from './wire.ts';

const wrongShare = 0.15;

/** The body of one PATCH: some bytes of a file, with a checksum or without. */
export class Piece {
  readonly startBytes: number;
  readonly endBytes: number;
  readonly #content: Content;
  #checksum: string | undefined;
  #spoiled: 'body' | 'checksum' | undefined;

  constructor(content: Content, startBytes: number, endBytes: number) {
    this.#content = content;
    this.startBytes = startBytes;
    this.endBytes = endBytes;
  }

  get sizeBytes(): number {
    return this.endBytes - this.startBytes;
  }

  /** It is not like its checksum. */
  get isWrong(): boolean {
    return this.#spoiled !== undefined;
  }

  get bytes(): Iterable<Buffer> {
    return this.#spoiled === 'body' ? this.#wrongBytes() : this.#content.read(this.startBytes, this.endBytes);
  }

  /** Gives it a checksum, which sometimes is another's. */
  check(dice: Dice): void {
    const algorithm = dice.pick(['sha1', 'sha256'] as const);
    if (dice.chance(wrongShare)) this.#spoiled = dice.pick(['body', 'checksum']);
    const digest =
      this.#spoiled === 'checksum'
        ? createHash(algorithm).update('of something else').digest()
        : this.#content.digest(algorithm, this.startBytes, this.endBytes);
    this.#checksum = `${algorithm} ${digest.toString('base64')}`;
  }

  headers(): Record<string, string> {
    return {
      'content-type': 'application/offset+octet-stream',
      'upload-offset': String(this.startBytes),
      ...(this.#checksum === undefined ? {} : { 'upload-checksum': this.#checksum }),
    };
  }

  sendTo(port: number, path: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    return exchange(port, 'PATCH', path, { headers: { ...headers, ...this.headers() }, body: this, signal });
  }

  *#wrongBytes(): Generator<Buffer> {
    for (const chunk of this.#content.read(this.startBytes, this.endBytes)) {
      chunk[0] = (chunk[0] ?? 0) ^ 1;
      yield chunk;
    }
  }
}
