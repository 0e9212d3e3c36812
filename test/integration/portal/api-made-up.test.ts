import { isDeepStrictEqual } from 'node:util';
import { sql } from 'drizzle-orm';
import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  double,
  integer,
  jsonValue,
  nat,
  oneof,
  option,
  record,
  string,
} from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertStaff } from '../../../db/queries/people.ts';
import { auditEvents, throttles } from '../../../db/schema/index.ts';
import { ApiDocument, type Call, type Document, type Schema } from '../../support/api-document.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask, type Reply } from './wire.ts';

/*
 * Whatever the API is asked, by calls that are made up from its document: no failure of ours, an answer that fits the
 * document, after a refusal nothing that was not there before, and a line in the audit log for every change.
 */

let portal: TestPortal;
let token: string;
let api: ApiDocument;
/** Something real of every kind, by the path that it is under. */
let ids: Record<string, string>;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  const { body } = await ask(portal.url, { path: '/api/openapi.json' });
  api = new ApiDocument(JSON.parse(body) as Document);
  await makeReal();
});

afterAll(() => portal.close());

const post = async (path: string, body: object): Promise<{ id: string }> => {
  const reply = await send('post', path, JSON.stringify(body));
  if (reply.status !== 201) throw new Error(`${path}: ${String(reply.status)} ${reply.body}`);
  return JSON.parse(reply.body) as { id: string };
};

let made = 0;
const makeReal = async () => {
  await portal.db.delete(throttles);
  made += 1;
  const request = await portal.openRequest({ title: 'Real', items: [{ label: 'Item', required: false }] });
  const { submissionId } = await portal.submit(request, [{ name: 'a.txt', content: 'content' }]);
  const person = await insertStaff(portal.db, {
    login: `real-${String(made)}`,
    name: 'Real',
    role: 'viewer',
  });
  ids = {
    '/requests/': request.id,
    '/submissions/': submissionId,
    '/people/': person?.id ?? '',
    '/templates/': (await post('/templates', { name: `Real ${String(made)}`, content: { title: 'Real' } }))
      .id,
    '/teams/': (await post('/teams', { name: `Real ${String(made)}` })).id,
  };
};

const send = (method: string, path: string, body?: string, type = 'application/json'): Promise<Reply> =>
  ask(portal.url, {
    method: method.toUpperCase(),
    path: `/api/v1${path}`,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body }),
  });

const odd: Arbitrary<string> = oneof(
  string(),
  string({ unit: 'binary' }),
  integer().map(String),
  constantFrom('\u0000', "'", '%', '\ud800', '../..', '9999-99-99', '0000-01-01T00:00:00Z', '9'.repeat(400)),
);

/** Mostly what a schema describes; now and then anything else. */
const fitting = (schema: Schema, depth = 0): Arbitrary<unknown> =>
  oneof(
    { weight: 12, arbitrary: described(schema, depth) },
    { weight: 1, arbitrary: oneof(odd, jsonValue()) },
  );

const described = (schema: Schema, depth: number): Arbitrary<unknown> => {
  if (typeof schema['$ref'] === 'string') return described(referred(schema['$ref']), depth);
  if (Array.isArray(schema['enum'])) return constantFrom(...(schema['enum'] as unknown[]));
  if ('const' in schema) return constant(schema['const']);
  const choices = (schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']) as Schema[] | undefined;
  if (choices !== undefined) return oneof(...choices.map((choice) => described(choice, depth)));
  const types = [schema['type'] ?? 'object'].flat() as string[];
  return oneof(...types.map((type) => ofType(type, schema, depth)));
};

const ofType = (type: string, schema: Schema, depth: number): Arbitrary<unknown> => {
  if (type === 'null') return constant(null);
  if (type === 'boolean') return boolean();
  if (type === 'integer' || type === 'number')
    return oneof(integer({ min: 0, max: 1000 }), integer(), double({ noDefaultInfinity: true, noNaN: true }));
  if (type === 'string') return text(schema);
  if (type === 'array')
    return array(fitting((schema['items'] as Schema | undefined) ?? {}, depth + 1), { maxLength: 3 });
  const required = (schema['required'] ?? []) as string[];
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  if (properties.length === 0 || depth > 4) return jsonValue({ maxDepth: 2 });
  const values = properties.map(([name, property]): [string, Arbitrary<unknown>] => {
    const value = fitting(property, depth + 1);
    const rarely = oneof({ weight: 5, arbitrary: constant(undefined) }, { weight: 1, arbitrary: value });
    return [name, required.includes(name) ? value : rarely];
  });
  return record(Object.fromEntries(values));
};

const text = ({ format }: Schema): Arbitrary<string> => {
  if (format === 'date-time')
    return oneof(constantFrom('2031-01-31T17:00:00+09:00', '2020-02-30T00:00:00Z'), odd);
  if (format === 'email') return oneof(constant('somebody@example.com'), odd);
  const usual = constantFrom('Title', 'pdf', 'Asia/Tokyo', 'key', 'folder', ...Object.values(ids));
  return oneof({ weight: 1, arbitrary: odd }, { weight: 3, arbitrary: usual });
};

const referred = (pointer: string): Schema =>
  api.document.components.schemas[pointer.slice(pointer.lastIndexOf('/') + 1)] ?? {};

const schemaOf = ({ operation }: Call): Schema | undefined =>
  operation.requestBody?.content['application/json']?.schema;

/** What it is asked: for what is real, or for what is not there. */
const pathOf = ({ path }: Call, isReal: boolean, other: string): string => {
  const id = Object.entries(ids).find(([start]) => path.startsWith(start))?.[1];
  let first = true;
  return path.replaceAll(/\{[^}]+\}/g, () => {
    const real = first && isReal ? id : undefined;
    first = false;
    return encodeURIComponent(
      real ?? (!/[\ud800-\udfff]/.test(other) && !/^\.{0,2}$/.test(other) ? other : 'x'),
    );
  });
};

