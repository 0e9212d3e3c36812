/**
 * SHA-256 (FIPS 180-4) of what comes in pieces: the browser's own takes a file only whole, and only over https.
 */
export interface Sha256 {
  update(piece: Uint8Array): void;
  /** 64 hexadecimal digits. Nothing may be added afterwards. */
  digest(): string;
}

const blockBytes = 64;

/** The first 32 bits of the fractional parts of roots of the first primes: second roots for the state, third for rounds. */
const primes = (() => {
  const found: number[] = [];
  for (let n = 2; found.length < 64; n += 1) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
})();
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
const rounds = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));

export const createSha256 = (): Sha256 => {
  const state = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const words = new Int32Array(64);
  const rest = new Uint8Array(blockBytes);
  let restBytes = 0;
  let totalBytes = 0;

  const update = (piece: Uint8Array) => {
    totalBytes += piece.length;
    let at = 0;
    if (restBytes > 0) {
      at = Math.min(piece.length, blockBytes - restBytes);
      rest.set(piece.subarray(0, at), restBytes);
      restBytes += at;
      if (restBytes < blockBytes) return;
      compress(state, words, rest, 0);
    }
    for (; at + blockBytes <= piece.length; at += blockBytes) compress(state, words, piece, at);
    rest.set(piece.subarray(at));
    restBytes = piece.length - at;
  };

  return {
    update,
    digest() {
      const bits = BigInt(totalBytes) * 8n;
      const padding = new Uint8Array((restBytes < 56 ? blockBytes : 2 * blockBytes) - restBytes);
      padding[0] = 0x80;
      new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
      update(padding);
      return [...state].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
    },
  };
};

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/**
 * One block into the state. No closures and no iterators: with those it is twenty times as slow. What is read by number
 * is there: the arrays have 8 and 64 places, and a whole block lies behind `start`.
 */
const compress = (state: Int32Array, words: Int32Array, bytes: Uint8Array, start: number): void => {
  for (let i = 0, at = start; i < 16; i += 1, at += 4)
    words[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  for (let i = 16; i < 64; i += 1) {
    const a = words[i - 15] as number;
    const b = words[i - 2] as number;
    const mixed = (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    words[i] = (mixed + (words[i - 16] as number) + (words[i - 7] as number)) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i += 1) {
    const choice = (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g));
    const one = (h + choice + (rounds[i] as number) + (words[i] as number)) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  // A typed array keeps the lowest 32 bits of what it is given.
  state[0] = a + (state[0] as number);
  state[1] = b + (state[1] as number);
  state[2] = c + (state[2] as number);
  state[3] = d + (state[3] as number);
  state[4] = e + (state[4] as number);
  state[5] = f + (state[5] as number);
  state[6] = g + (state[6] as number);
  state[7] = h + (state[7] as number);
};
