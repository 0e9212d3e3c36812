import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProductProcess } from '../support/processes.ts';
import { ask, Sender } from './support/sender.ts';
import { openSite, type Site, storedIn } from './support/site.ts';

const MiB = 1024 * 1024;
const limitBytes = 150_000_000;

let site: Site;
let portal: ProductProcess & { port: number };

beforeAll(async () => {
  site = await openSite();
  portal = await site.startPortal();
});

afterAll(() => site.close());

const residentBytes = async (): Promise<number> => {
  const status = await readFile(`/proc/${portal.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
};

const block = randomBytes(MiB);

/** So many mebibytes, no two alike. */
function* bytesOf(mebibytes: number): Generator<Buffer> {
  for (let n = 0; n < mebibytes; n += 1) {
    const piece = Buffer.from(block);
    piece.writeUInt32LE(n);
    yield piece;
  }
}

/** Sends one file in one PATCH, as fast as it goes. @returns its SHA-256 */
const sendFile = async (sender: Sender, name: string, mebibytes: number): Promise<string> => {
  const { port } = sender;
  const created = await ask(port, 'POST', '/uploads', {
    headers: sender.headers({
      'upload-length': String(mebibytes * MiB),
      'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
    }),
  });
  const headers = sender.headers({
    'content-type': 'application/offset+octet-stream',
    'content-length': String(mebibytes * MiB),
    'upload-offset': '0',
  });
  const call = request({ host: '127.0.0.1', port, method: 'PATCH', path: created.headers.location, headers });
  const answered = once(call, 'response') as Promise<[{ statusCode: number }]>;
  const hash = createHash('sha256');
  for (const piece of bytesOf(mebibytes)) {
    hash.update(piece);
    if (!call.write(piece)) await Promise.race([once(call, 'drain'), answered]);
  }
  call.end();
  expect((await answered)[0].statusCode).toBe(204);
  return hash.digest('hex');
};

test.skipIf(process.platform !== 'linux')(
  'the portal takes less than 150 MB more memory while 1 GiB passes (Linux)',
  async () => {
    const sender = await Sender.start(portal.port, await site.openRequest());
    await sendFile(sender, 'small.bin', 1);
    const before = await residentBytes();
    let most = before;
    const passed = new AbortController();
    const sampling = (async () => {
      while (!passed.signal.aborted) {
        most = Math.max(most, await residentBytes());
        await new Promise((resolve) => {
          setTimeout(resolve, 20);
        });
      }
    })();
    const sha256 = await sendFile(sender, 'large.bin', 1024);
    const sealed = await sender.finish(120_000);
    passed.abort();
    await sampling;
    expect(await storedIn(site, sealed.receiptNumber)).toContainEqual({ name: 'large.bin', sha256 });
    console.info(`the portal's memory rose by ${Math.round((most - before) / 1e6)} MB while 1 GiB passed`);
    // Something must have been held, or nothing was measured.
    expect(most).toBeGreaterThan(before);
    expect(most - before).toBeLessThan(limitBytes);
  },
);
