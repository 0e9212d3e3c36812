import { connect, createServer, type Socket } from 'node:net';

/** A line between browser and portal that can be slow, and that can break. */
export interface Line {
  port: number;
  /** What has gone towards the portal so far. */
  readonly passedBytes: number;
  /** Bytes a second towards the portal; `Infinity` for as fast as it goes. */
  setRate(bytesPerSecond: number): void;
  /** Breaks every connection, and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Lets a connection through in small bites, so that a slow line is slow evenly. */
const biteBytes = 64 * 1024;

export const startLine = async (portalPort: number): Promise<Line> => {
  const sockets = new Set<Socket>();
  let rate = Number.POSITIVE_INFINITY;
  let isCut = false;
  /** When the line is free again: all connections share it. */
  let freeAtMs = 0;
  let passedBytes = 0;

  const forward = (client: Socket): void => {
    if (isCut) {
      client.resetAndDestroy();
      return;
    }
    const portal = connect(portalPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, portal],
      [portal, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    portal.pipe(client);
    client.on('end', () => portal.end());
    client.on('data', (chunk: Buffer) => void pass(chunk, client, portal));
  };

  const pass = async (chunk: Buffer, client: Socket, portal: Socket): Promise<void> => {
    client.pause();
    for (let start = 0; start < chunk.length && !portal.destroyed; start += biteBytes) {
      const bite = chunk.subarray(start, start + biteBytes);
      await turn(bite.length);
      if (portal.destroyed) return;
      passedBytes += bite.length;
      if (!portal.write(bite)) await drained(portal);
    }
    client.resume();
  };

  const turn = async (bytes: number): Promise<void> => {
    if (rate === Number.POSITIVE_INFINITY) return;
    const nowMs = Date.now();
    freeAtMs = Math.max(freeAtMs, nowMs) + (bytes / rate) * 1000;
    const waitMs = freeAtMs - nowMs;
    if (waitMs > 1)
      await new Promise((resolve) => {
        setTimeout(resolve, waitMs);
      });
  };

  const server = createServer(forward);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the line has no port');
  const breakAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    get passedBytes() {
      return passedBytes;
    },
    setRate(bytesPerSecond) {
      rate = bytesPerSecond;
      freeAtMs = 0;
    },
    cut() {
      isCut = true;
      breakAll();
    },
    mend() {
      isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
};

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
