/** What the page tells of the person who sends. */
export interface Details {
  name: string;
  email?: string;
  message?: string;
  answers: Record<string, string>;
}

/** A submission that was begun, and what alone opens it. */
export interface Opened {
  submissionId: string;
  credential: string;
  receiptNumber: string;
}

/** As the portal tells it. */
export interface SubmissionStatus {
  state: 'open' | 'finishing' | 'sealed' | 'discarded';
  receiptNumber: string;
  receiptUrl?: string;
  files: FileStatus[];
}

export interface FileStatus {
  uploadId: string;
  name: string;
  /** Null while its length is still to be said. */
  sizeBytes: number | null;
  state: 'uploading' | 'received' | 'stored' | 'failed' | 'abandoned' | 'withdrawn';
  offsetBytes: number;
  sha256?: string;
  storedAt?: string;
  failureCode?: string;
  /** As it was sent with the upload. */
  metadata: Record<string, string | null>;
}

/** A submission that this browser began and did not finish. */
export interface Unfinished extends Opened {
  /** When it was begun: ISO 8601, and an IANA name. */
  begun: { at: string; zone: string };
  submitterName: string;
  files: FileStatus[];
  /** The request takes nothing new any more; what was begun in time may still arrive. */
  isLate: boolean;
}
