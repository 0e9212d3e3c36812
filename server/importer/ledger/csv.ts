import type { DescribedDelivery } from '../../../db/queries/ledger.ts';
import { asCsv } from '../../lib/csv.ts';

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

/** The ledger for a spreadsheet. */
export const deliveriesAsCsv = (rows: readonly DescribedDelivery[]): string =>
  asCsv(columns, rows.map(cellsOf));

const cellsOf = ({
  delivery,
  destination,
  request,
  submission,
  file,
}: DescribedDelivery): Record<(typeof columns)[number], unknown> => {
  const result = delivery.result ?? {};
  return {
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
};
