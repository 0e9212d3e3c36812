import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ProductProcess, until } from '../support/processes.ts';
import { type Proxy, startProxy } from './support/proxy.ts';
import { Sender, type Sending } from './support/sender.ts';
import { heldBytes, openSite, type Site, storedIn } from './support/site.ts';

const MiB = 1024 * 1024;

let site: Site;
let token: string;
let portal: ProductProcess & { port: number };

beforeAll(async () => {
  site = await openSite();
  portal = await site.startPortal();
  token = await site.openRequest();
});

afterAll(() => site.close());

/** The portal that a test may have ended, again. */
const portalAgain = async (): Promise<void> => {
  if (portal.ended !== undefined) portal = await site.startPortal(portal.port);
};

/** A file on its way over a line that can be broken. */
const begin = async (bytes: number): Promise<{ line: Proxy; sender: Sender; sending: Sending }> => {
  await portalAgain();
  const line = await startProxy(portal.port);
  onTestFinished(() => line.close());
  const sender = await Sender.start(line.port, token);
  return { line, sender, sending: await sender.create('scan.bin', randomBytes(bytes)) };
};

/** Waits until so much is acknowledged, looking from beside the line. */
const untilAcknowledged = (sending: Sending, bytes: number): Promise<void> =>
  until(`${bytes} bytes to be acknowledged`, 60_000, async () => (await sending.look(portal.port)) >= bytes);

/** Waits until the portal has taken so much from a line that then stands still: what is still on its way may be lost. */
const untilHeld = (bytes: number): Promise<void> =>
  until(`${bytes} bytes to be held`, 10_000, async () => (await heldBytes(portal)) >= bytes);

/** The promise of every test here: one file, with the bytes that were sent, and no offset that ever fell. */
const expectArrived = async (sender: Sender, sending: Sending): Promise<void> => {
  const sealed = await sender.finish();
  expect(sealed.files).toMatchObject([{ name: 'scan.bin', state: 'stored', sha256: sending.sha256 }]);
  expect(await storedIn(site, sealed.receiptNumber)).toEqual([{ name: 'scan.bin', sha256: sending.sha256 }]);
  expect(sending.acknowledged.fallen).toEqual([]);
};

describe('what the portal has acknowledged stays', () => {
  test('a cut connection, then kill -9 of the portal in the middle, then a new one: equal SHA-256, and the offset never fell', async () => {
    const { line, sender, sending } = await begin(100 * MiB);
    line.slow(24 * MiB);
    const first = sending.patch(0);
    await Promise.all([
      expect(first).rejects.toThrow(/ECONNRESET|hang up|EPIPE/),
      untilAcknowledged(sending, 32 * MiB).then(() => line.cut()),
    ]);
    const resumed = (await sending.head()).offsetBytes ?? 0;
    expect(resumed).toBeGreaterThan(32 * MiB);
    expect(resumed).toBeLessThan(100 * MiB);

    const second = sending.patch(resumed);
    await Promise.all([
      expect(second).rejects.toThrow(/ECONNRESET|hang up|EPIPE/),
      untilAcknowledged(sending, resumed + 32 * MiB).then(() => portal.end('SIGKILL')),
    ]);
    const before = sending.acknowledged.highestBytes;
    expect(before).toBeLessThan(100 * MiB);
    line.slow(undefined);
    await portalAgain();
    expect((await sending.head()).offsetBytes).toBe(before);
    await sending.sendAll();
    await expectArrived(sender, sending);
    // Otherwise nothing was at stake.
    expect(new Set(sending.acknowledged.seen).size).toBeGreaterThanOrEqual(4);
  });

  test('what arrived before a cut is kept, not only whole parts', async () => {
    const { line, sender, sending } = await begin(8 * MiB);
    line.freeze(6 * MiB);
    await Promise.all([
      expect(sending.patch(0)).rejects.toThrow(/ECONNRESET|hang up|EPIPE/),
      untilHeld(5 * MiB).then(() => line.cut()),
    ]);
    const { offsetBytes = 0 } = await sending.head();
    expect(offsetBytes).toBeGreaterThanOrEqual(5 * MiB);
    expect(offsetBytes).toBeLessThanOrEqual(6 * MiB);
    await sending.sendAll();
    await expectArrived(sender, sending);
  });

  test('SIGTERM during an upload: what arrived is kept, the process is gone within ten seconds, a new one goes on', async () => {
    const { line, sender, sending } = await begin(16 * MiB);
    line.freeze(12 * MiB);
    const patch = sending.patch(0).catch(() => undefined);
    await untilHeld(11 * MiB);
    expect(await sending.look(portal.port)).toBe(0);
    const { code } = await portal.end('SIGTERM');
    expect(code).toBe(0);
    line.cut();
    await patch;
    await portalAgain();
    const { offsetBytes = 0 } = await sending.head();
    expect(offsetBytes).toBeGreaterThanOrEqual(11 * MiB);
    expect(offsetBytes).toBeLessThanOrEqual(12 * MiB);
    await sending.sendAll();
    await expectArrived(sender, sending);
  });

  test('SIGTERM while Nextcloud does not answer: gone within ten seconds all the same, and what was acknowledged is there', async () => {
    const { sender, sending } = await begin(8 * MiB);
    expect((await sending.patch(0, { bytes: 4 * MiB })).offsetBytes).toBe(4 * MiB);
    const hanging = site.standin.control.fault({ method: 'PUT', times: 1000, action: { hang: 'before' } });
    const patch = sending.patch(4 * MiB).catch(() => undefined);
    await hanging.hit();
    expect((await portal.end('SIGTERM')).code).toBe(0);
    await patch;
    hanging.remove();
    await portalAgain();
    expect((await sending.head()).offsetBytes).toBe(4 * MiB);
    await sending.sendAll();
    await expectArrived(sender, sending);
  });

  test('the last acknowledgement lost: the offset says complete, and there is one file', async () => {
    const { line, sender, sending } = await begin(4 * MiB);
    line.slow(8 * MiB);
    const abort = new AbortController();
    const before = line.passedBytes;
    const patch = sending.patch(0, { signal: abort.signal }).catch(() => undefined);
    await until('the PATCH to be under way', 10_000, () => line.passedBytes > before + MiB);
    line.mute();
    await untilAcknowledged(sending, 4 * MiB);
    abort.abort();
    await patch;
    expect((await sending.head()).offsetBytes).toBe(4 * MiB);
    await expectArrived(sender, sending);
  });
});

