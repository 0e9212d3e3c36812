import type { Client, SFTPWrapper } from 'ssh2';
import { startWatch } from '../../../lib/watch.ts';
import { connectSsh, type Way } from './connect.ts';
import { NotOffered, StatusError, unavailable } from './failures.ts';

/** Ends a request: with what the server said, or with its answer. */
export type Done<Value> = (error?: Error | null, value?: Value) => void;

/** One signed-in connection. */
export interface Session {
  sftp: SFTPWrapper;
  signal: AbortSignal;
  /**
   * Makes one request. All that are open fail when the connection breaks, the signal aborts, or nothing has been answered for
   * too long. @throws StatusError, NotOffered, Failure `destination.unavailable`, or the signal's reason
   */
  call<Value = void>(request: (done: Done<Value>) => void): Promise<Value>;
}

/** Opens a session for one piece of work, and closes it whatever comes of that. */
export const withSession = async <Result>(
  way: Way,
  signal: AbortSignal,
  work: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const client = await connectSsh(way, signal);
  const line = openLine(client, way.config.timeoutSeconds * 1000, signal);
  try {
    const sftp = await line.call<SFTPWrapper>((done) => client.sftp(done));
    // What breaks is told by the requests that are open.
    sftp.on('error', () => undefined);
    return await work({ sftp, signal, call: line.call });
  } finally {
    line.close();
    // At once: nothing is owed any more, and a server that doesn't hang up would hold the socket.
    client.destroy();
  }
};

const openLine = (client: Client, timeoutMs: number, signal: AbortSignal) => {
  const open = new Set<(reason: unknown) => void>();
  let broken: { reason: unknown } | undefined;
  const breakOff = (reason: unknown): void => {
    broken ??= { reason };
    for (const fail of open) fail(broken.reason);
    open.clear();
    client.destroy();
  };
  const watch = startWatch(timeoutMs, () => breakOff(unavailable({ stalled: true })));
  // It runs only while the server owes an answer: a slow source is not its fault.
  watch.pause();
  const giveUp = () => breakOff(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  client.once('close', () => breakOff(unavailable({ reason: 'the connection broke' })));

  const call = <Value>(request: (done: Done<Value>) => void): Promise<Value> =>
    new Promise<Value>((resolve, reject) => {
      if (signal.aborted || broken !== undefined) {
        reject((broken?.reason ?? signal.reason) as Error);
        return;
      }
      if (open.size === 0) watch.resume();
      open.add(reject);
      const end = () => {
        open.delete(reject);
        watch.touch();
        if (open.size === 0) watch.pause();
      };
      try {
        request((error, value) => {
          end();
          if (error === undefined || error === null) resolve(value as Value);
          else reject(meaningOf(error));
        });
      } catch (error) {
        end();
        reject(new NotOffered(error));
      }
    });
  return {
    call,
    close() {
      watch.stop();
      signal.removeEventListener('abort', giveUp);
    },
  };
};

const meaningOf = (error: Error): Error =>
  'code' in error && typeof error.code === 'number'
    ? new StatusError(error.code)
    : unavailable({ reason: 'the connection broke' }, error);
