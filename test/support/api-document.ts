import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { statusOf } from '../../server/http/failures.ts';
import type { FailureCode } from '../../server/lib/failure.ts';

export interface Operation {
  summary?: string;
  parameters?: { name: string; in: 'path' | 'query' | 'header' }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

export type Schema = Record<string, unknown>;

export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

interface Told {
  status: number;
  type: string;
  body: string;
}

export interface Call {
  method: string;
  /** As the document has it, below its server. */
  path: string;
  operation: Operation;
}

/** Says whether what the API answers is what its document says. */
export class ApiDocument {
  readonly document: Document;
  readonly calls: Call[];
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor(document: Document) {
    this.document = document;
    this.#ajv.addSchema({ $id: 'document', ...document });
    this.calls = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
    );
  }

  /** @param path of a call, below the document's server; one without placeholders goes before one that has some */
  find(method: string, path: string): Call | undefined {
    const fits = ({ path: template }: Call) =>
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path);
    return this.calls
      .filter((call) => call.method === method.toLowerCase() && fits(call))
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  }

  /** @returns what is wrong with an answer; undefined where it is as the document says */
  misfit({ operation }: Pick<Call, 'operation'>, { status, type: said, body }: Told): unknown {
    const type = said.split(';')[0] ?? '';
    const told = operation.responses[String(status)] ?? operation.responses['default'];
    if (status === 204) return told?.content === undefined && body === '' ? undefined : '204 with a body';
    const content = told?.content?.[type];
    if (content === undefined) return `${String(status)} ${type} is not in the document`;
    if (!type.endsWith('json') || content.schema === undefined) return undefined;
    const value: unknown = JSON.parse(body);
    const validate = this.#validatorOf(content.schema);
    if (!validate(value)) return validate.errors;
    return type === 'application/problem+json' ? misfitOfProblem(status, value as Problem) : undefined;
  }

  /** References of the document begin at its root. */
  #validatorOf(schema: Schema): ValidateFunction {
    const made =
      this.#validators.get(schema) ??
      this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object);
    this.#validators.set(schema, made);
    return made;
  }
}

interface Problem {
  code: FailureCode;
  status: number;
  type: string;
}

const misfitOfProblem = (status: number, { code, status: told, type }: Problem): string | undefined =>
  status === told && status === statusOf[code] && type === `urn:uketori:${code}`
    ? undefined
    : `${String(status)} with ${type}, ${String(told)} ${code}`;

type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>;

/** The same application, with an eye on what its API answers. */
export const watchApi = (app: Fetch): { fetch: Fetch; misfits: string[] } => {
  const misfits: string[] = [];
  let document: Promise<ApiDocument> | undefined;
  const read = async () =>
    new ApiDocument((await (await app(new Request('http://localhost/api/openapi.json'))).json()) as Document);
  const look = async ({ method, url }: Request, response: Response) => {
    document ??= read();
    const known = await document;
    const path = new URL(url).pathname.slice('/api/v1'.length);
    const call = known.find(method, path);
    if (call === undefined) return;
    const type = response.headers.get('content-type') ?? '';
    const wrong = known.misfit(call, { status: response.status, type, body: await response.clone().text() });
    if (wrong !== undefined)
      misfits.push(`${method} ${path}: ${typeof wrong === 'string' ? wrong : JSON.stringify(wrong)}`);
  };
  return {
    misfits,
    fetch: async (request, env) => {
      const response = await app(request, env);
      if (new URL(request.url).pathname.startsWith('/api/v1/')) await look(request, response);
      return response;
    },
  };
};
