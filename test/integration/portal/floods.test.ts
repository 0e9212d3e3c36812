import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertLink } from '../../../db/queries/requests.ts';
import { links, submissions, uploads } from '../../../db/schema/index.ts';
import { hashToken, newToken } from '../../../server/lib/ids.ts';
import { networksOf } from '../../../server/lib/networks.ts';
import { type Begun, type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, codeOf, idIn, metadata, type Reply, tusOf } from './wire.ts';

let portal: TestPortal;
let request: OpenRequest;

beforeAll(async () => {
  portal = await startPortal();
  request = await portal.openRequest();
});

afterAll(() => portal.close());

describe('uploads that are under way', () => {
  /** So many of them, as if they had been created one by one. @returns their ids */
  const created = async ({ submissionId }: Begun, count: number): Promise<string[]> => {
    const rows = Array.from({ length: count }, (_, n) => ({
      submissionId,
      sentName: `${n}.bin`,
      targetPath: `${n}.bin`,
      targetKey: `${n}.bin`,
      sizeBytes: 10,
    }));
    return (await portal.db.insert(uploads).values(rows).returning({ id: uploads.id })).map(({ id }) => id);
  };

  const setUp = async (count: number) => {
    const begun = await portal.begin(request);
    return { begun, tus: tusOf(portal, begun), ids: await created(begun, count) };
  };

  test('are at most a thousand in one submission: the next is refused, and others have their own', async () => {
    const { tus } = await setUp(999);
    expect((await tus.createNamed('last.bin', 10)).status).toBe(201);
    const refused = await tus.createNamed('beyond.bin', 10);
    expect([refused.status, codeOf(refused)]).toEqual([429, 'upload.too-many-open']);
    expect(JSON.parse(refused.body)).toMatchObject({ retry: true });
    const other = tusOf(portal, await portal.begin(request));
    expect((await other.createNamed('beyond.bin', 10)).status).toBe(201);
  });

  test.each<[string, (tus: ReturnType<typeof tusOf>, id: string) => Promise<Reply>]>([
    ['one has come whole', (tus, id) => tus.patch(id, 0, randomBytes(10))],
    ['one was taken away', (tus, id) => tus.remove(id)],
  ])('leave room again when %s, for one more', async (_case, makeRoom) => {
    const { tus, ids } = await setUp(1_000);
    expect((await tus.createNamed('beyond.bin', 10)).status).toBe(429);
    expect((await makeRoom(tus, ids[0] ?? '')).status).toBe(204);
    expect((await tus.createNamed('beyond.bin', 10)).status).toBe(201);
    expect((await tus.createNamed('further.bin', 10)).status).toBe(429);
  });

  test('are not overshot by many at once', async () => {
    const { tus } = await setUp(995);
    const replies = await Promise.all(Array.from({ length: 12 }, (_, n) => tus.createNamed(`x${n}.bin`, 10)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(7);
  });

  test('count whether or not their length was said, and one of them can still say it', async () => {
    const { tus } = await setUp(999);
    const deferred = () =>
      tus.create({ 'upload-defer-length': '1', 'upload-metadata': metadata({ filename: 'later.bin' }) });
    const last = await deferred();
    expect(last.status).toBe(201);
    expect((await deferred()).status).toBe(429);
    const said = await tus.patch(idIn(last), 0, randomBytes(4), { 'upload-length': '4' });
    expect(said.status).toBe(204);
  });

  test('count also when something has come of them: each is a folder in Nextcloud', async () => {
    const { tus, ids } = await setUp(1_000);
    expect((await tus.patch(ids[0] ?? '', 0, randomBytes(1))).status).toBe(204);
    expect((await tus.createNamed('more.bin', 10)).status).toBe(429);
  });
});

describe('submissions to which nothing was sent', () => {
  let proxied: TestPortal;
  beforeAll(async () => {
    proxied = await startPortal({ config: { trustedProxies: networksOf('127.0.0.1') } });
  });
  afterAll(() => proxied.close());

  const tryToBegin = (token: string, { of = portal, from = '127.0.0.1' } = {}): Promise<Reply> =>
    ask(of.url, {
      method: 'POST',
      path: `/r/${token}/submissions`,
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify({ name: 'Hanako' }),
    });

  const linkIdOf = async (token: string, { db }: TestPortal): Promise<string> => {
    const [row] = await db
      .select()
      .from(links)
      .where(eq(links.tokenHash, hashToken(token)));
    if (row === undefined) throw new Error('no such link');
    return row.id;
  };

  /** So many of them by a link, as if they had been begun one by one. */
  const begun = async (
    of: OpenRequest,
    count: number,
    { at = portal, network = '127.0.0.1' } = {},
  ): Promise<void> => {
    const linkId = await linkIdOf(of.token, at);
    const rows = Array.from({ length: count }, () => ({
      requestId: of.id,
      linkId,
      receiptNumber: `T-${randomBytes(8).toString('hex')}`,
      credentialHash: hashToken(newToken()),
      folderName: 'nobody',
      network,
    }));
    await at.db.insert(submissions).values(rows);
  };

  /** Another link to the same request, as an invitation is. */
  const secondLink = async (of: OpenRequest): Promise<string> => {
    const token = newToken();
    await insertLink(portal.db, {
      requestId: of.id,
      kind: 'invitation',
      tokenHash: hashToken(token),
      tokenSealed: portal.composed.portal.sealing.seal(token, `link:${of.id}`),
    });
    return token;
  };

  test('are at most two hundred by one link from one network: then it is said when to come again; other links work', async () => {
    const flooded = await portal.openRequest();
    await begun(flooded, 199);
    expect((await tryToBegin(flooded.token)).status).toBe(201);
    const refused = await tryToBegin(flooded.token);
    expect([refused.status, codeOf(refused)]).toEqual([429, 'submission.too-many']);
    expect(refused.headers['retry-after']).toBe('300');
    expect((await tryToBegin(await secondLink(flooded))).status).toBe(201);
    expect((await tryToBegin(request.token)).status).toBe(201);
    expect((await tryToBegin(flooded.token)).status).toBe(429);
  });

  test('from one network do not lock out another; one subscriber has one, whatever his addresses', async () => {
    const flooded = await proxied.openRequest();
    await begun(flooded, 200, { at: proxied, network: '2001:db8:0:1::/64' });
    const beginFrom = async (from: string) => (await tryToBegin(flooded.token, { of: proxied, from })).status;
    expect(await beginFrom('2001:db8:0:1::7')).toBe(429);
    expect(await beginFrom('2001:db8:0:1:ffff::8')).toBe(429);
    expect(await beginFrom('2001:db8:0:2::7')).toBe(201);
    expect(await beginFrom('192.0.2.7')).toBe(201);
  });

  test('are at most twenty thousand by one link, from wherever they come', async () => {
    const flooded = await portal.openRequest();
    for (let n = 0; n < 10; n += 1) await begun(flooded, 2_000, { network: `198.51.100.${n}` });
    expect((await tryToBegin(flooded.token)).status).toBe(429);
    expect((await tryToBegin(request.token)).status).toBe(201);
  });

  test('are no such any more once a byte has come: there is room for one more', async () => {
    const flooded = await portal.openRequest();
    const mine = await portal.begin(flooded);
    await begun(flooded, 199);
    expect((await tryToBegin(flooded.token)).status).toBe(429);
    const tus = tusOf(portal, mine);
    const id = await tus.made('a.txt', 2);
    // An upload that was only created has brought nothing.
    expect((await tryToBegin(flooded.token)).status).toBe(429);
    expect((await tus.patch(id, 0, Buffer.from('a'))).status).toBe(204);
    expect((await tryToBegin(flooded.token)).status).toBe(201);
    expect((await tryToBegin(flooded.token)).status).toBe(429);
  });

  test('that have ended do not count', async () => {
    const flooded = await portal.openRequest();
    await begun(flooded, 200);
    expect((await tryToBegin(flooded.token)).status).toBe(429);
    await portal.db
      .update(submissions)
      .set({ state: 'discarded' })
      .where(eq(submissions.requestId, flooded.id));
    expect((await tryToBegin(flooded.token)).status).toBe(201);
  });

  test('do not keep those from going on who have begun', async () => {
    const flooded = await portal.openRequest();
    const mine = await portal.begin(flooded);
    await begun(flooded, 200);
    await portal.send(mine, { name: 'a.txt', content: 'a' });
    expect((await portal.finish(mine)).status).toBe(200);
  });
});
