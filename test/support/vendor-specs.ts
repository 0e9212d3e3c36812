import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

/** A vendor's OpenAPI description, as far as requests are looked up in it. */
export interface VendorSpec {
  openapi: string;
  paths: Record<string, Record<string, Operation> | undefined>;
}

interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  requestBody?: { required?: boolean; content?: Record<string, { schema?: { properties?: object } }> };
}

/** Where the vendors' own descriptions lie: they are not part of this repository. */
export const vendorSpecsFolder = (): string =>
  resolve(process.env['VENDOR_SPECS'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'specs'));

const loaded = new Map<string, Promise<VendorSpec | undefined>>();

/**
 * Reads a description once.
 * @param name of a JSON or YAML file
 * @returns undefined, after one line that says so, where there is no folder of descriptions
 * @throws when the folder is there and the file is not: then somebody believes that it is checked
 */
export const loadVendorSpec = (name: string): Promise<VendorSpec | undefined> => {
  const known = loaded.get(name) ?? read(name);
  loaded.set(name, known);
  return known;
};

const read = async (name: string): Promise<VendorSpec | undefined> => {
  const folder = vendorSpecsFolder();
  if (!existsSync(folder)) {
    console.warn(
      `${name}: no folder of vendors' descriptions (VENDOR_SPECS): requests are not held against it`,
    );
    return undefined;
  }
  const text = await readFile(join(folder, name), 'utf8');
  return (name.endsWith('.json') ? JSON.parse(text) : parse(text)) as VendorSpec;
};

/** A request as it came in over the wire. */
export interface SeenRequest {
  method: string;
  /** Without the query; as the description spells it, so without a prefix that belongs to the server's address. */
  path: string;
  query: URLSearchParams;
  contentType: string | undefined;
  /** Of a JSON body, parsed; of a form, its parts by name. */
  body?: unknown;
}

/**
 * Holds requests against a description. Stricter than most of these are written: what they don't name, they are
 * taken to refuse, in the query and at the top of a body.
 * @returns what is wrong with a request; nothing where it is as described
 */
export const requestChecker = (spec: VendorSpec): ((request: SeenRequest) => string[]) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, logger: false });
  ajv.addSchema(asSchema(spec) as object, 'spec');
  const templates = Object.keys(spec.paths).map((template) => ({
    template,
    shape: new RegExp(
      `^${template.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`,
    ),
  }));
  const problemsOf = (pointer: string[], value: unknown): string[] => {
    const escaped = pointer.map((step) =>
      encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const validate = ajv.compile({ $ref: `spec#/${escaped.join('/')}` });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
  };
  return (request) => {
    const { path, query, contentType } = request;
    const method = request.method.toLowerCase();
    // A path without placeholders goes before one that has some.
    const fitting = templates
      .filter(({ shape, template }) => shape.test(path) && spec.paths[template]?.[method] !== undefined)
      .sort((a, b) => Number(a.template.includes('{')) - Number(b.template.includes('{')));
    const template = fitting[0]?.template;
    const operation = template === undefined ? undefined : spec.paths[template]?.[method];
    if (template === undefined || operation === undefined)
      return [`${request.method} ${path} is not described`];
    const problems = queryProblems(operation, query, (index, value) =>
      problemsOf(['paths', template, method, 'parameters', String(index), 'schema'], value),
    );
    const { requestBody } = operation;
    if (requestBody === undefined)
      return request.body === undefined ? problems : [...problems, 'a body where none is described'];
    const type = contentType?.split(';')[0]?.trim() ?? '';
    const described = requestBody.content?.[type];
    if (described === undefined) return [...problems, `${type} is not described as a body`];
    const known = Object.keys(described.schema?.properties ?? {});
    for (const key of Object.keys((request.body as object | undefined) ?? {}))
      if (known.length > 0 && !known.includes(key)) problems.push(`${key} is not described in the body`);
    if (type === 'application/json')
      problems.push(
        ...problemsOf(['paths', template, method, 'requestBody', 'content', type, 'schema'], request.body),
      );
    return problems.map((problem) => `${request.method} ${path}: ${problem}`);
  };
};

/**
 * What JSON Schema can read: an example with an `$id` would be taken for a schema of that name, and OpenAPI 3.0 says
 * `nullable` beside an `allOf`.
 */
const asSchema = (node: unknown, isMap = false): unknown => {
  if (Array.isArray(node)) return node.map((inner) => asSchema(inner));
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as { nullable?: unknown };
  const kept = isMap || nullable === undefined || 'type' in rest ? node : rest;
  const read = Object.fromEntries(
    Object.entries(kept)
      .filter(([key]) => isMap || (key !== 'example' && key !== 'examples'))
      .map(([key, inner]) => [key, asSchema(inner, key === 'properties')]),
  );
  return kept !== node && nullable === true ? { anyOf: [{ type: 'null' }, read] } : read;
};

/** `fields[0]=a&fields[1]=b` counts as the list `fields`, as well as `fields=a&fields=b`. */
const queryProblems = (
  { parameters = [] }: Operation,
  query: URLSearchParams,
  check: (index: number, value: unknown) => string[],
): string[] => {
  const given = new Map<string, string[]>();
  for (const [key, value] of query) {
    const name = key.replace(/\[\d*\]$/, '');
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const problems: string[] = [];
  const inQuery = parameters
    .map((parameter, index) => ({ ...parameter, index }))
    .filter(({ in: place }) => place === 'query');
  for (const name of given.keys())
    if (!inQuery.some((parameter) => parameter.name === name)) problems.push(`?${name} is not described`);
  for (const { name, required, schema, index } of inQuery) {
    const values = given.get(name);
    if (values === undefined) {
      if (required === true) problems.push(`?${name} is missing`);
      continue;
    }
    const { type } = (schema ?? {}) as { type?: string };
    const read = (text: string): unknown =>
      type === 'integer' || type === 'number' || type === 'boolean' ? JSON.parse(text) : text;
    problems.push(...check(index, type === 'array' ? values : read(values[0] ?? '')));
  }
  return problems;
};
