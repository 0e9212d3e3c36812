import type { DescribedDelivery } from '../../../db/queries/ledger.ts';

const columns = [
  'id',
  'key',
  'state',
  'request',
  'receipt',
  'submitter',
  'file',
  'destination',
  'kind',
  'attempts',
  'failure',
  'created',
  'delivered',
  'removed',
  'place',
  'link',
] as const;

/** Of the newest; more is for the API. */
export const mostCsvRows = 10_000;

/**
 * The ledger for a spreadsheet: RFC 4180, in UTF-8 with a byte order mark, without which Excel takes Japanese for something
 * else. A cell that a spreadsheet would calculate is made text by an apostrophe (OWASP: CSV injection).
 */
export const deliveriesAsCsv = (rows: readonly DescribedDelivery[]): string =>
  `\uFEFF${[columns.join(','), ...rows.map(lineOf)].join('\r\n')}\r\n`;

const lineOf = ({ delivery, destination, request, submission, file }: DescribedDelivery): string => {
  const result = delivery.result ?? {};
  const cells: Record<(typeof columns)[number], unknown> = {
    id: delivery.id,
    key: delivery.key,
    state: delivery.state,
    request: request.title,
    receipt: submission.receiptNumber,
    submitter: submission.submitterName,
    file: file?.path,
    destination: destination.name,
    kind: destination.kind,
    attempts: delivery.attempts,
    failure: delivery.failureCode,
    created: delivery.createdAt.toISOString(),
    delivered: delivery.deliveredAt?.toISOString(),
    removed: delivery.removedAt?.toISOString(),
    place: result.place,
    link: result.link,
  };
  return columns.map((column) => cellOf(cells[column])).join(',');
};

const cellOf = (value: unknown): string => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const inert = /^[=+\-@\t\r\n＝＋－＠]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
};
