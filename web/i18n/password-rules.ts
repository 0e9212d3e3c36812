import type { Language } from './format.ts';
import type { WordParams } from './messages.ts';
import { wordsOf } from './words.ts';

const parts = {
  en: {
    limit: (limit: string) => `at least ${limit} characters`,
    numeric: 'a digit',
    special: 'a character that is no letter and no digit',
    upperLower: 'capital and small letters',
    uncommon: 'not to be among the common or leaked ones',
  },
  ja: {
    limit: (limit: string) => `${limit}文字以上`,
    numeric: '数字を含む',
    special: '記号を含む',
    upperLower: '大文字と小文字を含む',
    uncommon: 'よく使われるものや流出したものでない',
  },
} as const;

const more = ['numeric', 'special', 'upperLower', 'uncommon'] as const;

/** What Nextcloud asks of a password: `limit` characters, and what else is named. */
export const passwordRules = (language: Language, params: WordParams): string => {
  const words = parts[language];
  const limit = wordsOf(language).text(params, 'limit');
  return [
    ...(limit === undefined ? [] : [words.limit(limit)]),
    ...more.filter((name) => params[name] === 1).map((name) => words[name]),
  ].join(language === 'ja' ? '、' : ', ');
};
