/** What a receipt says. Field order is part of the signed text. */
export interface Receipt {
  /** 1 is read, and issued no more: it has neither `organisation` nor `supplementOf` nor `issuedAt` nor `withdrawn`. */
  format: 'uketori-receipt/1' | 'uketori-receipt/2';
  number: string;
  /** The number of the receipt that this one adds to. */
  supplementOf?: string | undefined;
  /** `organisation`: who received, as their Nextcloud calls them; left out where it does not, and in format 1. */
  request: { id: string; title: string; organisation?: string | undefined };
  submitter: { name: string };
  sealedAt: string;
  /** A later one of the same number stands in place of an earlier one. */
  issuedAt?: string;
  late: boolean;
  finishedBySubmitter: boolean;
  files: ReceiptFile[];
  /** Taken back since it was sealed. */
  withdrawn?: { path: string; at: string }[];
}

export interface ReceiptFile {
  sentName: string;
  path: string;
  /** Label of the checklist item that it was sent for. Left out: none. */
  item?: string | undefined;
  sizeBytes: number;
  sha256: string;
  storedAt: string;
}

/** When it was said what it says. */
export const issuedAtOf = (receipt: Receipt): string => receipt.issuedAt ?? receipt.sealedAt;

/** The receipt as it is signed and kept: byte for byte the same whenever it is shown. */
export const receiptText = (receipt: Receipt): string => JSON.stringify(receipt, null, 2);

export const parseReceipt = (text: string): Receipt => JSON.parse(text) as Receipt;
