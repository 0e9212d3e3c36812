import type { HashAnswer } from '../checking/setup.ts';
import { hashOfFile } from './file-hash.ts';

/** Read at once: a file of any size passes through this much memory. */
const pieceBytes = 4 * 1024 * 1024;

const answer = (message: HashAnswer) => postMessage(message);

/** One file at a time; whoever wants another starts another worker. */
const hash = async (file: File): Promise<HashAnswer> => {
  try {
    return { sha256: await hashOfFile(file, pieceBytes, (doneBytes) => answer({ doneBytes })) };
  } catch {
    return { isUnreadable: true };
  }
};

addEventListener('message', ({ data }: MessageEvent<File>) => void hash(data).then(answer));
