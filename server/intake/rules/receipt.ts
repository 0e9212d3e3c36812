/** What a receipt says. Field order is part of the signed text. */
export interface Receipt {
  format: 'uketori-receipt/1';
  number: string;
  request: { id: string; title: string };
  submitter: { name: string };
  sealedAt: string;
  late: boolean;
  finishedBySubmitter: boolean;
  files: ReceiptFile[];
}

export interface ReceiptFile {
  sentName: string;
  path: string;
  /** Label of the checklist item that it was sent for. Left out: none. */
  item?: string;
  sizeBytes: number;
  sha256: string;
  storedAt: string;
}

/** The receipt as it is signed and kept: byte for byte the same whenever it is shown. */
export const receiptText = (receipt: Receipt): string => JSON.stringify(receipt, null, 2);

export const parseReceipt = (text: string): Receipt => JSON.parse(text) as Receipt;
