import type { Answer, Asked, EntryOf, ListPaths, Method, OperationOf, PathsOf, Rest } from './operations.ts';
import { ask, type Repeats } from './wire.ts';

export type { Answer, Asked, EntryOf, ListPaths, OperationOf, PathsOf, Schemas } from './operations.ts';
export { type ProblemCode, UketoriError } from './problem.ts';
export { type Sending, type SendingOptions, type SendingState, startSending } from './sending.ts';

export interface ClientOptions extends Partial<Repeats> {
  /** The portal's address, as people open it. */
  url: string | URL;
  /** An API token, or where to get one: asked before every call. */
  token: string | (() => string | Promise<string>);
  /** Language of the words in errors. */
  language?: 'en' | 'ja';
  fetch?: typeof fetch;
}

type Call<M extends Method> = <P extends PathsOf<M>>(
  path: P,
  ...rest: Rest<Asked<OperationOf<P, M>>>
) => Promise<Answer<OperationOf<P, M>>>;

/** API v1, typed by its own document: paths, what they take, and what they answer. Every call rejects with `UketoriError`. */
export interface Client {
  get: Call<'get'>;
  /** Carried out once, also when the connection breaks and it is asked again: each call has an Idempotency-Key. */
  post: Call<'post'>;
  patch: Call<'patch'>;
  delete: Call<'delete'>;
  /** Every entry of a list, the newest first; pages are fetched as they are needed. */
  each<P extends ListPaths>(
    path: P,
    ...rest: Rest<Asked<OperationOf<P, 'get'>>>
  ): AsyncGenerator<EntryOf<P>, void, undefined>;
}

interface AnyAsked {
  path?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  form?: FormData;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** @throws TypeError for an address that is none */
export const createClient = (options: ClientOptions): Client => {
  const root = new URL(options.url);
  const fetcher = options.fetch ?? fetch;
  const repeats = { repeats: options.repeats ?? 4, longestPauseMs: options.longestPauseMs ?? 30_000 };
  const call = async (method: Method, path: string, asked: AnyAsked = {}): Promise<unknown> => {
    const key = method === 'post' && asked.form === undefined ? keyOf(asked) : undefined;
    const headers = new Headers({ Accept: 'application/json' });
    headers.set('Authorization', `Bearer ${await tokenOf(options)}`);
    if (options.language !== undefined) headers.set('Accept-Language', options.language);
    if (key !== undefined) headers.set('Idempotency-Key', `"${key}"`);
    if (asked.body !== undefined) headers.set('Content-Type', 'application/json');
    const init: RequestInit = {
      method: method.toUpperCase(),
      headers,
      body: asked.form ?? (asked.body === undefined ? null : JSON.stringify(asked.body)),
      signal: asked.signal ?? null,
    };
    const repeatable = method === 'get' || key !== undefined;
    const { status, type, bytes } = await ask(
      fetcher,
      { url: urlOf(root, path, asked), init, repeatable },
      repeats,
    );
    if (status === 204) return undefined;
    if (type.startsWith('application/octet-stream')) return bytes;
    const text = new TextDecoder().decode(bytes);
    return type.includes('json') ? JSON.parse(text) : text;
  };
  const of =
    <M extends Method>(method: M): Call<M> =>
    (path, ...[asked]) =>
      call(method, path, asked as AnyAsked) as Promise<never>;
  return {
    get: of('get'),
    post: of('post'),
    patch: of('patch'),
    delete: of('delete'),
    async *each(path, ...[asked]) {
      const { query, ...rest } = (asked ?? {}) as AnyAsked;
      for (
        let cursor: string | null | undefined = query?.['cursor'] as string | undefined;
        cursor !== null;
      ) {
        const page = (await call('get', path, { ...rest, query: { ...query, cursor } })) as {
          next: string | null;
        };
        yield* (Object.values(page).find(Array.isArray) ?? []) as never[];
        cursor = page.next;
      }
    },
  };
};

const keyOf = ({ idempotencyKey }: AnyAsked): string => idempotencyKey ?? crypto.randomUUID();

const tokenOf = ({ token }: ClientOptions): string | Promise<string> =>
  typeof token === 'string' ? token : token();

const urlOf = (root: URL, path: string, { path: names = {}, query = {} }: AnyAsked): URL => {
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) =>
    encodeURIComponent(names[name] ?? ''),
  );
  const url = new URL(`${root.pathname.replace(/\/$/, '')}/api/v1${filled}`, root);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
};
