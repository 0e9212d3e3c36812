/** Waits between attempts at one request: half an hour in all, so that a restart or a maintenance window passes. */
export const retryDelaysMs: readonly number[] = [
  0,
  1000,
  3000,
  5000,
  10_000,
  20_000,
  ...Array.from({ length: 60 }, () => 30_000),
];

/** An upload from which nothing is heard this long is begun again from where the server stands. */
export const stalledAfterMs = 60_000;

/** Silence that is worth telling the submitter. */
export const quietAfterMs = 5000;

/** Failures that time does not mend, although their status looks as if it might. */
const lasting = new Set([
  'nextcloud.conflict',
  'nextcloud.exists',
  'nextcloud.forbidden',
  'nextcloud.out-of-space',
  'nextcloud.rejected',
  'submission.sealed',
  'upload.complete',
  'upload.integrity',
  'upload.lost',
]);

/**
 * Whether the same request may succeed later, by itself.
 * @param status of the answer; 0: none came
 * @param code the failure's, where the answer carried one
 */
export const isWorthRetrying = (status: number, code?: string): boolean => {
  if (status === 507 || (code !== undefined && lasting.has(code))) return false;
  if (status < 400 || status >= 500) return true;
  return status === 408 || status === 409 || status === 423 || status === 425 || status === 429;
};

/** Whether trying again by hand makes sense: not when the file itself broke a rule, or the request is over. */
export const mayTryByHand = (status: number): boolean => ![400, 410, 413, 422].includes(status);

/** The wait before asking again whether everything is stored: a second at first, then up to five. */
export const pollDelayMs = (asked: number): number => Math.min(5000, Math.max(1000, (asked - 3) * 500));
