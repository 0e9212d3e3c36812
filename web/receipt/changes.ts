import type { FileProgress, ReceiptProgress } from '../../server/intake/describe-receipt.ts';
import { visibleName } from '../components/visible-name.ts';
import { fill, fillCount } from '../i18n/template.ts';
import type { ReceiptSetup } from './setup.ts';

/** More than these are only counted aloud. */
const mostNamed = 3;
const firstMs = 3_000;
const mostMs = 60_000;

/** How long nothing is asked after so many answers that told nothing new. */
export const askAgainMs = (unchanged: number): number => Math.min(firstMs * 1.5 ** unchanged, mostMs);

/** What is new, in words for whoever does not see it. @returns '' when nothing is */
export const saidOf = (
  { language, messages, states }: Pick<ReceiptSetup, 'language' | 'messages' | 'states'>,
  before: ReceiptProgress,
  now: ReceiptProgress,
): string => {
  if (now.state === 'sealed' && before.state !== 'sealed') return messages.ready;
  const moved = now.files.filter((file) => !before.files.some((known) => isSame(known, file)));
  if (moved.length > mostNamed) return fillCount(language, messages.many, moved.length);
  return moved
    .map(({ name, state }) => fill(language, messages.one, { name: visibleName(name), state: states[state] }))
    .join(' ');
};

const isSame = (one: FileProgress, other: FileProgress): boolean =>
  one.name === other.name && one.state === other.state;
