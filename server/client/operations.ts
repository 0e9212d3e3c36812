import type { components, paths } from './document.ts';

/** What the portal tells and is told, by the name that its document has for it. */
export type Schemas = components['schemas'];

export type Method = 'get' | 'post' | 'patch' | 'delete';

/** The paths that know a method. */
export type PathsOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, unknown> ? P : never;
}[keyof paths];

export type OperationOf<P extends keyof paths, M extends Method> =
  paths[P] extends Record<M, infer O> ? O : never;

type Nothing = object;
type Given<K extends string, T> = [T] extends [undefined] ? Nothing : { [Key in K]: T };
type MayBeGiven<K extends string, T> = [T] extends [never] ? Nothing : { [Key in K]?: T };

type PathOf<O> = O extends { parameters: { path: infer T } } ? Given<'path', T> : Nothing;
type QueryOf<O> = O extends { parameters: { query: infer T } }
  ? Given<'query', T>
  : O extends { parameters: { query?: infer T } }
    ? MayBeGiven<'query', NonNullable<T>>
    : Nothing;
type BodyOf<O> = O extends { requestBody: { content: infer C } }
  ? C extends { 'application/json': infer T }
    ? { body: T }
    : { form: FormData }
  : Nothing;
type KeyOf<O> = O extends { parameters: { header?: infer H } }
  ? [H] extends [undefined]
    ? Nothing
    : {
        /** Made by itself where it is left out. One of your own also outlives your program. */
        idempotencyKey?: string;
      }
  : Nothing;

/** What a call is given. */
export type Asked<O> = PathOf<O> & QueryOf<O> & BodyOf<O> & KeyOf<O> & { signal?: AbortSignal };

type Content<T> = T extends { content: infer C }
  ? C extends { 'application/octet-stream': unknown }
    ? Uint8Array
    : C[keyof C]
  : undefined;

/** What a call that succeeds is answered. */
export type Answer<O> = O extends { responses: infer R }
  ? Content<R[Extract<keyof R, 200 | 201 | 204>]>
  : never;

interface Paged {
  next: string | null;
}

/** The lists that come in pages. */
export type ListPaths = {
  [P in PathsOf<'get'>]: Answer<OperationOf<P, 'get'>> extends Paged ? P : never;
}[PathsOf<'get'>];

/** One entry of a list. */
export type EntryOf<P extends ListPaths> = EntryIn<Answer<OperationOf<P, 'get'>>>;
type EntryIn<T> = { [K in keyof T]: T[K] extends readonly (infer E)[] ? E : never }[keyof T];

/** All that is optional may be left out together. */
export type Rest<T> = Nothing extends T ? [asked?: T] : [asked: T];
