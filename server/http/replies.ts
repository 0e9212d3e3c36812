import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { isDatabaseAway, isUnstorableText } from '../../db/errors.ts';
import { messagesFor } from '../../web/i18n/index.ts';
import { Failure } from '../lib/failure.ts';
import { statusOf } from './failures.ts';
import { languageOf } from './language.ts';

/** Whatever was thrown, as a failure that may be told: what nobody foresaw is `internal`, and says no more. */
export const asFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  // A body that is no JSON, where JSON was said to come.
  if (error instanceof HTTPException && error.status < 500)
    return new Failure('input.invalid', { cause: error });
  if (isUnstorableText(error)) return new Failure('input.invalid', { cause: error });
  if (isDatabaseAway(error))
    return new Failure('database.unavailable', { retry: { afterMs: 5_000 }, cause: error });
  return new Failure('internal', { retry: 'later', cause: error });
};

/** What programs are told of a failure: its code, words in their language, and values that are safe to show. */
export const failureBody = (c: Context, failure: Failure) => ({
  code: failure.code,
  /** Whether the same may succeed when it is tried again unchanged. */
  retry: failure.retry !== 'never',
  message: messagesFor(languageOf(c)).failure[failure.code](failure.params),
  ...(Object.keys(failure.params).length > 0 ? { params: failure.params } : {}),
  ...(typeof failure.params.field === 'string' ? { field: failure.params.field } : {}),
});

export const failureJson = (
  c: Context,
  failure: Failure,
  status: ContentfulStatusCode = statusOf[failure.code],
): Response => {
  setRetryAfter(c, failure);
  return c.json(failureBody(c, failure), status);
};

/** The same as RFC 9457 has it, which is how the API says it. @param errors where the input breaks the schema */
export const problemJson = (
  c: Context,
  failure: Failure,
  errors?: { path: string; message: string }[],
): Response => {
  setRetryAfter(c, failure);
  const { message, ...rest } = failureBody(c, failure);
  const status = statusOf[failure.code];
  return c.json(
    { type: `urn:uketori:${failure.code}`, title: message, status, ...rest, ...(errors && { errors }) },
    status,
    { 'Content-Type': 'application/problem+json' },
  );
};

/**
 * What Nextcloud counts over when it does not say so: an account makes at most 20 shares in ten minutes
 * (`UserRateLimit` of its ShareAPIController).
 */
const nextcloudCountsOverMs = 10 * 60_000;

/** Says in seconds when to try again, where that is known. */
export const setRetryAfter = (c: Context, failure: Failure): void => {
  const afterMs =
    typeof failure.retry === 'object'
      ? failure.retry.afterMs
      : failure.code === 'nextcloud.throttled'
        ? nextcloudCountsOverMs
        : undefined;
  if (afterMs !== undefined) c.header('Retry-After', String(Math.ceil(afterMs / 1000)));
};
