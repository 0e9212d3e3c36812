import { en } from './en.ts';
import { type Language, languages } from './format.ts';
import { ja } from './ja.ts';
import type { Messages } from './messages.ts';

export type { ConfirmedDeed } from './account-messages.ts';
export * from './format.ts';
export type { Messages, WordParams } from './messages.ts';
export { isNoticeCode, type NoticeCode, noticeCodes } from './notices.ts';

/** The cookie that keeps a chosen language. It holds `en` or `ja` and nothing else. */
export const languageCookie = 'language';

/** The query that the language switch adds to the page's own address: `?language=ja`. */
export const languageQuery = 'language';

const catalogues: Record<Language, Messages> = { en, ja };

/** Every word in one language: `const t = messagesFor(language); t.layout.skip`. */
export const messagesFor = (language: Language): Messages => catalogues[language];

/** The language that a text names, if it names one that we speak. */
export const parseLanguage = (
  text: string | undefined | null,
  offered: readonly Language[] = languages,
): Language | undefined => offered.find((language) => language === text);

/**
 * What was chosen wins, then the browser's order of preference, then the first that is offered.
 * @param acceptLanguage the header as it came: whatever can't be read is passed over
 */
export const chooseLanguage = (
  acceptLanguage: string | undefined | null,
  chosen: string | undefined | null,
  offered: readonly Language[] = languages,
): Language => {
  const own = parseLanguage(chosen, offered);
  if (own !== undefined) return own;
  const wishes = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...settings] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const quality = settings.find((setting) => setting.startsWith('q='))?.slice(2);
      return {
        language: parseLanguage(tag.split('-')[0], offered),
        quality: quality === undefined ? 1 : Number(quality),
      };
    })
    .filter((wish) => wish.language !== undefined && wish.quality > 0)
    .sort((a, b) => b.quality - a.quality);
  return wishes[0]?.language ?? offered[0] ?? 'en';
};