describe('another node takes over', () => {
  test('after kill -9 of the node that wrote, within fifteen seconds', async () => {
    const { line, sender, sending } = await begin(80 * MiB);
    const other = await site.startPortal();
    line.slow(24 * MiB);
    const patch = sending.patch(0);
    await Promise.all([
      expect(patch).rejects.toThrow(/ECONNRESET|hang up|EPIPE/),
      untilAcknowledged(sending, 32 * MiB).then(() => portal.end('SIGKILL')),
    ]);
    line.leadTo(other.port);
    line.slow(undefined);
    await until('the other node to take over', 15_000, async () => (await sending.head()).status === 200);
    await sending.sendAll();
    await expectArrived(sender, sending);
    await other.end('SIGTERM');
  });

  test('while the old connection is half open: its bytes are kept, and nobody waits for it', async () => {
    const { line, sender, sending } = await begin(8 * MiB);
    const other = await site.startPortal();
    line.freeze(4 * MiB);
    const abandoned = new AbortController();
    const patch = sending.patch(0, { signal: abandoned.signal }).catch(() => undefined);
    await untilHeld(3 * MiB);
    const { status, offsetBytes = 0 } = await sending.head(other.port);
    expect(status).toBe(200);
    expect(offsetBytes).toBeGreaterThanOrEqual(3 * MiB);
    sender.port = other.port;
    await sending.sendAll();
    await expectArrived(sender, sending);
    abandoned.abort();
    await patch;
    await other.end('SIGTERM');
  });

  test('two PATCHes at one offset from two nodes: one at most wins, and the hash is right', async () => {
    const { sender, sending } = await begin(16 * MiB);
    const other = await site.startPortal();
    sender.port = portal.port;
    expect((await sending.patch(0, { bytes: MiB })).status).toBe(204);
    const outcomes: number[][] = [];
    for (let round = 0; round < 5; round += 1) {
      const { offsetBytes = 0 } = await sending.head();
      const both = [portal.port, other.port].map((port) =>
        sending.patch(offsetBytes, { bytes: 2 * MiB, port }).catch(() => ({ status: 0 })),
      );
      outcomes.push((await Promise.all(both)).map(({ status }) => status));
    }
    for (const statuses of outcomes)
      expect(statuses.filter((status) => status === 204).length).toBeLessThan(2);
    expect(outcomes.flat()).toContain(204);
    await sending.sendAll();
    await expectArrived(sender, sending);
    await other.end('SIGTERM');
  });
});
