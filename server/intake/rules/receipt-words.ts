export type ReceiptLanguage = 'en' | 'ja';

export const receiptLanguages = ['en', 'ja'] as const satisfies readonly ReceiptLanguage[];

/** What stands before the values. */
export interface ReceiptWords {
  title: string;
  number: string;
  supplementOf: string;
  requestId: string;
  request: string;
  organisation: string;
  from: string;
  sealedAt: string;
  issuedAt: string;
  late: string;
  finished: string;
  yes: string;
  no: string;
  files: string;
  file: string;
  sentAs: string;
  item: string;
  size: string;
  bytes: string;
  sha256: string;
  storedAt: string;
  withdrawn: string;
  withdrawnAt: string;
  note: string;
  /** All of its files were taken back. */
  emptied: string;
  signature: string;
}

/**
 * The words of a receipt as text are part of its format, and no part of the catalogue: a word that changes here makes
 * every text that was given out before not genuine. Other words need another format beside this one.
 */
export const receiptWords: Record<ReceiptLanguage, ReceiptWords> = {
  en: {
    title: 'Receipt',
    number: 'Receipt number',
    supplementOf: 'Adds to receipt',
    requestId: 'Request ID',
    request: 'For',
    organisation: 'Received by',
    from: 'From',
    sealedAt: 'Completed',
    issuedAt: 'Issued',
    late: 'After the deadline',
    finished: 'Finished by the sender',
    yes: 'yes',
    no: 'no',
    files: 'Files',
    file: 'File',
    sentAs: 'Sent as',
    item: 'Item',
    size: 'Size',
    bytes: 'bytes',
    sha256: 'SHA-256',
    storedAt: 'Stored',
    withdrawn: 'Taken back',
    withdrawnAt: 'Taken back at',
    note: 'Note',
    emptied: 'all files have been taken back, and nothing is submitted with this receipt any more',
    signature: 'Signature (Ed25519)',
  },
  ja: {
    title: '受取証',
    number: '受取番号',
    supplementOf: '追加元の受取番号',
    requestId: '依頼ID',
    request: '件名',
    organisation: '提出先',
    from: '送付者',
    sealedAt: '受取完了日時',
    issuedAt: '発行日時',
    late: '期限後の到着',
    finished: '送付者による完了',
    yes: 'はい',
    no: 'いいえ',
    files: 'ファイル数',
    file: 'ファイル',
    sentAs: '送付時の名前',
    item: '提出項目',
    size: 'サイズ',
    bytes: 'バイト',
    sha256: 'SHA-256',
    storedAt: '保管日時',
    withdrawn: '取り下げ',
    withdrawnAt: '取り下げ日時',
    note: '注記',
    emptied: 'すべてのファイルが取り下げられ、この受取証で提出されているファイルはありません',
    signature: '電子署名 (Ed25519)',
  },
};
