import { eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { setLedger } from './ledger.ts';
import { ask } from './wire.ts';

const ledger = setLedger();
const { api, newDestination, deliveryIn, stateOf, lastAudit } = ledger;

describe('a delivery', () => {
  test('is listed, page by page, and filtered', async () => {
    const made = await newDestination();
    const request = await ledger.portal.openRequest({ destinations: [made.name], takeBackMinutes: 600 });
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.unshift(await deliveryIn('waiting', made, { request }));
    const first = (await api('GET', `/deliveries?destination=${made.id}&limit=2`)).json;
    expect(first.deliveries.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = (await api('GET', `/deliveries?destination=${made.id}&limit=2&cursor=${first.next}`)).json;
    expect([second.deliveries.map(({ id }: { id: string }) => id), second.next]).toEqual([
      ids.slice(2),
      null,
    ]);
    expect((await api('GET', `/deliveries?destination=${made.id}&state=dead`)).json.deliveries).toEqual([]);
    expect((await api('GET', '/deliveries?cursor=nonsense')).status).toBe(400);
    expect((await api('GET', '/deliveries?state=nonsense')).status).toBe(400);
  });

  test('that was given up is delivered again, one or all of them', async () => {
    const made = await newDestination();
    const ids = [
      await deliveryIn('dead', made),
      await deliveryIn('dead', made),
      await deliveryIn('waiting', made),
    ];
    expect((await api('POST', `/deliveries/${ids[0]}/replay`)).json).toMatchObject({
      state: 'waiting',
      attempts: 0,
    });
    expect(await lastAudit(ids[0] ?? '')).toEqual(['delivery.replayed', 'token']);
    expect((await api('POST', '/deliveries/replay', { destination: made.id })).json).toEqual({ replayed: 1 });
    expect(await Promise.all(ids.map(stateOf))).toEqual(['waiting', 'waiting', 'waiting']);
    expect((await api('POST', `/deliveries/${ids[2]}/replay`)).json.code).toBe('delivery.not-over');
  });

  test('that waits is tried as soon as nothing can be taken back; one that does not is refused in words', async () => {
    const made = await newDestination();
    const id = await deliveryIn('waiting', made);
    const notBefore = async (path: string) =>
      Date.parse((await api('POST', `/deliveries/${id}/${path}`)).json.notBefore) - Date.now();
    // Sealed just now, and its submitter has ten hours.
    expect(await notBefore('retry')).toBeGreaterThan(9 * 3_600_000);
    await api('POST', `/deliveries/${id}/give-up`);
    expect(await notBefore('replay')).toBeGreaterThan(9 * 3_600_000);
    await ledger.portal.db.update(tables.requests).set({ takeBackMinutes: 0 });
    expect(await notBefore('retry')).toBeLessThanOrEqual(1000);
    const dead = await deliveryIn('dead', made);
    expect((await api('POST', `/deliveries/${dead}/retry`)).json.code).toBe('delivery.not-waiting');
    expect((await api('POST', '/deliveries/dlv_00/retry')).status).toBe(404);
  });

  test('that staff gave up is not among those that are delivered again all at once', async () => {
    const made = await newDestination();
    const [failed, unwanted] = [await deliveryIn('dead', made), await deliveryIn('waiting', made)];
    await api('POST', `/deliveries/${unwanted}/give-up`);
    const page = (
      await ask(ledger.portal.url, { path: '/staff/deliveries', headers: { cookie: ledger.cookie } })
    ).body;
    const { replayed } = (await api('POST', '/deliveries/replay', {})).json;
    expect(page).toContain(replayed === 1 ? 'the one that failed' : `the ${replayed} that failed`);
    expect(await Promise.all([failed, unwanted].map(stateOf))).toEqual(['waiting', 'dead']);
    expect((await api('POST', `/deliveries/${unwanted}/replay`)).json.state).toBe('waiting');
    const withoutBody = await ask(ledger.portal.url, {
      method: 'POST',
      path: '/api/v1/deliveries/replay',
      headers: { authorization: `Bearer ${ledger.token}` },
    });
    expect(withoutBody.body).toBe('{"replayed":0}');
  });

  test('whose files have been deleted is not delivered again', async () => {
    const id = await deliveryIn('delivered', await newDestination());
    await ledger.portal.db.execute(
      sql`update files set removed_at = now() where submission_id = (select submission_id from deliveries where id = ${id})`,
    );
    expect((await api('POST', `/deliveries/${id}/replay`)).json.code).toBe('delivery.files-gone');
    expect(await stateOf(id)).toBe('delivered');
  });

  test('with a file in quarantine is delivered again when staff release that', async () => {
    const id = await deliveryIn('dead', await newDestination());
    const [file] = (await api('GET', `/deliveries/${id}`)).json.files;
    await ledger.portal.db
      .update(tables.files)
      .set({ state: 'quarantined', scanResult: 'found', scanFound: 'Eicar' })
      .where(eq(tables.files.id, file.id));
    expect((await api('GET', `/deliveries/${id}`)).json.files[0]).toMatchObject({
      state: 'quarantined',
      scan: { result: 'found', found: 'Eicar' },
      released: false,
    });
    expect((await api('POST', `/files/${file.id}/release`)).status).toBe(204);
    expect(await lastAudit(file.id)).toEqual(['file.released', 'token']);
    expect((await api('GET', `/deliveries/${id}`)).json).toMatchObject({
      state: 'waiting',
      files: [{ state: 'stored', released: true }],
    });
    expect((await api('POST', `/files/${file.id}/release`)).status).toBe(404);
  });

  test('in a table for a spreadsheet calculates nothing', async () => {
    const made = await newDestination();
    const request = await ledger.portal.openRequest({
      title: '=HYPERLINK("https://evil")',
      destinations: [made.name],
    });
    await deliveryIn('waiting', made, { request });
    const reply = await api('GET', `/deliveries.csv?destination=${made.id}`);
    expect(reply.headers['content-type']).toContain('text/csv');
    expect(reply.headers['content-disposition']).toContain('attachment');
    const [head, line] = reply.text.replace('\uFEFF', '').split('\r\n');
    expect(head?.split(',').slice(0, 4)).toEqual(['id', 'key', 'state', 'request']);
    expect(line).toContain(`"'=HYPERLINK(""https://evil"")"`);
  });
});
