import type { SeenCall } from '../../../standins/box/exchange.ts';
import { loadVendorSpec, requestChecker, type VendorSpec } from '../../../support/vendor-specs.ts';

type Schema = Record<string, unknown>;

/** What isn't named is refused at every depth, and forms are held against their schema like JSON. */
const strict = (value: unknown, inBody: boolean): unknown => {
  if (Array.isArray(value)) return value.map((each) => strict(each, inBody));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Schema = {};
  for (const [key, inner] of Object.entries(value)) {
    // It says nothing without a type, and the validator takes offence.
    if (key === 'nullable' && !('type' in value)) continue;
    copy[key] = key === 'allOf' ? strict(inner, false) : strict(inner, inBody || key === 'requestBody');
  }
  if (inBody && copy['type'] === 'object' && 'properties' in copy) copy['additionalProperties'] = false;
  if (inBody && 'content' in copy) {
    const content = copy['content'] as Schema;
    const form = content['multipart/form-data'] ?? content['application/x-www-form-urlencoded'];
    copy['content'] = { 'application/json': form, ...content };
  }
  return copy;
};

interface Header {
  name: string;
  in: string;
  required?: boolean;
}

const missingHeaders = (spec: VendorSpec, { method, path, headers }: SeenCall): string[] =>
  Object.entries(spec.paths)
    .filter(([template]) => new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path))
    .flatMap(([, operations]) => (operations?.[method.toLowerCase()]?.parameters ?? []) as Header[])
    .filter(
      (header) =>
        header.in === 'header' &&
        header.required === true &&
        headers[header.name.toLowerCase()] === undefined,
    )
    .map(({ name }) => `${method} ${path}: the header ${name} is missing`);

const load = async (): Promise<((call: SeenCall) => string[]) | undefined> => {
  const spec = await loadVendorSpec('box-openapi.json');
  if (spec === undefined) return undefined;
  const check = requestChecker(strict(spec, false) as VendorSpec);
  return (call) => [
    ...check({
      method: call.method,
      // Box describes what can be changed of an item in several places; links under a key of their own.
      path: call.method === 'PUT' && call.query.has('fields') ? `${call.path}#add_shared_link` : call.path,
      query: call.query,
      contentType: call.body === undefined ? call.headers['content-type'] : 'application/json',
      body: call.body,
    }),
    ...missingHeaders(spec, call),
  ];
};

const checker = await load();

/** What Box's own description would say against these requests; nothing where it is not at hand. */
export const vendorProblems = (calls: readonly SeenCall[]): string[] =>
  checker === undefined ? [] : calls.flatMap((call) => checker(call));

export const hasVendorSpec = checker !== undefined;
