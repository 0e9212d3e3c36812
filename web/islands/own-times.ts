import { formatMoment, type Language } from '../i18n/format.ts';
import { fill } from '../i18n/template.ts';

/**
 * Adds to each moment of the page the reader's own time, where their clock shows another than the one it is written by.
 * Also to what is drawn later.
 */
export const showOwnTimes = (
  content: HTMLElement | null = document.querySelector('[data-own-time]'),
  ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone,
): void => {
  const words = content?.dataset.ownTime;
  if (!content || words === undefined) return;
  const language: Language = document.documentElement.lang === 'ja' ? 'ja' : 'en';
  const show = () => {
    for (const moment of content.querySelectorAll<HTMLTimeElement>('time[data-zone]:not([data-told])')) {
      const { zone = 'UTC', precision } = moment.dataset;
      const at = new Date(moment.dateTime);
      moment.dataset.told = '';
      if (wallClock(at, ownZone) === wallClock(at, zone)) continue;
      const own = document.createElement('span');
      own.className = 'own-time no-print';
      const time = formatMoment(language, at, ownZone, precision === 'seconds' ? 'seconds' : 'minutes');
      own.textContent = fill(language, words, { time });
      moment.closest('p, li, dd')?.append(' ', own);
    }
  };
  show();
  new MutationObserver(show).observe(content, { childList: true, subtree: true });
};

const wallClock = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
