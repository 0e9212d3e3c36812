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
