import type { LayoutMessages } from '../messages.ts';
import type { PublicMessages } from '../public-messages.ts';
import { numberIn } from '../words.ts';
import { plain } from './plain.ts';
import { receipt, sent } from './receipt.ts';
import { verify } from './verify.ts';

const n = numberIn('en');

const files = (count: number): string => (count === 1 ? '1 file' : `${n(count)} files`);

export const layout: LayoutMessages = {
  product: 'Uketori',
  tagline: 'Collecting reports and documents',
  logo: 'Logo of the organisation that asks',
  skip: 'Skip to the content',
  language: 'Language',
  demoTitle: 'Demonstration',
  demoText:
    'Files go to a stand-in on this machine, not to a real Nextcloud. Don’t send anything that matters.',
  required: 'required',
  optional: 'optional',
  mistake: 'Please correct:',
  copy: 'Copy',
  copied: 'Copied',
  print: 'Print',
  ownTime: 'In your time zone: {time}',
};

export const publicPages: PublicMessages = {
  deadline: 'Deadline',
  grace: ({ until }) => `Files are still taken until ${until}, and marked as late.`,
  instructions: 'What is asked for',
  rules: {
    title: 'Limits',
    maxFileBytes: ({ size }) => `Up to ${size} for one file`,
    maxFiles: ({ count }) => `Up to ${files(count)}`,
    maxBytes: ({ size }) => `Up to ${size} in all`,
    allowedTypes: ({ types }) => `Only ${types}`,
  },
  forms: 'Forms to fill in',
  formsHint: 'Download them, fill them in, and send them with your files.',
  uploadOnly: 'Files can only be sent in here. Nobody can read what was sent through this link.',
  password: {
    title: 'A password is needed',
    text: 'The person who gave you this link has set a password for it. It was sent to you separately.',
    label: 'Password',
    submit: 'Continue',
  },
  closed: {
    title: 'This collection is closed',
    text: 'Your link is correct, but no more files are taken. What was sent before is safe, and its receipts stay valid.',
    whatNow: 'If you still have something to send, please ask the person who gave you the link.',
  },
  notFound: {
    title: 'This link doesn’t work',
    text: 'There is nothing at this address, or not any more.',
    whatNow:
      'Check that the whole link was copied. If it was, ask the person who gave it to you for a new one.',
  },
  error: {
    title: 'That did not work',
    reference: ({ reference }) => `Reference: ${reference}`,
    back: 'Back',
  },
  receipt,
  sent,
  plain,
  verify,
};
