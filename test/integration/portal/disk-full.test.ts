import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBufferBudget } from '../../../server/upload/budget.ts';
import type { PartRoom } from '../../../server/upload/part.ts';
import { type OpenRequest, partBytes, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { contentOf, storedBelow, tusOf, uploadRow } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

test('on a disk that is full, with little memory, senders are held back: every file is stored, whole', async () => {
  const budget = createBufferBudget(2 * partBytes);
  let refused = 0;
  const spill: PartRoom['spill'] = {
    open: () => {
      refused += 1;
      return Promise.resolve(undefined);
    },
  };
  portal.composed.engine.room = { budget, spill };
  const begun = await portal.begin(request);
  const tus = tusOf(portal, begun);
  // Nextcloud is in no hurry, so that what comes has to wait.
  portal.standin.control.fault({ method: 'PUT', times: 100, action: { delayMs: 100 } });
  const sent = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const content = randomBytes(3 * partBytes + i);
      const id = await tus.made(`${i}.bin`, content.length);
      expect((await tus.patch(id, 0, content)).status).toBe(204);
      return { id, sha256: hashOf(content) };
    }),
  );
  expect(refused).toBeGreaterThan(0);
  for (const { id, sha256 } of sent) {
    const row = await until('it to be stored', async () => {
      const now = await uploadRow(portal, id);
      return now.state === 'stored' ? now : undefined;
    });
    const path = storedBelow(portal, request.folder).find((each) => each.endsWith(`/${row.targetPath}`));
    expect(hashOf(await contentOf(portal, path ?? ''))).toBe(sha256);
  }
  expect(budget.usedBytes).toBe(0);
});
