import type { SendSetup } from '../../components/send/setup.ts';
import { formatDistance, formatMoment } from '../../i18n/format.ts';
import { fill } from '../../i18n/template.ts';

const everyMs = 30_000;

/** Keeps true how far away the deadline is, and says it in the reader's own time where that is another. */
export const watchDeadline = (
  { language, messages }: Pick<SendSetup, 'language' | 'messages'>,
  place: HTMLElement | null,
  ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone,
): void => {
  const moment = place?.querySelector('time');
  const distance = place?.querySelector('[data-distance]');
  const own = place?.querySelector<HTMLElement>('[data-own-time]');
  if (!moment || !distance || !own) return;
  const at = new Date(moment.dateTime);
  if (wallClock(at, ownZone) !== wallClock(at, place?.dataset.zone ?? 'UTC')) {
    own.textContent = fill(language, messages.ownTime, { time: formatMoment(language, at, ownZone) });
    own.hidden = false;
  }
  setInterval(() => {
    distance.textContent = `(${formatDistance(language, at, new Date())})`;
  }, everyMs);
};

const wallClock = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
