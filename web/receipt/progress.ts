/** How far a submission and its files have come: what the portal answers at `…/state.json`. Moments are ISO 8601. */
export interface ReceiptProgress {
  state: 'open' | 'finishing' | 'sealed';
  /** Whether files are handed on at all. */
  handsOn: boolean;
  /** Nothing changes any more by itself. */
  isFinal: boolean;
  files: FileProgress[];
}

export interface FileProgress {
  name: string;
  /** Null while it is not known. */
  sizeBytes: number | null;
  state: 'uploading' | 'received' | 'stored' | 'imported' | 'withdrawn';
  storedAt?: string;
  importedAt?: string;
  withdrawnAt?: string;
}
