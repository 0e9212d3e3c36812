import type { HashAnswer } from '../checking/setup.ts';
import { createSha256 } from '../checking/sha256.ts';

/** Read at once: a file of any size passes through this much memory. */
const pieceBytes = 4 * 1024 * 1024;

const answer = (message: HashAnswer) => postMessage(message);

/** One file at a time; whoever wants another starts another worker. */
const hash = async (file: File): Promise<HashAnswer> => {
  const sha256 = createSha256();
  try {
    for (let start = 0; start < file.size; start += pieceBytes) {
      const piece = await file.slice(start, start + pieceBytes).arrayBuffer();
      sha256.update(new Uint8Array(piece));
      answer({ doneBytes: start + piece.byteLength });
    }
  } catch {
    return { isUnreadable: true };
  }
  return { sha256: sha256.digest() };
};

addEventListener('message', ({ data }: MessageEvent<File>) => void hash(data).then(answer));
