import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line between a submitter and the portal that a test can break. */
export interface Proxy {
  readonly port: number;
  /** Bytes that have been passed on towards the portal, over all connections. */
  readonly passedBytes: number;
  /** Where connections lead from now on. */
  leadTo(port: number): void;
  /** Towards the portal, over all connections. Undefined: as fast as it goes. */
  slow(bytesPerSecond: number | undefined): void;
  /** Cuts every connection now, or as soon as so many bytes more have been passed on. */
  cut(afterBytes?: number): void;
  /**
   * Leaves every connection half open, now or as soon as so many bytes more have been passed on: nothing passes,
   * nothing is closed, neither side is told. New connections work.
   */
  freeze(afterBytes?: number): void;
  /** From now on no answer comes back on any connection that is open; what is sent still passes. */
  mute(): void;
  close(): Promise<void>;
}

interface Line {
  here: Socket;
  there: Socket;
  frozen: boolean;
}

export const startProxy = async (targetPort: number): Promise<Proxy> => {
  const lines = new Set<Line>();
  let target = targetPort;
  let passedBytes = 0;
  let bytesPerSecond: number | undefined;
  let planned: { atBytes: number; act: () => void } | undefined;

  const cutAll = () => {
    for (const { here, there } of lines) {
      here.destroy();
      there.destroy();
    }
    lines.clear();
  };
  const freezeAll = () => {
    for (const line of lines) {
      line.frozen = true;
      line.here.pause();
      line.there.pause();
    }
  };
  const muteAll = () => {
    for (const { there } of lines) {
      there.removeAllListeners('data');
      there.on('data', () => undefined);
    }
  };
  const plan = (act: () => void, afterBytes: number | undefined) => {
    if (afterBytes === undefined) act();
    else planned = { atBytes: passedBytes + afterBytes, act };
  };

  const passUp = (line: Line, chunk: Buffer) => {
    const rest = planned === undefined ? chunk.length : planned.atBytes - passedBytes;
    const passed = chunk.subarray(0, rest);
    passedBytes += passed.length;
    const full = !line.there.write(passed);
    if (planned !== undefined && passedBytes >= planned.atBytes) {
      const { act } = planned;
      planned = undefined;
      // What was passed on is to arrive before the line breaks.
      line.here.pause();
      line.there.write('', act);
      return;
    }
    if (!full && bytesPerSecond === undefined) return;
    line.here.pause();
    const resume = () => {
      if (!line.frozen) line.here.resume();
    };
    if (full) line.there.once('drain', resume);
    else setTimeout(resume, (passed.length * 1000) / (bytesPerSecond ?? Number.POSITIVE_INFINITY));
  };

  const server = createServer({ allowHalfOpen: true }, (here) => {
    const there = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const line: Line = { here, there, frozen: false };
    lines.add(line);
    here.on('data', (chunk: Buffer) => passUp(line, chunk));
    there.on('data', (chunk: Buffer) => {
      if (!here.write(chunk)) {
        there.pause();
        here.once('drain', () => line.frozen || there.resume());
      }
    });
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      one.on('end', () => line.frozen || other.end());
      one.on('error', () => line.frozen || other.destroy());
      one.on('close', () => {
        if (line.frozen) return;
        other.destroy();
        lines.delete(line);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get passedBytes() {
      return passedBytes;
    },
    leadTo(port) {
      target = port;
    },
    slow(rate) {
      bytesPerSecond = rate;
    },
    cut: (afterBytes) => plan(cutAll, afterBytes),
    freeze: (afterBytes) => plan(freezeAll, afterBytes),
    mute: muteAll,
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
};
