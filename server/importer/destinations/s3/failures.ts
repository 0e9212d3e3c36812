import { S3ServiceException } from '@aws-sdk/client-s3';
import { Failure, type FailureCode, type Retry } from '../../../lib/failure.ts';
import { failureOfStatus, retryAfter } from '../../../lib/outgoing/status.ts';

/** What staff can mend is worth waiting for: `later`. Names are those of Amazon's list of error responses. */
const meanings = new Map<string, [FailureCode, Retry]>([
  ...[
    'AccessDenied',
    'AllAccessDisabled',
    'AccountProblem',
    'ExpiredToken',
    'InvalidAccessKeyId',
    'InvalidToken',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
    'TokenRefreshRequired',
    'KMS.DisabledException',
  ].map((name): [string, [FailureCode, Retry]] => [name, ['destination.auth', 'later']]),
  ...[
    // Somebody is writing the same key at this moment: a twin of ours, most of the time.
    'ConditionalRequestConflict',
    'OperationAborted',
    // A twin or a clean-up took the unfinished upload away.
    'NoSuchUpload',
    'NoSuchBucket',
    // What arrived was not what was sent.
    'BadDigest',
    'IncompleteBody',
    'XAmzContentSHA256Mismatch',
    'XAmzContentChecksumMismatch',
    'InternalError',
    'QuotaExceeded',
    'RequestTimeout',
    'ServiceUnavailable',
    'SlowDown',
    'XMinioStorageFull',
  ].map((name): [string, [FailureCode, Retry]] => [name, ['destination.unavailable', 'later']]),
  // Of something that was asked for in the configuration.
  ['NotImplemented', ['destination.rejected', 'never']],
]);

/**
 * Failures and the signal's reason pass through; what the system says gets its code. The client's own error is not kept:
 * it can quote the key and what was signed.
 */
export const asFailure = (error: unknown): unknown => {
  if (error instanceof Failure || !(error instanceof Error) || error.name === 'AbortError') return error;
  const { status, headers } = replyOf(error);
  if (status === undefined) return error;
  const details = { status, code: error.name };
  const known = meanings.get(error.name);
  const later = retryAfter(headers['retry-after']);
  if (known !== undefined)
    return new Failure(known[0], {
      retry: known[0] === 'destination.unavailable' ? later : known[1],
      details,
    });
  // A success that can't be read, or that holds an error, may have been anything.
  if (status < 300) return new Failure('destination.unavailable', { retry: 'later', details });
  return failureOfStatus({ status, headers }, { code: error.name });
};

/** The name that the system gave to its error, or what its status stands for where it sent no body. */
export const errorName = (error: unknown): string | undefined =>
  error instanceof S3ServiceException ? error.name : undefined;

export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error ? replyOf(error).status : undefined;

/** Region that the bucket is in, where the system said so. */
export const bucketRegionOf = (error: unknown): string | undefined =>
  error instanceof Error ? replyOf(error).headers['x-amz-bucket-region'] : undefined;

interface Replied {
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

const replyOf = (error: Error): { status: number | undefined; headers: Record<string, string> } => {
  const { $metadata, $response } = error as Error & Replied;
  return {
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
    headers: $response?.headers ?? {},
  };
};
