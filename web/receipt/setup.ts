import type { ReceiptProgress } from '../../server/intake/describe-receipt.ts';
import type { Language } from '../i18n/format.ts';
import type { ReceiptLiveMessages, ReceiptMessages } from '../i18n/receipt-messages.ts';

/** What the receipt's page hands to its island: plain data, embedded as JSON. */
export interface ReceiptSetup {
  language: Language;
  messages: ReceiptLiveMessages;
  states: ReceiptMessages['state'];
  /** Of the receipt's page. Below it, `state.json` answers with a `ReceiptProgress`. */
  path: string;
  /** As the page shows it. */
  progress: ReceiptProgress;
}

export const receiptSetupId = 'receipt-setup';
/** What is drawn anew when a file has come further. */
export const receiptLiveId = 'receipt-live';
/** What is said aloud. */
export const receiptSaidId = 'receipt-said';
