import type { SendSetup } from '../../components/send/setup.ts';
import { formatDistance } from '../../i18n/format.ts';

const everyMs = 30_000;

/** Keeps true how far away the deadline is. */
export const watchDeadline = ({ language }: Pick<SendSetup, 'language'>, place: HTMLElement | null): void => {
  const moment = place?.querySelector('time');
  const distance = place?.querySelector('[data-distance]');
  if (!moment || !distance) return;
  const at = new Date(moment.dateTime);
  setInterval(() => {
    distance.textContent = `(${formatDistance(language, at, new Date())})`;
  }, everyMs);
};
