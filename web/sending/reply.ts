/** A refusal or a fault, ready to be shown. */
export interface Problem {
  /** A failure's code, or '' where none was told. */
  code: string;
  words: string;
  /** 0: no answer came. */
  status: number;
  /** The field that it is about. */
  field?: string;
  /** The field's label: it is told for a request's own questions, not for the fixed fields. */
  label?: string;
}

export interface Fallback {
  failureWords: Record<string, string>;
  unreachable: string;
  internal: string;
}

const codeOfStatus: Record<number, string> = {
  401: 'auth.refused',
  404: 'not-found',
  410: 'request.closed',
  413: 'input.too-large',
  429: 'auth.throttled',
  507: 'nextcloud.out-of-space',
};

/** Reads `{code, message, field}` from an answer that may be anything: a proxy's page, or nothing at all. */
export const problemFrom = (status: number, body: string, fallback: Fallback): Problem => {
  const told = parse(body);
  const code = told.code ?? codeOfStatus[status] ?? '';
  const ours = fallback.failureWords[code];
  const words = told.message ?? ours ?? (status === 0 ? fallback.unreachable : fallback.internal);
  return { code: told.code ?? '', words, status, field: told.field, label: told.label };
};

const parse = (body: string): { code?: string; message?: string; field?: string; label?: string } => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const text = (source: object, key: string): string | undefined => {
    const found: unknown = Object.hasOwn(source, key) ? Reflect.get(source, key) : undefined;
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const params: unknown = Object.hasOwn(value, 'params') ? Reflect.get(value, 'params') : undefined;
  return {
    code: text(value, 'code'),
    message: text(value, 'message'),
    field: text(value, 'field'),
    label: typeof params === 'object' && params !== null ? text(params, 'label') : undefined,
  };
};

const fixedFields = new Set(['name', 'email', 'message']);

/** The name of the input that a refusal is about, if it is about one. A question may be called `name` as well. */
export const inputOf = (problem: Problem, keys: readonly string[]): string | undefined => {
  const field = problem.field?.replace(/^answers?\./, '');
  if (field === undefined) return undefined;
  const isQuestion = keys.includes(field) && (problem.label !== undefined || !fixedFields.has(field));
  if (isQuestion) return `answer.${field}`;
  return fixedFields.has(field) ? field : undefined;
};
