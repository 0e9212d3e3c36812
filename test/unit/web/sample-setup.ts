import type { SendSetup } from '../../../web/components/send/setup.ts';
import { type Language, messagesFor } from '../../../web/i18n/index.ts';
import type { ChecklistSlot, Rules } from '../../../web/sending/rules.ts';

/** What a page hands to its island, for tests of what runs in it. */
export const sampleSetup = (
  rules: Rules,
  language: Language = 'en',
  checklist: ChecklistSlot[] = [],
): SendSetup => ({
  language,
  messages: messagesFor(language).send,
  marks: { required: messagesFor(language).layout.required, optional: messagesFor(language).layout.optional },
  submissionsPath: '/r/token/submissions',
  submissionPath: '/submissions',
  uploadsPath: '/uploads',
  verifyPath: '/verify',
  fields: [],
  rules,
  checklist: checklist.map((slot) => ({ ...slot, ruleLines: [] })),
  failureWords: {},
  mailsReceipt: false,
});
