import type { PlainMessages } from './plain-messages.ts';
import type { ReceiptMessages, SentMessages } from './receipt-messages.ts';
import type { VerifyMessages } from './verify-messages.ts';

/** The pages behind a link, as the server renders them. */
export interface PublicMessages {
  deadline: string;
  grace: (p: { until: string }) => string;
  instructions: string;
  rules: {
    title: string;
    maxFileBytes: (p: { size: string }) => string;
    maxFiles: (p: { count: number }) => string;
    maxBytes: (p: { size: string }) => string;
    allowedTypes: (p: { types: string }) => string;
  };
  uploadOnly: string;
  forms: string;
  formsHint: string;
  password: { title: string; text: string; label: string; submit: string };
  closed: { title: string; text: string; whatNow: string };
  notFound: { title: string; text: string; whatNow: string };
  error: { title: string; reference: (p: { reference: string }) => string; back: string };
  receipt: ReceiptMessages;
  plain: PlainMessages;
  sent: SentMessages;
  verify: VerifyMessages;
}
