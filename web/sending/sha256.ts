/** SHA-256 in pieces, which the browser's own can't do: a file is never held whole. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal digits. Once, at the end. */
  digest(): string;
}

const blockBytes = 64;

/** The first 64 primes; the constants of FIPS 180-4 are the first 32 bits of the fractions of their roots. */
const primes = (() => {
  const found: number[] = [];
  for (let n = 2; found.length < 64; n += 1) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
})();
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;

export const createSha256 = (): Sha256 => {
  const rounds = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  const state = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64);
  const rest = new Uint8Array(blockBytes);
  let restBytes = 0;
  let totalBytes = 0;

  const update = (bytes: Uint8Array) => {
    totalBytes += bytes.length;
    let start = 0;
    if (restBytes > 0) {
      start = Math.min(blockBytes - restBytes, bytes.length);
      rest.set(bytes.subarray(0, start), restBytes);
      restBytes += start;
      if (restBytes < blockBytes) return;
      compress(state, words, rounds, rest, 0);
    }
    for (; start + blockBytes <= bytes.length; start += blockBytes)
      compress(state, words, rounds, bytes, start);
    restBytes = bytes.length - start;
    rest.set(bytes.subarray(start));
  };

  return {
    update,
    digest() {
      const bits = totalBytes * 8;
      // One byte that ends it, zeros, and eight bytes of length: together a whole number of blocks.
      const end = new Uint8Array(((119 - (totalBytes % blockBytes)) % blockBytes) + 9);
      end[0] = 0x80;
      const view = new DataView(end.buffer);
      view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
      view.setUint32(end.length - 4, bits % 2 ** 32);
      update(end);
      return [...state].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
};

/** Of one kind of list only: with two, it would take twice as long. */
const at = (list: Int32Array, index: number): number => list[index] as number;
const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

const compress = (
  state: Int32Array,
  words: Int32Array,
  rounds: Int32Array,
  bytes: Uint8Array,
  start: number,
): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, blockBytes);
  for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(i * 4);
  for (let i = 16; i < 64; i += 1) {
    const x = at(words, i - 15);
    const y = at(words, i - 2);
    const mixedX = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3);
    const mixedY = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10);
    words[i] = (at(words, i - 16) + mixedX + at(words, i - 7) + mixedY) | 0;
  }
  let a = at(state, 0);
  let b = at(state, 1);
  let c = at(state, 2);
  let d = at(state, 3);
  let e = at(state, 4);
  let f = at(state, 5);
  let g = at(state, 6);
  let h = at(state, 7);
  for (let i = 0; i < 64; i += 1) {
    const mixedE = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const mixedA = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const one = (h + mixedE + ((e & f) ^ (~e & g)) + at(rounds, i) + at(words, i)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + mixedA + ((b & c) ^ (b & d) ^ (c & d))) | 0;
  }
  state[0] = at(state, 0) + a;
  state[1] = at(state, 1) + b;
  state[2] = at(state, 2) + c;
  state[3] = at(state, 3) + d;
  state[4] = at(state, 4) + e;
  state[5] = at(state, 5) + f;
  state[6] = at(state, 6) + g;
  state[7] = at(state, 7) + h;
};
