import type { components } from './document.ts';

/** Codes that this version knows. A newer portal may say others. */
export type ProblemCode = components['schemas']['ProblemCode'];

/** What a portal refused, or could not do. */
export class UketoriError extends Error {
  override readonly name = 'UketoriError';
  /** Stable; `unexpected-answer` where it was no portal that answered, but something in front of it. */
  readonly code: ProblemCode | 'unexpected-answer' | (string & {});
  readonly status: number;
  /** Whether the same may succeed later, unchanged. */
  readonly retry: boolean;
  /** Undefined where the portal does not say how long to wait. */
  readonly retryAfterMs: number | undefined;
  readonly params: Readonly<Record<string, string | number>>;
  /** Where what was sent breaks the schema. */
  readonly errors: readonly { path: string; message: string }[];

  constructor(status: number, told: Partial<Told>, retryAfterMs?: number) {
    super(told.title ?? told.message ?? `unexpected answer: ${status}`);
    this.status = status;
    this.code = told.code ?? 'unexpected-answer';
    this.retry = told.retry ?? [502, 503, 504].includes(status);
    this.retryAfterMs = retryAfterMs;
    this.params = told.params ?? {};
    this.errors = told.errors ?? [];
  }
}

/** The API says `title`, the public side `message`. */
interface Told {
  code: string;
  title: string;
  message: string;
  retry: boolean;
  params: Record<string, string | number>;
  errors: { path: string; message: string }[];
}

export const errorOf = async (response: Response): Promise<UketoriError> => {
  const text = await response.text();
  const told = readJson(text);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new UketoriError(response.status, told, Number.isFinite(seconds) ? seconds * 1000 : undefined);
};

const readJson = (text: string): Partial<Told> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};
