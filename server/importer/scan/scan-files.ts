import type { Database } from '../../../db/client.ts';
import type { LoadedDelivery } from '../../../db/queries/delivery-claims.ts';
import { recordScan, scannerWell, tellHeld, tellScannerAway } from '../../../db/queries/scans.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import type { Delivery } from '../destinations/destination.ts';
import type { Scanner } from './scanner.ts';

/**
 * Has every file of a delivery looked at that was not looked at yet, and says which of them may be delivered: those in
 * which nothing was found, and those that staff have released.
 * @returns ids of the files to leave out
 * @throws Failure `scan.unavailable` (later), `file.unscanned` (later) where the request holds back what was not scanned whole
 */
export const scanFiles = async (
  db: Database,
  scanner: Scanner | undefined,
  loaded: LoadedDelivery,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<Set<string>> => {
  const results = new Map(
    loaded.files.map((file) => [file.id, file.releasedAt === null ? file.scanResult : 'clean']),
  );
  for (const file of delivery.files) {
    if (scanner === undefined || results.get(file.id) !== null) continue;
    const verdict = await scanOne(db, scanner, file, signal);
    await recordScan(db, file.id, { ...verdict });
    results.set(file.id, verdict.result);
  }
  const idsOf = (...wanted: (string | null)[]) =>
    [...results].filter(([, result]) => wanted.includes(result)).map(([id]) => id);
  const unscanned = idsOf(null, 'over-limit');
  if (loaded.request.unscanned === 'hold' && unscanned.length > 0) {
    await tellHeld(db, {
      submissionId: loaded.submission.id,
      requestId: loaded.request.id,
      title: loaded.request.title,
      receipt: loaded.submission.receiptNumber,
      files: unscanned.length,
    });
    throw new Failure('file.unscanned', { retry: { afterMs: 3_600_000 }, details: { files: unscanned } });
  }
  return new Set(idsOf('found'));
};

const scanOne = async (
  db: Database,
  scanner: Scanner,
  file: Delivery['files'][number],
  signal: AbortSignal,
) => {
  try {
    const verdict = await scanner.scan(file, signal);
    await scannerWell(db);
    return verdict;
  } catch (error) {
    if (isFailure(error, 'scan.unavailable')) await tellScannerAway(db);
    throw error;
  }
};
