import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { Failure, isFailure } from '../../lib/failure.ts';
import { startWatch } from '../../lib/watch.ts';
import type { Scanner, Verdict } from './scanner.ts';

export interface ClamdOptions {
  /** A socket's path, or `host:port`. */
  address: string;
  /**
   * Above it a file is not sent: clamd calls clean what is larger than its own MaxFileSize or MaxScanSize, so this must not
   * be more than they are.
   */
  mostBytes: number;
  /** Without a byte either way; default 120 s: clamd says nothing while it unpacks an archive. */
  progressTimeoutMs?: number;
}

/** What clamd names when a file, or what is packed in it, is over one of its limits (AlertExceedsMax). */
const overLimit = /^Heuristics\.Limits\.Exceeded/;

/** ClamAV's daemon, over its socket: INSTREAM and VERSION, as clamd(8) describes them. */
export const createClamd = ({ address, mostBytes, progressTimeoutMs = 120_000 }: ClamdOptions): Scanner => {
  const ask = async (
    send: (socket: Socket, touch: () => void) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<string> => {
    signal?.throwIfAborted();
    const socket = connect(targetOf(address));
    const watch = startWatch(progressTimeoutMs, () => socket.destroy(unavailable({ stalled: true })));
    const giveUp = () => socket.destroy();
    signal?.addEventListener('abort', giveUp, { once: true });
    const answer = readAnswer(socket);
    // Awaited below; a clamd that hangs up in the middle fails both.
    answer.catch(() => undefined);
    try {
      await send(socket, watch.touch);
      watch.touch();
      return await answer;
    } catch (error) {
      signal?.throwIfAborted();
      // What clamd said before it hung up is the reason; if it still listens, it has said nothing.
      socket.destroy();
      const said = await answer.catch(() => '');
      if (said !== '') return said;
      throw error instanceof Failure ? error : unavailable({ reason: codeOf(error) }, error);
    } finally {
      watch.stop();
      signal?.removeEventListener('abort', giveUp);
      socket.destroy();
    }
  };
  const scanOnce = async (open: () => Promise<Readable>, signal: AbortSignal): Promise<Verdict> => {
    const stream = await open();
    let sourceError: unknown;
    stream.once('error', (error) => {
      sourceError = error;
    });
    try {
      return verdictOf(await ask((socket, touch) => instream(socket, stream, touch), signal));
    } catch (error) {
      throw sourceError ?? error;
    } finally {
      stream.destroy();
    }
  };
  const version: Scanner['version'] = async (signal) =>
    ask(async (socket) => {
      await write(socket, 'zVERSION\0');
    }, signal);
  return {
    async scan({ open, sizeBytes }, signal) {
      if (sizeBytes > mostBytes) return { result: 'over-limit' };
      for (let hungUp = 0; hungUp < mostHangUps; hungUp += 1) {
        try {
          return await scanOnce(open, signal);
        } catch (error) {
          if (!hasHungUp(error)) throw error;
        }
      }
      await version(signal);
      return { result: 'over-limit' };
    },
    version,
  };
};

/**
 * clamd hangs up on a file that is longer than its StreamMaxLength, and what it said about it can be lost with the
 * connection. When it does so again and again and is well otherwise, that is what it means.
 */
const mostHangUps = 3;
const hasHungUp = (error: unknown): boolean =>
  isFailure(error, 'scan.unavailable') && ['EPIPE', 'ECONNRESET'].includes(String(error.details.reason));

const targetOf = (address: string) => {
  if (address.startsWith('/')) return { path: address };
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: Number(port ?? 3310) };
};

/** Chunks with their length before them, and a length of 0 at the end. */
const instream = async (socket: Socket, stream: Readable, touch: () => void): Promise<void> => {
  await write(socket, 'zINSTREAM\0');
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(chunk.length);
    socket.write(head);
    await write(socket, chunk);
    touch();
  }
  await write(socket, Buffer.alloc(4));
};

const write = async (socket: Socket, bytes: Buffer | string): Promise<void> => {
  if (socket.destroyed) throw unavailable({ reason: 'it hung up' });
  if (socket.write(bytes)) return;
  await Promise.race([
    once(socket, 'drain'),
    once(socket, 'close').then(() => Promise.reject(unavailable({}))),
  ]);
};

const longestAnswerBytes = 64 * 1024;

/**
 * What it says until it hangs up. It does so in the middle of a file that is over its limit, and writing to it fails then:
 * the reason has been said before.
 */
const readAnswer = (socket: Socket): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    const said = () => text.split('\0')[0]?.trim() ?? '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (text.includes('\0') || text.length > longestAnswerBytes) resolve(said());
    });
    socket.once('end', () => resolve(said()));
    socket.once('error', (error) => (text === '' ? reject(error) : resolve(said())));
    socket.once('close', () => resolve(said()));
  });

const verdictOf = (said: string): Verdict => {
  if (said === 'stream: OK') return { result: 'clean' };
  const found = /^stream: (.+) FOUND$/.exec(said)?.[1];
  if (found !== undefined)
    return overLimit.test(found) ? { result: 'over-limit' } : { result: 'found', found };
  if (said.startsWith('INSTREAM size limit exceeded')) return { result: 'over-limit' };
  throw unavailable({ said: said.slice(0, 200) });
};

const unavailable = (details: Record<string, unknown>, cause?: unknown): Failure =>
  new Failure('scan.unavailable', { retry: 'later', details, cause });

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'the connection broke';
