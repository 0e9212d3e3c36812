/** What went wrong with the embedded PostgreSQL, in a sentence that says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** The part of a logger that is needed here; pino's fits. */
export interface EmbeddedLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The system's code of an error (`ENOENT`) or PostgreSQL's (`3D000`). */
export const codeOf = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
};

/** Ends as `task` does, but with `undefined` where it fails with one of these system codes. */
export const unless = async <T>(codes: readonly string[], task: Promise<T>): Promise<T | undefined> => {
  try {
    return await task;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
};
