import { createCipheriv, createHash } from 'node:crypto';
import { setImmediate as breath } from 'node:timers/promises';
import type { Dice } from './dice.ts';

const chunkBytes = 256 * 1024;
const blockBytes = 16;

/** The bytes of a file, made where they are needed and the same each time: no two places are alike. */
export class Content {
  readonly sizeBytes: number;
  readonly #key: Buffer;
  #sha256: Promise<string> | undefined;

  constructor(dice: Dice, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#key = Buffer.from(Array.from({ length: 16 }, () => dice.whole(0, 255)));
  }

  /** @param endBytes not among them */
  *read(startBytes: number, endBytes: number): Generator<Buffer> {
    const counter = Buffer.alloc(blockBytes);
    counter.writeBigUInt64BE(BigInt(Math.floor(startBytes / blockBytes)), 8);
    const cipher = createCipheriv('aes-128-ctr', this.#key, counter);
    cipher.update(Buffer.alloc(startBytes % blockBytes));
    for (let at = startBytes; at < endBytes; at += chunkBytes)
      yield cipher.update(Buffer.alloc(Math.min(chunkBytes, endBytes - at)));
  }

  digest(algorithm: 'sha1' | 'sha256', startBytes: number, endBytes: number): Buffer {
    const hash = createHash(algorithm);
    for (const chunk of this.read(startBytes, endBytes)) hash.update(chunk);
    return hash.digest();
  }

  /** Of all of it. Lets others go on meanwhile. */
  sha256(): Promise<string> {
    this.#sha256 ??= (async () => {
      const hash = createHash('sha256');
      for (const chunk of this.read(0, this.sizeBytes)) {
        hash.update(chunk);
        await breath();
      }
      return hash.digest('hex');
    })();
    return this.#sha256;
  }
}
