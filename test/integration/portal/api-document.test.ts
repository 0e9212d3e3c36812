import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { array, assert, asyncProperty, constantFrom, integer, nat, oneof, string } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { throttles } from '../../../db/schema/index.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { ask } from './wire.ts';

/*
 * What the API answers fits its own document, whatever it is asked.
 */

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
}
interface Operation {
  parameters?: Parameter[];
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

let portal: TestPortal;
let token: string;
let document: Document;
let ajv: Ajv2020;
let ids: Record<string, string>;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.apiToken();
  const request = await portal.openRequest({ title: 'Documented' });
  const { submissionId } = await portal.submit(request, [{ name: 'a.txt', content: 'content' }]);
  ids = { '/requests/': request.id, '/submissions/': submissionId };
  document = JSON.parse((await ask(portal.url, { path: '/api/openapi.json' })).body) as Document;
  ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'document', ...document });
});

afterAll(() => portal.close());

/** References of the document begin at its root. */
const validatorOf = (schema: object): ValidateFunction =>
  ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object);

const gets = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    item.get === undefined ? [] : [{ path, operation: item.get }],
  );

const idFor = (path: string): string =>
  Object.entries(ids).find(([start]) => path.startsWith(start))?.[1] ?? 'unknown';

const get = (path: string) =>
  ask(portal.url, { path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } });

/** @returns what is wrong with an answer */
const misfit = ({ responses }: Operation, reply: Awaited<ReturnType<typeof get>>): unknown => {
  const type = String(reply.headers['content-type']).split(';')[0] ?? '';
  const told = responses[String(reply.status)] ?? responses.default;
  const content = told?.content?.[type];
  if (content === undefined) return `${String(reply.status)} ${type} is not in the document`;
  if (!type.endsWith('json') || content.schema === undefined) return undefined;
  const validate = validatorOf(content.schema);
  return validate(JSON.parse(reply.body)) ? undefined : validate.errors;
};

test('every answer to a reading call fits the document', async () => {
  const found: Record<string, unknown> = {};
  let good = 0;
  for (const { path, operation } of gets()) {
    const reply = await get(path.replaceAll(/\{[^}]+\}/g, () => encodeURIComponent(idFor(path))));
    if (reply.status === 200) good += 1;
    const wrong = misfit(operation, reply);
    if (wrong !== undefined) found[path] = wrong;
  }
  expect(found).toEqual({});
  expect(good).toBeGreaterThan(8);
});

test('whatever a reading call is asked, its answer fits the document and is no failure of ours', async () => {
  await assert(
    asyncProperty(
      nat(),
      array(
        oneof(
          string(),
          string({ unit: 'binary' }),
          integer().map(String),
          constantFrom('\u0000', "'", '%', '9999-99-99', '0000-01-01T00:00:00Z'),
        ),
        {
          minLength: 8,
          maxLength: 8,
        },
      ),
      async (which, values) => {
        await portal.db.delete(throttles);
        const all = gets();
        const { path, operation } = all[which % all.length] ??
          all[0] ?? { path: '/', operation: { responses: {} } };
        const query = new URLSearchParams();
        const asked = (operation.parameters ?? []).filter((each) => each.in === 'query');
        for (const [index, { name }] of asked.entries()) query.set(name, values[index] ?? '');
        const filled = path.replaceAll(/\{[^}]+\}/g, () => encodeURIComponent(idFor(path)));
        const reply = await get(`${filled}?${query.toString()}`);
        expect(reply.status).toBeLessThan(500);
        expect(misfit(operation, reply)).toBeUndefined();
      },
    ),
    { numRuns: 100 },
  );
});
