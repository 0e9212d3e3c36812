import type { RequestField } from '../../../db/schema/requests.ts';
import type { Language } from '../../i18n/format.ts';
import type { SendMessages } from '../../i18n/send-messages.ts';
import type { ChecklistSlot, Rules } from '../../sending/rules.ts';
import type { Unfinished } from '../../sending/status.ts';

/** The sending that is added to: who sends is known from it. */
export interface Supplement {
  submissionId: string;
  number: string;
  name: string;
  email?: string | undefined;
  answers: { label: string; value: string }[];
}

/** The place of a checklist item, as it is drawn. */
export interface ShownSlot extends ChecklistSlot {
  /** Its rules in words. */
  ruleLines: string[];
}

/** What the page hands to its island: plain data, embedded as JSON. */
export interface SendSetup {
  language: Language;
  messages: SendMessages;
  marks: { required: string; optional: string };
  /** POST makes a submission: `/r/{token}/submissions`. */
  submissionsPath: string;
  /** Below it each submission answers: `/submissions/{submissionId}`. */
  submissionPath: string;
  verifyPath: string;
  /** The tus endpoint. */
  uploadsPath: string;
  /** The worker's script. */
  backgroundScript?: string;
  fields: RequestField[];
  /** What this browser began by this link and did not finish. */
  unfinished?: Unfinished;
  supplement?: Supplement | undefined;
  rules: Rules;
  /** What is expected by name, each with a place of its own; empty: one place for all. */
  checklist: ShownSlot[];
  /** Whether whoever gives an address is sent a mail. */
  mailsReceipt: boolean;
  /** Words for failures that come as a bare code. */
  failureWords: Record<string, string>;
}

/** The element that holds the form, and the one that holds its `SendSetup`. */
export const sendRootId = 'send';
export const sendSetupId = 'send-setup';
/** Around the deadline, which the island keeps true. */
export const deadlineId = 'deadline';

/** Where the keyboard goes when the receipt appears, or when there is something to correct. */
export const receiptHeadingId = 'receipt-heading';
export const failureId = 'send-failure';
/** When sending begins, and when it is for the submitter to decide about the rest. */
export const sendingHeadingId = 'sending-title';
export const restId = 'send-rest';
/** A template of what makes this device forget: for when there is something to forget. */
export const forgetId = 'forget';

/** The input's name for an answer: it never meets the fixed ones. */
export const answerName = (key: string): string => `answer.${key}`;
