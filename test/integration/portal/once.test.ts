import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgetKeys } from '../../../db/queries/idempotency.ts';
import { idempotencyKeys, requests } from '../../../db/schema/index.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

let portal: TestPortal;
let token: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
});

afterAll(() => portal.close());

const open = async (key: string, title: string, more: { token?: string; body?: unknown } = {}) => {
  const reply = await fetch(`${portal.url}/api/v1/requests`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${more.token ?? token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(more.body ?? { title }),
  });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, json: JSON.parse(text) as { code?: string } };
};
const opened = async (title: string) =>
  (await portal.db.select().from(requests).where(eq(requests.title, title))).length;

describe('a call with an Idempotency-Key', () => {
  test('that is sent again is given the same answer, and done once', async () => {
    const first = await open('"again"', 'Again');
    // As the draft writes a key, or bare.
    const second = await open('again', 'Again');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(await opened('Again')).toBe(1);
    // The answer tells a link.
    const kept = JSON.stringify(await portal.db.select().from(idempotencyKeys));
    expect(kept).not.toContain((JSON.parse(first.text) as { link: string }).link);
  });

  test('that asks for something else is refused', async () => {
    await open('other', 'One thing');
    const reply = await open('other', 'Another thing');
    expect([reply.status, reply.json.code]).toEqual([422, 'idempotency.key-reused']);
    expect(await opened('Another thing')).toBe(0);
  });

  test('of another token is another call', async () => {
    await open('shared', 'Of two');
    expect((await open('shared', 'Of two', { token: await portal.apiToken() })).status).toBe(201);
    expect(await opened('Of two')).toBe(2);
  });

  test('that is sent many times at once is done once', async () => {
    const key = randomUUID();
    const replies = await Promise.all(Array.from({ length: 6 }, () => open(key, 'At once')));
    expect(replies.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    for (const { status, json, headers } of replies.filter((reply) => reply.status !== 201))
      expect([status, json.code, headers.get('retry-after')]).toEqual([409, 'idempotency.under-way', '1']);
    expect(await opened('At once')).toBe(1);
  });

  test('that was refused did nothing, and may be corrected under its key', async () => {
    expect((await open('refused', '', { body: { title: 7 } })).status).toBe(400);
    expect((await open('refused', 'Corrected')).status).toBe(201);
  });

  test('is done again where its node died over it, and not while that lives', async () => {
    const died = async (node: string) => {
      await portal.db.delete(idempotencyKeys).where(eq(idempotencyKeys.key, 'died'));
      await open('died', 'Died');
      await portal.db
        .update(idempotencyKeys)
        .set({ answerSealed: null, leaseNode: node })
        .where(eq(idempotencyKeys.key, 'died'));
      return (await open('died', 'Died')).status;
    };
    expect(await died(portal.composed.portal.nodeId)).toBe(409);
    expect(await died('nod_dead')).toBe(201);
  });

  test('is remembered for 24 hours', async () => {
    const first = await open('aged', 'Aged');
    const age = (hours: number) =>
      portal.db
        .update(idempotencyKeys)
        .set({ createdAt: sql`now() - ${hours} * interval '1 hour'` })
        .where(eq(idempotencyKeys.key, 'aged'));
    await age(23);
    await forgetKeys(portal.db);
    expect((await open('aged', 'Aged')).text).toBe(first.text);
    await age(25);
    expect((await open('aged', 'Aged')).text).not.toBe(first.text);
    await age(25);
    await forgetKeys(portal.db);
    expect(await portal.db.select().from(idempotencyKeys).where(eq(idempotencyKeys.key, 'aged'))).toEqual([]);
  });

  test.each(['""', '"a"b"', 'a b', `"${'k'.repeat(256)}"`])('is refused with the key %s', async (key) => {
    expect(await open(key, 'Never')).toMatchObject({ status: 400, json: { code: 'input.invalid' } });
  });
});

test('the document tells of the key wherever a call may be repeated', async () => {
  const { paths } = (await (await fetch(`${portal.url}/api/openapi.json`)).json()) as {
    paths: Record<string, { post?: { parameters?: { name: string }[] } }>;
  };
  const takesKey = (path: string) =>
    paths[path]?.post?.parameters?.some(({ name }) => name === 'Idempotency-Key') ?? false;
  expect(['/requests', '/requests/{id}/close', '/requests/{id}/forms'].map(takesKey)).toEqual([
    true,
    true,
    false,
  ]);
});
