import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { raiseNotice } from '../../../db/queries/notices.ts';
import { setLedger } from './ledger.ts';

const ledger = setLedger();
const { api, newDestination, deliveryIn } = ledger;

/** Three of each list, the newest first. */
const planted: Record<string, () => Promise<string[]>> = {
  requests: async () => {
    for (const title of ['a', 'b', 'c']) await ledger.portal.openRequest({ title });
    return idsIn('requests', 'created_at');
  },
  submissions: async () => {
    const request = await ledger.portal.openRequest({ title: 'd' });
    for (let n = 0; n < 3; n += 1) await ledger.portal.begin(request);
    return idsIn('submissions', 'created_at');
  },
  deliveries: async () => {
    const destination = await newDestination();
    for (let n = 0; n < 3; n += 1) await deliveryIn('waiting', destination);
    return idsIn('deliveries', 'created_at');
  },
  notices: async () => {
    for (const subject of ['a', 'b', 'c'])
      await raiseNotice(ledger.portal.db, { level: 'problem', code: 'upload.lost', subject });
    return idsIn('notices', 'last_seen_at');
  },
};

/** All within one millisecond, and the last two at one moment: what JavaScript's dates can't tell apart. */
const idsIn = async (table: string, column: string): Promise<string[]> => {
  const [name, at] = [sql.identifier(table), sql.identifier(column)];
  await ledger.portal.db.execute(
    sql`update ${name} set ${at} = timestamptz '2026-11-27 01:00:00.000100Z' + (place / 2) * interval '1 microsecond'
      from (select id as of, row_number() over (order by id) as place from ${name}) as ordered where of = id`,
  );
  const rows = await ledger.portal.db.execute(sql`select id from ${name} order by ${at} desc, id desc`);
  return (rows as unknown as { id: string }[]).map(({ id }) => id);
};

describe.each(Object.keys(planted))('the list of %s', (list) => {
  const ask = async (query: string) => (await api('GET', `/${list}?${query}`)).json;

  test('comes whole in pages, nothing twice and nothing left out', async () => {
    const expected = (await planted[list]?.()) ?? [];
    expect(expected.length).toBeGreaterThanOrEqual(3);
    const ids: string[] = [];
    let cursor = '';
    do {
      const page = await ask(`limit=1${cursor}`);
      ids.push(...page[list].map(({ id }: { id: string }) => id));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(ids).toEqual(expected);
    expect(await ask('limit=200')).toMatchObject({ next: null });
  });

  test.each([
    ['nonsense', 'nonsense'],
    ['of another list', encode('2026-11-27T01:00:00.000100Z tok_00')],
    ['of a day that is none', encode('2026-02-30T01:00:00.000100Z req_00')],
    ['with more behind it', encode("2026-11-27T01:00:00.000100Z req_00 ' or 1=1")],
  ])('refuses a cursor that is %s', async (_name, cursor) => {
    expect(await ask(`cursor=${cursor}`)).toMatchObject({ status: 400, code: 'input.invalid' });
  });

  test.each(['0', '201', '1.5', 'x'])('refuses a limit of %s', async (limit) => {
    expect(await ask(`limit=${limit}`)).toMatchObject({ status: 400, code: 'input.invalid' });
  });
});

function encode(place: string): string {
  return Buffer.from(place).toString('base64url');
}
