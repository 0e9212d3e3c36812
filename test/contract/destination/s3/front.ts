import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Trouble } from '../harness.ts';

/** What stands before a real system and can be told to fail in its place. */
export interface Front {
  url: string;
  /** Of the next write to an object. */
  trouble: Trouble | undefined;
  close(): Promise<void>;
}

export const startFront = async (system: string): Promise<Front> => {
  const server = createServer((asked, answer) => {
    const writes = asked.method === 'PUT' || asked.method === 'POST';
    const trouble = writes ? front.trouble : undefined;
    if (trouble !== undefined) front.trouble = undefined;
    handle(system, asked, answer, trouble).catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return front;
};

const handle = async (
  system: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  trouble: Trouble | undefined,
): Promise<void> => {
  if (trouble === 'hanging') {
    asked.resume();
    return;
  }
  if (trouble === 'throttled' || trouble === 'failing') {
    for await (const _ of asked);
    const [status, code] = trouble === 'failing' ? [500, 'InternalError'] : [503, 'SlowDown'];
    answer.writeHead(status, { 'content-type': 'application/xml', 'retry-after': '2' });
    answer.end(`<Error><Code>${code}</Code></Error>`);
    return;
  }
  // As it came: the signature is over the host and the path.
  const { method, headers, url } = asked;
  const onward = request(new URL(system), { method, headers, path: url });
  const replied = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve).once('error', reject);
  });
  await Promise.all([pipeline(asked, onward), replied]);
  const reply = await replied;
  if (trouble === 'answer-lost') {
    reply.resume();
    answer.destroy();
    return;
  }
  answer.writeHead(reply.statusCode ?? 502, reply.headers);
  await pipeline(reply, answer);
};
