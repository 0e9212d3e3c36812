import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Config } from '../config/config.ts';
import { type DeliveryMessage, signatureHeaders } from '../importer/destinations/webhook/message.ts';
import { sameText } from '../lib/same-text.ts';
import type { Sealing } from '../lib/sealing.ts';
import { StartError } from './surroundings.ts';

/** What the demo's receiver made of one delivery. */
interface Received {
  receiptNumber: string;
  title: string;
  submitter: string;
  files: { name: string; sizeBytes: number; isWhole: boolean }[];
  at: Date;
}

/** After the portal and the stand-in. */
export const receiverPort = (config: Config): number => config.port + 2;

export const receiverUrl = (config: Config): string => `http://localhost:${receiverPort(config)}/`;

/** The same at every start: the destination keeps it sealed, the receiver derives it. */
export const receiverSecret = (sealing: Pick<Sealing, 'derive'>): string =>
  `whsec_${sealing.derive('demo-receiver').toString('base64')}`;

const mostKept = 50;
const mostBodyBytes = 4 * 1024 * 1024;

/**
 * Stands for another system in the demo: takes webhooks in, fetches the files by their links, compares them, and
 * acknowledges. Shows what it was told on a page of its own. @throws StartError when its port is taken
 */
export const startDemoReceiver = async (
  config: Config,
  sealing: Pick<Sealing, 'derive'>,
): Promise<Server> => {
  const secret = receiverSecret(sealing);
  const received = new Map<string, Received>();
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/') {
      response.writeHead(200, {
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      });
      response.end(pageOf([...received.values()].toReversed()));
      return;
    }
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    take(request, secret, received).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', () =>
      reject(
        new StartError(
          `Port ${receiverPort(config)} is taken: the demo's receiver uses the second one after PORT.`,
        ),
      ),
    );
    server.listen(receiverPort(config), '127.0.0.1', resolve);
  });
  return server;
};

/** @returns the status to answer */
const take = async (
  request: IncomingMessage,
  secret: string,
  received: Map<string, Received>,
): Promise<number> => {
  if (Number(request.headers['content-length'] ?? 0) > mostBodyBytes) return 413;
  const body = await buffer(request);
  const header = (name: string) => String(request.headers[name] ?? '');
  const id = header('webhook-id');
  const sentAt = new Date(Number(header('webhook-timestamp')) * 1000);
  const expected = signatureHeaders({ id, body }, [secret], sentAt)['webhook-signature'] ?? '';
  if (!sameText(header('webhook-signature'), expected)) return 401;
  if (received.has(id)) return 204;
  const message = JSON.parse(body.toString('utf8')) as DeliveryMessage;
  if (message.type !== 'uketori.delivery') return 204;
  const taken = await fetched(message);
  // Not kept and not confirmed: it is sent again.
  if (taken.files.some(({ isWhole }) => !isWhole)) return 503;
  const { acknowledge } = message.data;
  if (acknowledge !== undefined) {
    const { ok } = await fetch(acknowledge.url, {
      method: acknowledge.method,
      headers: { authorization: acknowledge.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ outcome: 'delivered' }),
    });
    if (!ok) return 503;
  }
  received.set(id, taken);
  const [oldest] = received.keys();
  if (received.size > mostKept && oldest !== undefined) received.delete(oldest);
  return 204;
};

const fetched = async ({ data }: DeliveryMessage): Promise<Received> => {
  const files: Received['files'] = [];
  for (const { storedName, sizeBytes, sha256, download } of data.files) {
    const hash = createHash('sha256');
    const reply = await fetch(download.url);
    for await (const chunk of reply.body ?? []) hash.update(chunk as Uint8Array);
    files.push({ name: storedName, sizeBytes, isWhole: reply.ok && hash.digest('hex') === sha256 });
  }
  const { receiptNumber, request, submitter } = data;
  return { receiptNumber, title: request.title, submitter: submitter.name, files, at: new Date() };
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const pageOf = (all: readonly Received[]): string => {
  const items = all.map(
    ({ receiptNumber, title, submitter, files, at }) =>
      `<li><h2>${escaped(receiptNumber)} · ${escaped(title)}</h2><p>${escaped(submitter)} · ${at.toISOString()}</p><ul>${files
        .map(
          ({ name, sizeBytes, isWhole }) =>
            `<li>${escaped(name)} · ${sizeBytes} bytes · ${isWhole ? 'SHA-256 as announced' : 'NOT as announced'}</li>`,
        )
        .join('')}</ul></li>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Demo receiver</title>
<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}h2{font-size:1.05rem;margin:1.5rem 0 0}ol{padding:0;list-style:none}</style>
<h1>Demo receiver</h1><p>Another system, as it hears of deliveries: by a signed message with links to the files, which it fetches and compares. It forgets everything when the demo ends.</p>
${items.length === 0 ? '<p>Nothing has come yet. Send something by the sample request.</p>' : `<ol>${items.join('')}</ol>`}</html>`;
};
