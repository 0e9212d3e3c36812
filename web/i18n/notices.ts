/** What staff can be told, by code. A notice's row carries one of these and the values its words name. */
export const noticeCodes = [
  'share.gone',
  'share.not-upload-only',
  'share.refused-at-opening',
  'nextcloud.connection-refused',
  'nextcloud.credentials-refused',
  'nextcloud.out-of-space',
  'nextcloud.password-traded',
  'upload.failed',
  'upload.lost',
  'upload.waiting',
  'destination.failing',
  'destination.gone',
  'file.quarantined',
  'file.unscanned',
  'scan.unavailable',
  'delivery.dead',
  'delivery.not-removed',
  'delivery.delivered',
  'mail.failing',
  'mail.given-up',
  'notification.failing',
  'notification.unknown-user',
  'submission.found',
  'submission.not-tidied',
  'submission.sealed',
  'submission.taken-back',
  'submission.unfinished',
] as const;

export type NoticeCode = (typeof noticeCodes)[number];

const known: ReadonlySet<string> = new Set(noticeCodes);

/** For codes that come from a row: a row written by a newer version may carry one that has no words here. */
export const isNoticeCode = (code: string): code is NoticeCode => known.has(code);
