import { Readable } from 'node:stream';
import { startWatch, type Watch } from '../lib/watch.ts';
import { type About, networkFailure, stalled, unexpected } from './errors.ts';

/** One request under way: what ends it early, and what it holds until it is over. */
export interface Flight {
  readonly about: About;
  readonly watch: Watch;
  /** Aborted by the caller's signal, or by the watch with `nextcloud.stalled`. */
  readonly signal: AbortSignal;
  abort(): void;
  /** What an error means: the reason why it was ended, else a failure of the network. */
  meaningOf(error: unknown): unknown;
  /** Stops the clock and gives the place back; calling it again does nothing. */
  end(): void;
}

/** Answers that are read whole are descriptions, never files; a folder's list has about 1 kB an entry. */
const longestTextBytes = 64 * 1024 * 1024;

export function takeOff(
  about: About,
  options: { progressTimeoutMs: number; signal: AbortSignal | undefined; release: () => void },
): Flight {
  const controller = new AbortController();
  const watch = startWatch(options.progressTimeoutMs, (silentMs) =>
    controller.abort(stalled(about, silentMs)),
  );
  const giveUp = (): void => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) giveUp();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  return {
    about,
    watch,
    signal: controller.signal,
    abort: () => controller.abort(),
    meaningOf: (error) =>
      controller.signal.aborted ? controller.signal.reason : networkFailure(error, about),
    end() {
      watch.stop();
      options.signal?.removeEventListener('abort', giveUp);
      options.release();
    },
  };
}

/** Reads an answer whole and ends the flight. */
export async function readText(body: Readable, flight: Flight): Promise<string> {
  const chunks: Buffer[] = [];
  let readBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      flight.watch.touch();
      readBytes += chunk.length;
      if (readBytes > longestTextBytes)
        throw unexpected(flight.about, 'an answer is too long', { readBytes });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw flight.meaningOf(error);
  } finally {
    flight.end();
  }
}

/**
 * An answer's body for somebody else to read; the flight ends when it has ended or is destroyed. The watch runs only
 * while the server is waited for: a slow reader is not a stalled server.
 */
export function readingBody(body: Readable, flight: Flight): Readable {
  flight.watch.pause();
  async function* bytes(): AsyncGenerator<Buffer> {
    const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    try {
      for (;;) {
        flight.watch.resume();
        const next = await chunks.next();
        flight.watch.pause();
        if (next.done) return;
        yield next.value;
      }
    } catch (error) {
      throw flight.meaningOf(error);
    }
  }
  const stream = Readable.from(bytes(), { objectMode: false, highWaterMark: 256 * 1024 });
  stream.once('close', () => {
    flight.abort();
    flight.end();
  });
  return stream;
}
