import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { submissions } from '../../../db/schema/index.ts';
import { sweepUploads } from '../../../server/upload/sweep.ts';
import { type OpenRequest, partBytes, startPortal, type TestPortal, until } from '../../support/portal.ts';
import { tusOf, untilStored, uploadRow } from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

afterEach(() => {
  vi.useRealTimers();
});

const hourMs = 3_600_000;

describe.each([
  ['an hour ahead', hourMs],
  ['an hour behind', -hourMs],
])('a portal whose clock is %s of the database', (_case, offMs) => {
  let request: OpenRequest;

  beforeAll(async () => {
    const deadline = new Date(Date.now() + hourMs / 2).toISOString();
    request = await portal.openRequest({ resumeMinutes: 30, deadline });
  });

  const clockOff = () =>
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs, shouldAdvanceTime: true });

  test('goes by the time of the database: uploads go on, change their writer, and are stored', async () => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const content = randomBytes(3 * partBytes);
    const id = await tus.made('a.bin', content.length);
    expect((await tus.patch(id, 0, content.subarray(0, partBytes))).status).toBe(204);
    clockOff();
    await sweepUploads(portal.composed.engine);
    const { headers } = await tus.head(id);
    expect(headers['upload-offset']).toBe(String(partBytes));
    // Its last sign of life is no hour old, whatever the clock here says.
    const isHalfAnHourOn = async (told: string | string[] | undefined) => {
      const { updatedAt } = await uploadRow(portal, id);
      return Math.abs(Date.parse(String(told)) - updatedAt.getTime() - hourMs / 2) < 60_000;
    };
    expect(await isHalfAnHourOn(headers['upload-expires'])).toBe(true);
    const more = await tus.patch(id, partBytes, content.subarray(partBytes, partBytes + 10));
    expect(await isHalfAnHourOn(more.headers['upload-expires'])).toBe(true);
    const hanging = tus.openPatch(id, partBytes + 10, 2 * partBytes - 10);
    hanging.on('error', () => undefined);
    hanging.write(content.subarray(partBytes + 10, partBytes + 1_000));
    await until('it to be taken in', () => portal.composed.engine.collecting.size === 1);
    const taken = Number((await tus.head(id)).headers['upload-offset']);
    expect((await tus.patch(id, taken, content.subarray(taken))).status).toBe(204);
    await untilStored(portal, id);
    expect((await portal.finish(begun)).status).toBe(200);
    await until('the seal', async () => (await portal.status(begun)).state === 'sealed');
    const [row] = await portal.db.select().from(submissions).where(eq(submissions.id, begun.submissionId));
    expect(row?.late).toBe(false);
    hanging.destroy();
  });
});
