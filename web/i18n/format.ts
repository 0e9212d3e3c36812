export type Language = 'en' | 'ja';

/** Each in its own words. */
export const languageNames: Record<Language, string> = { en: 'English', ja: '日本語' };

export const languages = ['en', 'ja'] as const satisfies readonly Language[];

/** Day before month and a 24-hour clock: read alike by most who read English and don't live in the United States. */
const locales: Record<Language, string> = { en: 'en-GB', ja: 'ja-JP' };

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * A size for people: `1.4 GB`, by 1024 as Windows, phones and Nextcloud count.
 * Rounded down, so that what is over a limit is never shown as equal to it.
 */
export const formatBytes = (language: Language, bytes: number): string => {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < units.length - 1) {
    value /= 1024;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : 1;
  const rounded = Math.floor(value * 10 ** digits) / 10 ** digits;
  const number = new Intl.NumberFormat(locales[language], { maximumFractionDigits: digits }).format(rounded);
  return `${number} ${units[step] ?? 'B'}`;
};

const counts = { en: new Intl.NumberFormat(locales.en), ja: new Intl.NumberFormat(locales.ja) };

/** A whole number with its groups: `1,234,567`. */
export const formatCount = (language: Language, count: number): string => counts[language].format(count);

/** `0.5` → `50%`, rounded down: 100% is said only when it is true. */
export const formatShare = (language: Language, share: number): string =>
  new Intl.NumberFormat(locales[language], { style: 'percent' }).format(Math.floor(share * 100) / 100);

/**
 * A moment with its day and the name of its zone: `Sun, 22 November 2026 at 17:00 GMT+9`.
 * @param zone IANA name; one that is not known here is shown as UTC rather than failing the page
 */
export const formatMoment = (
  language: Language,
  at: Date,
  zone: string,
  precision: 'minutes' | 'seconds' = 'minutes',
): string =>
  new Intl.DateTimeFormat(locales[language], {
    timeZone: isZone(zone) ? zone : 'UTC',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(precision === 'seconds' ? { second: '2-digit' as const } : {}),
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(at);

/** True for an IANA zone name that this machine knows. */
export const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const spans = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How far away a moment is: `in 3 days`, `12 seconds ago`. Whole units, cut and not rounded. */
export const formatDistance = (language: Language, at: Date, now: Date): string => {
  const seconds = Math.trunc((at.getTime() - now.getTime()) / 1000);
  const words = new Intl.RelativeTimeFormat(locales[language], { numeric: 'always' });
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
  return asWritten(language, words.format(Math.trunc(seconds / length), unit));
};

/** Japanese has no space between a number and its unit; not all versions of its locale data know. */
const asWritten = (language: Language, words: string): string =>
  language === 'ja' ? words.replaceAll(/\s/g, '') : words;

const formatUnit = (language: Language, value: number, unit: 'day' | 'hour' | 'minute' | 'second'): string =>
  asWritten(
    language,
    new Intl.NumberFormat(locales[language], { style: 'unit', unit, unitDisplay: 'long' }).format(value),
  );

/** A length of time in its largest whole unit, rounded up: `5 minutes`. */
export const formatSeconds = (language: Language, seconds: number): string => {
  const [unit, length] = spans.find(([, length]) => seconds >= length) ?? (['second', 1] as const);
  return formatUnit(language, Math.max(1, Math.ceil(seconds / length)), unit);
};

/** A length of time in hours and minutes, rounded up: `1 hour 20 minutes`. */
export const formatMinutes = (language: Language, seconds: number): string => {
  const minutes = Math.max(1, Math.ceil(seconds / 60));
  if (minutes < 60) return formatSeconds(language, minutes * 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const words = [
    formatUnit(language, hours, 'hour'),
    ...(rest === 0 ? [] : [formatUnit(language, rest, 'minute')]),
  ];
  return words.join(language === 'ja' ? '' : ' ');
};

/** `pdf, docx and txt`. */
export const formatList = (language: Language, items: readonly string[]): string =>
  new Intl.ListFormat(locales[language], { type: 'unit', style: 'short' }).format(items);
