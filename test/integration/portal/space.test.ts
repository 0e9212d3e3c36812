import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultUsers } from '../../standins/nextcloud/options.ts';
import { startPortal, type TestPortal, until } from '../../support/portal.ts';
import {
  codeOf,
  idIn,
  metadata,
  noticesOf,
  storedBelow,
  tusOf,
  untilStored,
  uploadsOfSubmission,
} from './wire.ts';

const KiB = 1024;
const quotaBytes = 1024 * KiB;

/** The portal's account has so little room; the others have no limit. */
const startSmall = (): Promise<TestPortal> =>
  startPortal({
    standinOptions: {
      users: defaultUsers.map((user) => (user.admin === true ? user : { ...user, quotaBytes })),
    },
  });

const setUp = async (portal: TestPortal) => {
  const request = await portal.openRequest();
  const begun = await portal.begin(request);
  return { request, begun, tus: tusOf(portal, begun) };
};

const outOfSpace = [507, 'nextcloud.out-of-space'];

describe('an account that has little room', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startSmall();
  });

  afterAll(() => portal.close());

  test('takes no file that is larger: it is refused before a byte flows, and staff are told', async () => {
    const { request, begun, tus } = await setUp(portal);
    const refused = await tus.createNamed('large.bin', 2 * quotaBytes);
    expect([refused.status, codeOf(refused)]).toEqual(outOfSpace);
    expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
    expect(storedBelow(portal, request.folder)).toEqual([]);
    const [notice] = await noticesOf(portal, 'nextcloud.out-of-space');
    expect(notice).toMatchObject({ level: 'problem', requestId: request.id, resolvedAt: null });
    expect(Object.keys(notice?.params ?? {})).toEqual(['title']);
  });

  test('does not tell the submitter how much room there is', async () => {
    const { tus } = await setUp(portal);
    const refused = await tus.createNamed('large.bin', 2 * quotaBytes);
    expect(JSON.parse(refused.body)).not.toHaveProperty('params');
    expect(refused.body).not.toMatch(/\d{6}/);
  });

  test('refuses it with its bytes at creation too, whole or not', async () => {
    const { begun, tus } = await setUp(portal);
    const refused = await tus.create(
      {
        'upload-length': String(2 * quotaBytes),
        'upload-metadata': metadata({ filename: 'large.bin' }),
        'content-type': 'application/offset+octet-stream',
      },
      randomBytes(100),
    );
    expect(refused.status).toBe(507);
    expect(await uploadsOfSubmission(portal, begun)).toEqual([]);
  });

  test('takes one that fits, up to its end', async () => {
    const { request, tus } = await setUp(portal);
    const id = await tus.made('small.bin', 100 * KiB);
    expect((await tus.patch(id, 0, randomBytes(100 * KiB))).status).toBe(204);
    await untilStored(portal, id);
    expect(storedBelow(portal, request.folder).filter((path) => path.endsWith('/small.bin'))).toHaveLength(1);
  });
});

describe('what is under way', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startSmall();
  });

  afterAll(() => portal.close());

  test('counts as announced in its own submission, until it is given up', async () => {
    const { tus } = await setUp(portal);
    const first = await tus.createNamed('a.bin', 600 * KiB);
    expect(first.status).toBe(201);
    const refused = await tus.createNamed('b.bin', 600 * KiB);
    expect([refused.status, codeOf(refused)]).toEqual(outOfSpace);
    expect((await tus.createNamed('c.bin', 300 * KiB)).status).toBe(201);
    expect((await tus.remove(idIn(first))).status).toBe(204);
    expect((await tus.createNamed('b.bin', 600 * KiB)).status).toBe(201);
  });

  test('shuts nobody else out by being announced, and does by what has come of it', async () => {
    const [one, other] = [await setUp(portal), await setUp(portal)];
    const announced = idIn(await one.tus.createNamed('a.bin', 600 * KiB));
    const beside = await other.tus.createNamed('b.bin', 600 * KiB);
    expect(beside.status).toBe(201);
    expect((await other.tus.remove(idIn(beside))).status).toBe(204);
    expect((await one.tus.patch(announced, 0, randomBytes(350 * KiB))).status).toBe(204);
    const refused = await other.tus.createNamed('b.bin', 600 * KiB);
    expect([refused.status, codeOf(refused)]).toEqual(outOfSpace);
  });
});

describe('a length that is said later', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startSmall();
  });

  afterAll(() => portal.close());

  test('is no way around it: what does not fit is refused when it is said', async () => {
    const { tus } = await setUp(portal);
    const deferred = () =>
      tus.create({ 'upload-defer-length': '1', 'upload-metadata': metadata({ filename: 'later.bin' }) });
    const fits = idIn(await deferred());
    expect((await tus.patch(fits, 0, randomBytes(10), { 'upload-length': '20' })).status).toBe(204);
    const id = idIn(await deferred());
    const refused = await tus.patch(id, 0, randomBytes(10), { 'upload-length': String(2 * quotaBytes) });
    expect([refused.status, codeOf(refused)]).toEqual(outOfSpace);
    expect((await tus.head(id)).headers['upload-offset']).toBe('0');
  });

  test('is said by many at once, and none of them is kept waiting by the others', async () => {
    const { begun, tus } = await setUp(portal);
    const created = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        tus.create({
          'upload-defer-length': '1',
          'upload-metadata': metadata({ filename: `later-${n}.bin` }),
        }),
      ),
    );
    const said = await Promise.all(
      created.map((reply) => tus.patch(idIn(reply), 0, randomBytes(4), { 'upload-length': '4' })),
    );
    expect(said.map(({ status }) => status)).toEqual(said.map(() => 204));
    await until('all of them', async () =>
      (await portal.status(begun)).files.every(({ state }) => state === 'stored'),
    );
  });

  test('keeps nobody else out, however much is said', async () => {
    const [one, other] = [await setUp(portal), await setUp(portal)];
    const id = idIn(
      await one.tus.create({
        'upload-defer-length': '1',
        'upload-metadata': metadata({ filename: 'endless.bin' }),
      }),
    );
    await one.tus.patch(id, 0, randomBytes(10), { 'upload-length': String(2 ** 50) });
    expect((await other.tus.createNamed('small.bin', 10)).status).toBe(201);
  });
});

describe('an account without a limit', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startPortal();
  });

  afterAll(() => portal.close());

  test('takes a file of any size that can be said', async () => {
    const { tus } = await setUp(portal);
    expect((await tus.createNamed('huge.bin', 2 ** 45)).status).toBe(201);
    expect(await noticesOf(portal, 'nextcloud.out-of-space')).toEqual([]);
  });
});
