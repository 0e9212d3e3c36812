import { formatBytes, formatCount, formatSeconds, type Language } from './format.ts';
import type { WordParams } from './messages.ts';

/** Reads the values of a failure or notice for its words; what is missing or of another kind is undefined. */
export const wordsOf = (language: Language) => ({
  text: (params: WordParams, key: string): string | undefined => {
    const value = params[key];
    if (typeof value === 'number') return formatCount(language, value);
    return value === undefined || value === '' ? undefined : value;
  },
  size: (params: WordParams, key: string): string | undefined => {
    const value = params[key];
    return typeof value === 'number' ? formatBytes(language, value) : undefined;
  },
  time: (params: WordParams, key: string): string | undefined => {
    const value = params[key];
    return typeof value === 'number' ? formatSeconds(language, value) : undefined;
  },
});

/** A number in a sentence, with its groups: `1,234`. */
export const numberIn =
  (language: Language) =>
  (count: number): string =>
    formatCount(language, count);

/** In English: `1 file`, `1,234 files`. */
export const plural = (count: number, one: string, other: string): string =>
  `${formatCount('en', count)} ${count === 1 ? one : other}`;