const queryOf = ({ operation }: Call, values: readonly (string | undefined)[]): string => {
  const asked = (operation.parameters ?? []).filter((each) => each.in === 'query');
  const query = new URLSearchParams();
  for (const [index, { name }] of asked.entries()) {
    const value = values[index];
    if (value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
};

/** Everything that a call may change, but for what passes by itself: leases, proofs, throttles, who was there last. */
const everything = async () => {
  const whole = ['requests', 'checklist_items', 'request_forms', 'request_templates', 'request_destinations'];
  const people = ['staff', 'teams', 'team_members', 'password_tickets', 'destinations', 'notes', 'links'];
  const alike = [...whole, ...people, 'submissions', 'files'].map(
    (name) =>
      `select '${name}' as name, md5(string_agg(t::text, '|' order by t::text)) as state from ${name} t`,
  );
  const counted = ['shares', 'deliveries', 'api_tokens', 'mails', 'sessions'].map(
    (name) => `select '${name}', count(*)::text from ${name}`,
  );
  const rows = await portal.db.execute<{ name: string; state: string | null }>(
    sql.raw([...alike, ...counted].join(' union all ')),
  );
  const audited = (await portal.db.select({ id: auditEvents.id }).from(auditEvents)).length;
  return { state: rows.map(({ name, state }) => [name, state]), audited };
};

const carriedOut = new Set<string>();

const check = async (call: Call, path: string, body?: string, type?: string): Promise<void> => {
  await portal.db.delete(throttles);
  const before = await everything();
  const reply = await send(call.method, path, body, type);
  const asked = `${call.method} ${path} ${body ?? ''}: ${String(reply.status)} ${reply.body}`;
  const answered = { ...reply, type: String(reply.headers['content-type']) };
  const after = await everything();
  const isRefused = call.method === 'get' || reply.status >= 400;
  const isChanged = !isDeepStrictEqual(after.state, before.state);
  // With what was asked beside it, or nobody could ask it again.
  expect({
    asked,
    isOurFailure: reply.status >= 500,
    misfit: api.misfit(call, answered),
    isChangedWithoutRight: isRefused && (isChanged || after.audited !== before.audited),
    isChangedInSecret: isChanged && after.audited === before.audited,
  }).toEqual({
    asked,
    isOurFailure: false,
    misfit: undefined,
    isChangedWithoutRight: false,
    isChangedInSecret: false,
  });
  if (isRefused) return;
  carriedOut.add(`${call.method} ${call.path}`);
  if (call.method === 'delete') await makeReal();
};

const values = array(option(odd, { nil: undefined }), { minLength: 8, maxLength: 8 });
const callOf = (calls: readonly Call[], which: number): Call => {
  const call = calls[which % calls.length];
  if (call === undefined) throw new Error('no calls');
  return call;
};

test('whatever a reading call is asked', async () => {
  const reading = api.calls.filter(({ method }) => method === 'get');
  await assert(
    asyncProperty(nat(), boolean(), odd, values, async (which, isReal, other, queried) => {
      const call = callOf(reading, which);
      await check(call, `${pathOf(call, isReal, other)}${queryOf(call, queried)}`);
    }),
    { numRuns: 100 },
  );
}, 180_000);

test('whatever a writing call is sent', async () => {
  const writing = api.calls.filter(({ method, path }) => method !== 'get' && !path.startsWith('/tokens'));
  for (const call of writing) {
    const schema = schemaOf(call);
    await assert(
      asyncProperty(
        boolean(),
        odd,
        values,
        schema === undefined ? constant(undefined) : fitting(schema),
        async (isReal, other, queried, body) => {
          const path = `${pathOf(call, isReal, other)}${queryOf(call, queried)}`;
          await check(call, path, body === undefined ? undefined : JSON.stringify(body));
        },
      ),
      { numRuns: schema === undefined ? 4 : 12 },
    );
  }
  // Or refusals would be all that was looked at.
  expect(carriedOut.size).toBeGreaterThan(10);
}, 180_000);

test('a body that is none of JSON, or of another type', async () => {
  const writing = api.calls.filter((call) => schemaOf(call) !== undefined);
  await assert(
    asyncProperty(
      nat(),
      odd,
      constantFrom('application/json', 'text/plain', 'x/y'),
      async (which, body, type) => {
        const call = callOf(writing, which);
        await check(call, pathOf(call, true, 'x'), body, type);
      },
    ),
    { numRuns: 40 },
  );
}, 180_000);
