import { Failure, type FailureCode, type Retry } from '../../../lib/failure.ts';

/** Of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02, 7): all that servers of version 3 say. */
export const status = {
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;

/** The server's answer to one request that it didn't carry out. Its words are not kept: they can quote names. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`SFTP status ${status}`);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** An extension was asked for that the server doesn't offer. */
export class NotOffered extends Error {
  constructor(cause: unknown) {
    super('the server does not offer this', { cause });
    this.name = 'NotOffered';
  }
}

export const isStatus = (error: unknown, ...wanted: number[]): boolean =>
  error instanceof StatusError && wanted.includes(error.status);

/** What staff can mend is worth waiting for: `later`. */
const meanings = new Map<number, [FailureCode, Retry]>([
  [status.permissionDenied, ['destination.auth', 'later']],
  [status.unsupported, ['destination.rejected', 'never']],
]);

/** Failures, the signal's reason and what the source failed with pass through; what the server says gets its code. */
export const asFailure = (error: unknown): unknown => {
  if (!(error instanceof StatusError)) return error;
  const [code, retry] = meanings.get(error.status) ?? (['destination.unavailable', 'later'] as const);
  return new Failure(code, { retry, details: { status: error.status } });
};

export const unavailable = (details: Record<string, unknown>, cause?: unknown): Failure =>
  new Failure('destination.unavailable', { retry: 'later', details, cause });
