import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect } from 'vitest';
import * as tables from '../../../db/schema/index.ts';
import { type OpenRequest, startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

/** A portal before the tests of a file, as staff and programs look after its destinations and deliveries. */
export const setLedger = () => {
  const ledger = {} as { portal: TestPortal; token: string; cookie: string; dir: string };

  beforeAll(async () => {
    ledger.dir = await mkdtemp(join(tmpdir(), 'uketori-ledger-'));
    ledger.portal = await startPortal();
    ledger.token = await ledger.portal.apiToken();
    ledger.cookie = await ledger.portal.signIn();
  });

  afterAll(async () => {
    await ledger.portal.close();
    await rm(ledger.dir, { recursive: true, force: true });
  });

  const api = async (method: string, path: string, body?: unknown, bearer = ledger.token) => {
    const reply = await ask(ledger.portal.url, {
      method,
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: reply.status, headers: reply.headers, text: reply.body, json: jsonIn(reply.body) };
  };

  /** As the console's forms do it. */
  const post = (path: string, fields: Record<string, string> = {}) =>
    ask(ledger.portal.url, {
      method: 'POST',
      path: `/staff${path}`,
      headers: {
        cookie: ledger.cookie,
        'content-type': 'application/x-www-form-urlencoded',
        origin: new URL(ledger.portal.url).origin,
      },
      body: new URLSearchParams(fields).toString(),
    });

  let names = 0;
  const newDestination = async (more: Record<string, unknown> = {}) => {
    names += 1;
    const made = await api('POST', '/destinations', {
      kind: 'folder',
      name: `Folder ${names}`,
      config: { dir: ledger.dir },
      ...more,
    });
    expect(made.status).toBe(201);
    return made.json as { id: string; name: string };
  };

  /** A sealed submission on its way to a destination, in a state that the test wants. */
  const deliveryIn = async (
    state: 'waiting' | 'dead' | 'delivered',
    destination: { id: string; name: string },
    given: { request?: OpenRequest; name?: string } = {},
  ): Promise<string> => {
    const request =
      given.request ??
      (await ledger.portal.openRequest({ destinations: [destination.name], takeBackMinutes: 600 }));
    const begun = await ledger.portal.begin(request);
    await ledger.portal.send(begun, { name: given.name ?? 'a.txt', content: 'a' });
    await ledger.portal.finish(begun);
    const [row] = await ledger.portal.db
      .select()
      .from(tables.deliveries)
      .where(eq(tables.deliveries.submissionId, begun.submissionId));
    await ledger.portal.db
      .update(tables.deliveries)
      .set({ state, ...(state === 'dead' && { failureCode: 'destination.rejected', attempts: 3 }) })
      .where(eq(tables.deliveries.id, row?.id ?? ''));
    return row?.id ?? '';
  };

  const stateOf = async (id: string) => (await api('GET', `/deliveries/${id}`)).json.state as string;

  const lastAudit = async (subject: string) => {
    const [row] = await ledger.portal.db
      .select()
      .from(tables.auditEvents)
      .where(eq(tables.auditEvents.subject, subject))
      .orderBy(desc(tables.auditEvents.id))
      .limit(1);
    return row && [row.action, row.actor.split(':')[0]];
  };

  return Object.assign(ledger, { api, post, newDestination, deliveryIn, stateOf, lastAudit });
};

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each looked into by its own test
// oxlint-disable-next-line typescript/no-explicit-any
const jsonIn = (text: string): any => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
