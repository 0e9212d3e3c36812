import type { SlipReceipt } from '../../../web/pages/public/receipt.tsx';
import { issuedAtOf, type Receipt } from '../../intake/rules/receipt.ts';

/** A receipt as it is shown: only what its own text says. */
export const slipOf = (receipt: Receipt): SlipReceipt => ({
  number: receipt.number,
  supplementOf: receipt.supplementOf,
  requestTitle: receipt.request.title,
  organisation: receipt.request.organisation,
  submitterName: receipt.submitter.name,
  sealedAt: new Date(receipt.sealedAt),
  issuedAt: new Date(issuedAtOf(receipt)),
  late: receipt.late,
  finishedBySubmitter: receipt.finishedBySubmitter,
  files: receipt.files.map((file) => ({
    name: file.path,
    item: file.item,
    sizeBytes: file.sizeBytes,
    sha256: file.sha256,
    storedAt: new Date(file.storedAt),
  })),
  withdrawn: (receipt.withdrawn ?? []).map(({ path, at }) => ({ name: path, at: new Date(at) })),
});
