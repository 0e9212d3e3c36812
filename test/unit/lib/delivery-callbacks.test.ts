import { expect, test } from 'vitest';
import { createDeliveryCallbacks } from '../../../server/lib/delivery-callbacks.ts';
import { createSealing } from '../../../server/lib/sealing.ts';

let nowMs = Date.parse('2026-11-26T00:00:00Z');
const callbacksOf = (key: string) =>
  createDeliveryCallbacks({
    publicUrl: new URL('https://portal.example.org'),
    sealing: createSealing(Buffer.alloc(32, key)),
    nowMs: () => nowMs,
  });

test('a token is good for its delivery, for thirty days, and with this key', () => {
  const callbacks = callbacksOf('k');
  const { token, links } = callbacks.of('a-1', 0);
  expect(links.href).toBe('https://portal.example.org/api/v1/deliveries/a-1/links');
  const lastMs = nowMs + 30 * 24 * 3600_000 - 1_000;
  for (nowMs of [nowMs, lastMs]) expect(callbacks.isGood('a-1', 0, token)).toBe(true);
  expect(callbacks.isGood('a-2', 0, token)).toBe(false);
  expect(callbacksOf('x').isGood('a-1', 0, token)).toBe(false);
  nowMs += 1_000;
  expect(callbacks.isGood('a-1', 0, token)).toBe(false);
});

test('a token that was lengthened, cut or made up is not good', () => {
  const callbacks = callbacksOf('k');
  const { token } = callbacks.of('a-1', 0);
  const [expiry, signature] = token.split('.');
  expect(callbacks.isGood('a-1', 0, token)).toBe(true);
  for (const other of ['', '.', token.slice(0, -1), `${Number(expiry) + 1}.${signature}`, `${token}.`])
    expect(callbacks.isGood('a-1', 0, other)).toBe(false);
});
