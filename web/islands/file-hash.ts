import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * SHA-256 of a file in pieces, lower-case hexadecimal: the browser's own takes a file only whole, and only over https.
 * @param onPiece how much of it has been read
 */
export const hashOfFile = async (
  file: Blob,
  pieceBytes: number,
  onPiece?: (doneBytes: number) => void,
): Promise<string> => {
  const hash = sha256.create();
  for (let start = 0; start < file.size; start += pieceBytes) {
    const piece = new Uint8Array(await file.slice(start, start + pieceBytes).arrayBuffer());
    hash.update(piece);
    onPiece?.(start + piece.length);
  }
  return bytesToHex(hash.digest());
};

const sampleBytes = 64 * 1024;

/**
 * SHA-256 of a file's size and of samples from its beginning, middle and end, lower-case hexadecimal: tells in no time
 * whether a file that was chosen again is the one of before. Larger than three samples, it proves nothing.
 */
export const fingerprintOf = async (file: Blob): Promise<string> => {
  const hash = sha256.create().update(new TextEncoder().encode(`${file.size}:`));
  const starts =
    file.size <= 3 * sampleBytes
      ? [0, sampleBytes, 2 * sampleBytes]
      : [0, Math.floor(file.size / 2), file.size - sampleBytes];
  for (const start of starts)
    hash.update(new Uint8Array(await file.slice(start, start + sampleBytes).arrayBuffer()));
  return bytesToHex(hash.digest());
};
