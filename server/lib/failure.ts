/**
 * Everything that can go wrong and that somebody is told about, by code.
 * Which HTTP status a code becomes stands in one table (`server/http/failures.ts`), and its words for
 * people in the message catalogue (`web/i18n/`): both are checked by the compiler to be complete.
 */
export const failureCodes = [
  'account.in-use',
  'account.not-connected',
  'account.not-yours',
  'api.throttled',
  'auth.not-admitted',
  'auth.provider-unavailable',
  'auth.refused',
  'auth.required',
  'auth.throttled',
  'auth.forbidden',
  'auth.foreign-origin',
  'database.unavailable',
  'delivery.destination-removed',
  'delivery.files-gone',
  'delivery.given-up',
  'delivery.not-over',
  'delivery.not-waiting',
  'delivery.refused-there',
  'delivery.unacknowledged',
  'destination.address-refused',
  'destination.auth',
  'destination.busy',
  'destination.conflict',
  'destination.in-use',
  'destination.invalid',
  'destination.name-taken',
  'destination.rejected',
  'destination.unavailable',
  'file.quarantined',
  'file.unknown',
  'file.unscanned',
  'form.empty',
  'form.too-large',
  'form.too-many',
  'idempotency.key-reused',
  'idempotency.under-way',
  'input.invalid',
  'input.too-large',
  'internal',
  'mail-share.address-invalid',
  'mail-share.too-many',
  'mail-share.unavailable',
  'method.not-allowed',
  'nextcloud.conflict',
  'nextcloud.credentials-refused',
  'nextcloud.exists',
  'nextcloud.failed',
  'nextcloud.forbidden',
  'nextcloud.locked',
  'nextcloud.maintenance',
  'nextcloud.not-found',
  'nextcloud.out-of-space',
  'nextcloud.rejected',
  'nextcloud.stalled',
  'nextcloud.throttled',
  'nextcloud.unexpected-reply',
  'nextcloud.unreachable',
  'not-found',
  'password.link-over',
  'password.not-repeated',
  'password.too-short',
  'password.wrong',
  'person.last-administrator',
  'person.login-taken',
  'person.nextcloud-user-taken',
  'request.closed',
  'request.intake-stopped',
  'request.folder-older',
  'request.item-in-use',
  'request.password-required',
  'request.password-weak',
  'request.question-answered',
  'request.being-opened',
  'request.under-way',
  'request.wrong-state',
  'scan.unavailable',
  'second-factor.changed',
  'second-factor.wrong',
  'share.not-upload-only',
  'submission.changed',
  'submission.empty',
  'submission.field-invalid',
  'submission.field-late',
  'submission.field-missing',
  'submission.items-missing',
  'submission.password-wrong',
  'submission.sealed',
  'submission.too-many',
  'submission.unfinished',
  'take-back.handed-on',
  'take-back.over',
  'team.in-use',
  'team.name-taken',
  'template.name-taken',
  'upload.busy',
  'upload.checksum-invalid',
  'upload.checksum-mismatch',
  'upload.complete',
  'upload.content-other',
  'upload.integrity',
  'upload.length-invalid',
  'upload.longer-than-said',
  'upload.lost',
  'upload.metadata-invalid',
  'upload.name-control-character',
  'upload.name-empty',
  'upload.name-forbidden',
  'upload.name-path',
  'upload.name-too-long',
  'upload.not-offered',
  'upload.offset-mismatch',
  'upload.too-large',
  'upload.too-many',
  'upload.too-many-open',
  'upload.total-too-large',
  'upload.type-not-allowed',
] as const;

export type FailureCode = (typeof failureCodes)[number];

/** Whether the same thing may succeed when tried again unchanged: never, later, or not before a while. */
export type Retry = 'never' | 'later' | { afterMs: number };

export interface FailureOptions {
  retry?: Retry;
  /** Values that the message for people names (`{limit}`, `{name}`): safe to show to anyone. */
  params?: Record<string, string | number>;
  /** For operators: goes to the log, never into a reply. Holds no secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** The one error class that crosses rooms. Branch on `code`, never on `message`. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly retry: Retry;
  readonly params: Readonly<Record<string, string | number>>;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: FailureCode, options: FailureOptions = {}) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.retry = options.retry ?? 'never';
    this.params = options.params ?? {};
    this.details = options.details ?? {};
  }
}

export const isFailure = (error: unknown, ...codes: FailureCode[]): error is Failure =>
  error instanceof Failure && (codes.length === 0 || codes.includes(error.code));

/** True for what may pass by itself. An error that is no Failure is unknown, and so worth another try. */
export const mayPass = (error: unknown): boolean => !(error instanceof Failure) || error.retry !== 'never';

/** What a failure knows besides its code, a line each, for operators. */
export const detailLines = (details: Record<string, unknown>): string[] =>
  Object.entries(details).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
