import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { links, requests, shares, submissions } from '../../../db/schema/index.ts';
import {
  type Begun,
  type OpenRequest,
  partBytes,
  startPortal,
  type TestPortal,
  until,
} from '../../support/portal.ts';
import {
  ask,
  bare,
  codeOf,
  noticesOf,
  type Reply,
  shareOf,
  storedBelow,
  tusOf,
  untilStored,
  uploadFolders,
  uploadRow,
} from './wire.ts';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startPortal();
});

afterAll(() => portal.close());

afterEach(() => portal.standin.control.calm());

const html = { accept: 'text/html' };

const follow = (token: string, headers: Record<string, string> = html): Promise<Reply> =>
  ask(portal.url, { path: `/r/${token}`, headers });

const close = async (request: OpenRequest): Promise<number> => {
  const response = await fetch(`${portal.url}/api/v1/requests/${request.id}/close`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await portal.apiToken()}` },
  });
  return response.status;
};

/** Moves a request's deadline to so many minutes ago. */
const setDeadline = async (request: OpenRequest, minutesAgo: number, graceMinutes = 0): Promise<void> => {
  await portal.db
    .update(requests)
    .set({ deadlineAt: sql`now() - ${minutesAgo} * interval '1 minute'`, graceMinutes })
    .where(eq(requests.id, request.id));
};

/** The proof of a request's share is so old; left out: no longer fresh. */
const ageProof = async (request: OpenRequest, seconds = 61): Promise<void> => {
  await portal.db
    .update(shares)
    .set({ provenAt: sql`now() - ${seconds} * interval '1 second'` })
    .where(eq(shares.requestId, request.id));
};

const rowOf = async ({ submissionId }: Begun) => {
  const [row] = await portal.db.select().from(submissions).where(eq(submissions.id, submissionId));
  if (row === undefined) throw new Error('no such submission');
  return row;
};

const tryToBegin = (request: OpenRequest): Promise<Reply> =>
  ask(portal.url, {
    method: 'POST',
    path: `/r/${request.token}/submissions`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Hanako' }),
  });

describe('a link', () => {
  test('that is unknown and one that was revoked are the same 404, byte for byte', async () => {
    const request = await portal.openRequest();
    expect((await follow(request.token)).status).toBe(200);
    await portal.db.update(links).set({ revokedAt: sql`now()` }).where(eq(links.requestId, request.id));
    const never = request.token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
    for (const headers of [html, { accept: 'application/json' }]) {
      const [revoked, unknown] = [await follow(request.token, headers), await follow(never, headers)];
      expect(revoked.status).toBe(404);
      expect(bare(revoked)).toEqual(bare(unknown));
      expect(bare(await follow('x', headers))).toEqual(bare(unknown));
    }
    const [revoked, unknown] = [await tryToBegin(request), await tryToBegin({ ...request, token: never })];
    expect(revoked.status).toBe(404);
    expect(bare(revoked)).toEqual(bare(unknown));
  });

  test('to a request that is a draft still is unknown too', async () => {
    const request = await portal.openRequest();
    await portal.db.update(requests).set({ state: 'draft' }).where(eq(requests.id, request.id));
    expect(bare(await follow(request.token))).toEqual(bare(await follow('x')));
  });

  test('that is good but closed says so, and takes nothing', async () => {
    const request = await portal.openRequest({
      title: 'Annual report',
      instructions: 'Confidential instructions',
    });
    const begun = await portal.begin(request);
    expect(await close(request)).toBe(200);
    const page = await follow(request.token);
    expect(page.status).toBe(410);
    expect(page.body).toContain('Annual report');
    expect(page.body).not.toContain('Confidential instructions');
    expect(page.body).not.toContain('<form');
    const refused = await tryToBegin(request);
    expect([refused.status, codeOf(refused)]).toEqual([410, 'request.closed']);
    expect(codeOf(await tusOf(portal, begun).createNamed('a.txt', 1))).toBe('request.closed');
  });

  test('that is closed and has a password tells nothing of the request before it', async () => {
    const request = await portal.openRequest({ title: 'Merger with Acme', password: 'open sesame' });
    const opened = await ask(portal.url, {
      method: 'POST',
      path: `/r/${request.token}/password`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'password=open+sesame',
    });
    const cookie = opened.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    for (const expected of [200, 410]) {
      const stranger = await follow(request.token);
      expect([stranger.status, stranger.body.includes('Acme')]).toEqual([expected, false]);
      const known = await follow(request.token, { ...html, cookie });
      expect([known.status, known.body.includes('Acme')]).toEqual([expected, true]);
      await close(request);
    }
  });
});

describe('a deadline', () => {
  test('that has passed takes nothing new', async () => {
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    await setDeadline(request, 1);
    expect((await follow(request.token)).status).toBe(410);
    expect(codeOf(await tryToBegin(request))).toBe('request.closed');
    const refused = await tusOf(portal, begun).createNamed('a.txt', 1);
    expect([refused.status, codeOf(refused)]).toEqual([410, 'request.closed']);
  });

  test('that has passed, within its grace, takes what comes and marks it late', async () => {
    const request = await portal.openRequest();
    const inTime = await portal.submit(request, [{ name: 'a.txt', content: 'a' }]);
    await setDeadline(request, 1, 60);
    expect((await follow(request.token)).status).toBe(200);
    const late = await portal.submit(request, [{ name: 'b.txt', content: 'b' }]);
    expect([(await rowOf(inTime)).late, (await rowOf(late)).late]).toEqual([false, true]);
    expect(JSON.parse((await rowOf(late)).receiptText ?? '{}')).toMatchObject({ late: true });
    expect((await ask(portal.url, { path: late.description.receiptUrl ?? '' })).body).toContain(
      'Arrived after the deadline',
    );
    await setDeadline(request, 61, 60);
    expect((await follow(request.token)).status).toBe(410);
  });

  test('does not stop what was admitted in time: it is stored, and marked late', async () => {
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const id = await tus.made('slow.bin', 2000);
    expect((await tus.patch(id, 0, Buffer.alloc(1000))).status).toBe(204);
    await setDeadline(request, 1);
    expect((await tus.createNamed('new.txt', 1)).status).toBe(410);
    expect((await tus.patch(id, 1000, Buffer.alloc(1000))).status).toBe(204);
    await untilStored(portal, id);
    expect((await portal.finish(begun)).status).toBe(200);
    expect(await rowOf(begun)).toMatchObject({ state: 'sealed', late: true });
  });

  test('stops what was admitted in time after some hours', async () => {
    const request = await portal.openRequest();
    const tus = tusOf(portal, await portal.begin(request));
    const id = await tus.made('too-slow.bin', 2000);
    await tus.patch(id, 0, Buffer.alloc(1000));
    await setDeadline(request, 6 * 60 + 1);
    const refused = await tus.patch(id, 1000, Buffer.alloc(1000));
    expect([refused.status, codeOf(refused)]).toEqual([410, 'request.closed']);
    await setDeadline(request, 6 * 60 - 1);
    expect((await tus.patch(id, 1000, Buffer.alloc(1000))).status).toBe(204);
  });
});

describe('staff closing a request', () => {
  test('in the middle of an upload refuse its completion, remove its bytes, and keep what was stored', async () => {
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    await portal.send(begun, { name: 'stored.txt', content: 'stored' });
    const id = await tus.made('half.bin', 2000);
    await tus.patch(id, 0, Buffer.alloc(1000));
    expect(uploadFolders(portal)).toContain(`uketori-${id}`);
    expect(await close(request)).toBe(200);
    const refused = await tus.patch(id, 1000, Buffer.alloc(1000));
    for (const reply of [refused, await tus.createNamed('next.txt', 1)])
      expect([reply.status, codeOf(reply)]).toEqual([410, 'request.closed']);
    await until('the clean-up', () => !uploadFolders(portal).includes(`uketori-${id}`));
    expect(await rowOf(begun)).toMatchObject({ state: 'sealed', finishedBySubmitter: false });
    const { files } = JSON.parse((await rowOf(begun)).receiptText ?? '{}') as { files: { path: string }[] };
    expect(files.map(({ path }) => path)).toEqual(['stored.txt']);
    const unfinished = (await noticesOf(portal, 'submission.unfinished')).map(({ subject }) => subject);
    expect(unfinished).toContain(begun.submissionId);
    const stored = storedBelow(portal, request.folder);
    expect(stored.some((path) => path.endsWith('/stored.txt'))).toBe(true);
    expect(stored.some((path) => path.endsWith('/half.bin'))).toBe(false);
  });

  test('in the middle of a PATCH refuse the last byte of it', async () => {
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const content = Buffer.alloc(2 * partBytes);
    const id = await tus.made('under-way.bin', content.length);
    const patch = tus.openPatch(id, 0, content.length);
    patch.on('error', () => undefined);
    patch.write(content.subarray(0, partBytes + 10_000));
    await until('the first part', async () => (await uploadRow(portal, id)).offsetBytes > 0);
    expect(await close(request)).toBe(200);
    const status = new Promise<number>((resolve) => {
      patch.once('response', (response) => resolve(response.statusCode ?? 0));
      patch.once('close', () => resolve(0));
    });
    patch.end(content.subarray(partBytes + 10_000));
    expect(await status).not.toBe(204);
    expect(await uploadRow(portal, id)).toMatchObject({ state: 'abandoned' });
    expect(storedBelow(portal, request.folder).some((path) => path.endsWith('/under-way.bin'))).toBe(false);
  });

  test('leave a submission that has nothing stored as if it had never been', async () => {
    const request = await portal.openRequest();
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    const id = await tus.made('a.txt', 10);
    await close(request);
    expect(await rowOf(begun)).toMatchObject({ state: 'discarded', receiptText: null });
    for (const reply of [await tus.patch(id, 0, Buffer.alloc(10)), await tus.createNamed('b.txt', 1)])
      expect([reply.status, codeOf(reply)]).toEqual([410, 'request.closed']);
    expect((await portal.finish(begun)).status).toBe(410);
  });

  test('once more changes nothing', async () => {
    const request = await portal.openRequest();
    expect([await close(request), await close(request)]).toEqual([200, 200]);
    expect(await close({ ...request, id: 'req_unknown' })).toBe(404);
  });
});

describe('a share that is no longer as it was proven', () => {
  const uploads = async (request: OpenRequest) => {
    const begun = await portal.begin(request);
    const tus = tusOf(portal, begun);
    return { begun, tus, id: await tus.made('admitted.bin', 2000) };
  };

  test('set to 31 stops the intake at once, tells staff, and lets it go on when it is put right', async () => {
    const request = await portal.openRequest();
    const share = await shareOf(portal, request.id);
    const { tus, id } = await uploads(request);
    await tus.patch(id, 0, Buffer.alloc(1000));
    portal.standin.control.changeShare(share.id, { permissions: 31 });
    await ageProof(request);
    for (const refused of [
      await tus.patch(id, 1000, Buffer.alloc(1000)),
      await tus.createNamed('new.txt', 1),
    ])
      expect([refused.status, codeOf(refused)]).toEqual([503, 'request.intake-stopped']);
    // Not for the age of the proof: every next one is asked for anew, and refused.
    expect(codeOf(await tus.createNamed('new.txt', 1))).toBe('request.intake-stopped');
    const mine = async () =>
      (await noticesOf(portal, 'share.not-upload-only')).filter(({ subject }) => subject === request.id);
    expect(await mine()).toMatchObject([
      { level: 'problem', resolvedAt: null, params: { problem: 'permissions' } },
    ]);
    portal.standin.control.changeShare(share.id, { permissions: 4 });
    expect((await tus.patch(id, 1000, Buffer.alloc(1000))).status).toBe(204);
    expect((await tus.createNamed('new.txt', 1)).status).toBe(201);
    expect((await mine())[0]?.resolvedAt).not.toBeNull();
  });

  test('deleted stops the intake at once and tells staff', async () => {
    const request = await portal.openRequest();
    const { tus, id } = await uploads(request);
    portal.standin.control.deleteShare((await shareOf(portal, request.id)).id);
    await ageProof(request);
    const refused = await tus.patch(id, 0, Buffer.alloc(2000));
    expect([refused.status, codeOf(refused)]).toEqual([503, 'request.intake-stopped']);
    expect((await noticesOf(portal, 'share.gone')).map(({ subject }) => subject)).toContain(request.id);
    expect(await shareOf(portal, request.id)).toMatchObject({ state: 'gone' });
    expect(storedBelow(portal, request.folder).some((path) => path.endsWith('admitted.bin'))).toBe(false);
  });

  test('joined by a readable link on its folder stops the intake until that is gone', async () => {
    const request = await portal.openRequest();
    const { tus } = await uploads(request);
    const other = portal.standin.control.addShare(portal.standin.user.id, request.folder, 17);
    await ageProof(request);
    expect(codeOf(await tus.createNamed('new.txt', 1))).toBe('request.intake-stopped');
    portal.standin.control.deleteShare(other.id);
    expect((await tus.createNamed('new.txt', 1)).status).toBe(201);
  });

  test('is asked about once, however many ask at the same time', async () => {
    const request = await portal.openRequest();
    const { tus } = await uploads(request);
    const { id } = await shareOf(portal, request.id);
    await ageProof(request);
    portal.standin.requests.clear();
    const replies = await Promise.all(Array.from({ length: 8 }, (_, n) => tus.createNamed(`${n}.txt`, 1)));
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201));
    expect(portal.standin.requests.matching('GET', `/shares/${id}`)).toHaveLength(1);
  });

  test('is asked about again before it is too old, and nobody waits for that', async () => {
    const request = await portal.openRequest();
    const { tus } = await uploads(request);
    const { id } = await shareOf(portal, request.id);
    await ageProof(request, 50);
    const asked = portal.standin.control.fault({ path: `/shares/${id}`, action: { reply: 503 } });
    expect((await tus.createNamed('new.txt', 1)).status).toBe(201);
    await asked.hit();
    asked.remove();
  });

  test.each([
    ['the page is opened', (request: OpenRequest) => follow(request.token)],
    ['a submission begins', tryToBegin],
  ])('is asked about anew when %s, unless it is young', async (_, come) => {
    const request = await portal.openRequest();
    const { id } = await shareOf(portal, request.id);
    const asked = () => portal.standin.requests.matching('GET', `/shares/${id}`).length;
    portal.standin.requests.clear();
    await ageProof(request, 30);
    await come(request);
    expect(asked()).toBe(0);
    await ageProof(request, 50);
    await come(request);
    await expect.poll(asked).toBe(1);
  });

  test('is what the younger of two answers says, also to who asked before', async () => {
    const request = await portal.openRequest();
    // As if another node had asked after this one, and was told something else.
    await portal.db
      .update(shares)
      .set({ state: 'refused', provenAt: sql`now() + interval '1 minute'` })
      .where(eq(shares.requestId, request.id));
    expect(await portal.composed.portal.proofs.prove(request.id)).toBe('refused');
    expect(await shareOf(portal, request.id)).toMatchObject({ state: 'refused' });
  });

  test('is noticed by the sweep too, when nobody sends', async () => {
    const request = await portal.openRequest();
    portal.standin.control.deleteShare((await shareOf(portal, request.id)).id);
    await ageProof(request);
    await portal.composed.portal.proofs.sweep(60);
    expect((await noticesOf(portal, 'share.gone')).map(({ subject }) => subject)).toContain(request.id);
  });

  test('is no reason to stop while Nextcloud does not answer: not knowing is told as such', async () => {
    const request = await portal.openRequest();
    const { tus } = await uploads(request);
    await ageProof(request);
    portal.standin.control.set({ maintenance: true });
    const refused = await tus.createNamed('new.txt', 1);
    expect([refused.status, codeOf(refused)]).toEqual([503, 'nextcloud.maintenance']);
    expect(await shareOf(portal, request.id)).toMatchObject({ state: 'proven' });
    portal.standin.control.calm();
    expect((await tus.createNamed('new.txt', 1)).status).toBe(201);
  });
});

test('the page of a closed request says when its share was last proven, and that there is none now', async () => {
  const request = await portal.openRequest();
  const page = async () =>
    (
      await ask(portal.url, {
        path: `/staff/requests/${request.id}`,
        headers: { cookie: await portal.signIn(), accept: 'text/html' },
      })
    ).body;
  expect(await page()).not.toContain('There is no share in Nextcloud now');
  await close(request);
  expect(await page()).toMatch(
    /There is no share in Nextcloud now.*was last asked <time.*<details class="checks-over">.*check-held/s,
  );
});
