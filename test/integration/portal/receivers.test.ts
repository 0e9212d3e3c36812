import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { createDestination } from '../../../server/importer/ledger/manage-destinations.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

let portal: TestPortal;
let name: string;

beforeAll(async () => {
  portal = await startPortal();
  const made = await createDestination(
    portal.composed.portal.desk,
    {
      kind: 'webhook',
      name: 'Receiver',
      config: { url: 'https://hooks.example.org/in', acknowledge: 'receiver' },
      secrets: { signingSecret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    },
    { name: 'system', teams: 'all' },
  );
  ({ name } = made);
});
afterAll(() => portal.close());

/** A delivery that its receiver was told of. */
const told = async () => {
  const request = await portal.openRequest({ destinations: [name], takeBackMinutes: 600 });
  const begun = await portal.begin(request);
  await portal.send(begun, { name: 'a.txt', content: 'the content' });
  await portal.finish(begun);
  const ofIt = eq(tables.deliveries.submissionId, begun.submissionId);
  const [row] = await portal.db.select().from(tables.deliveries).where(ofIt);
  const key = row?.key ?? '';
  await portal.db
    .update(tables.deliveries)
    .set({ awaiting: 'acknowledgement', result: { remote: [] } })
    .where(ofIt);
  const { token } = portal.composed.portal.callbacks.of(key, 0);
  const post = (path: string, body?: unknown, bearer = token) =>
    ask(portal.url, {
      method: 'POST',
      path: `/api/v1/deliveries/${key}/${path}`,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const now = async () => {
    const [found] = await portal.db.select().from(tables.deliveries).where(ofIt);
    const [file] = await portal.db
      .select()
      .from(tables.files)
      .where(eq(tables.files.submissionId, begun.submissionId));
    return { state: found?.state, awaiting: found?.awaiting, file: file?.state, epoch: found?.epoch };
  };
  return { key, post, now, submissionId: begun.submissionId };
};

describe('a receiver that was told of a delivery', () => {
  test('gets fresh addresses of its files, which anybody can read and nobody needs to sign in for', async () => {
    const { post } = await told();
    const reply = await post('links');
    expect(reply.status).toBe(200);
    const { files } = JSON.parse(reply.body) as { files: { url: string; expiresAt: string }[] };
    expect(files).toHaveLength(1);
    expect(await (await fetch(files[0]?.url ?? '')).text()).toBe('the content');
    expect(Date.parse(files[0]?.expiresAt ?? '')).toBeGreaterThan(Date.now());
  });

  test('gets none of a file that is in quarantine', async () => {
    const { post, submissionId } = await told();
    await portal.db
      .update(tables.files)
      .set({ state: 'quarantined' })
      .where(eq(tables.files.submissionId, submissionId));
    expect(JSON.parse((await post('links')).body)).toEqual({ files: [] });
  });

  test('says that it has taken the files over: only then it is delivered; once more changes nothing', async () => {
    const { post, now } = await told();
    expect(await now()).toMatchObject({ state: 'waiting', awaiting: 'acknowledgement', file: 'stored' });
    expect((await post('acknowledgement', { outcome: 'delivered' })).status).toBe(204);
    const after = await now();
    expect(after).toMatchObject({ state: 'delivered', awaiting: null, file: 'imported' });
    expect((await post('acknowledgement', { outcome: 'refused', reason: 'too late' })).status).toBe(204);
    expect(await now()).toEqual(after);
  });

  test('that is told anew, after a replay, acknowledges that one: what it was told before counts no more', async () => {
    const { key, post, now } = await told();
    await portal.db.execute(
      sql`update deliveries set round = 1, state = 'delivering', awaiting = null where key = ${key}`,
    );
    expect((await post('acknowledgement', { outcome: 'delivered' })).status).toBe(404);
    expect((await now()).state).toBe('delivering');
    const { token } = portal.composed.portal.callbacks.of(key, 1);
    expect((await post('acknowledgement', { outcome: 'delivered' }, token)).status).toBe(204);
    expect((await now()).state).toBe('delivered');
  });

  test('may say so before whoever told it has noted that', async () => {
    const { post, now, key } = await told();
    await portal.db
      .update(tables.deliveries)
      .set({ state: 'delivering', awaiting: null, result: null })
      .where(eq(tables.deliveries.key, key));
    const { epoch } = await now();
    expect((await post('acknowledgement', { outcome: 'delivered' })).status).toBe(204);
    expect(await now()).toMatchObject({ state: 'delivered', epoch: (epoch ?? 0) + 1 });
  });

  test('refuses with a reason: it is given up, and staff can read why', async () => {
    const { post, now } = await told();
    expect((await post('acknowledgement', { outcome: 'refused', reason: 'no such case' })).status).toBe(204);
    expect(await now()).toMatchObject({ state: 'dead', file: 'failed' });
  });

  test('with another delivery’s token, none, or an unknown delivery gets the same 404', async () => {
    const [mine, other] = [await told(), await told()];
    const { token } = portal.composed.portal.callbacks.of(other.key, 0);
    const bodies = new Set<string>();
    for (const path of ['links', 'acknowledgement'])
      for (const bearer of [token, 'nonsense', `9999999999.${token.split('.')[1]}`]) {
        const reply = await mine.post(path, { outcome: 'delivered' }, bearer);
        expect(reply.status).toBe(404);
        bodies.add(reply.body);
      }
    expect(bodies.size).toBe(1);
    expect(await mine.now()).toMatchObject({ state: 'waiting' });
    expect((await mine.post('acknowledgement', { outcome: 'nonsense' })).status).toBe(400);
  });
});
