import { type Language, languages, messagesFor } from '../../web/i18n/index.ts';
import { type Block, type Letter, renderLetter } from './letter.ts';
import { noticesPage, noticeText, requestPage, type ToldNotice } from './notice-words.ts';

const mostLines = 25;

/** What staff are told, in every language: nobody on the staff has chosen one. */
export const digestLetter = (notices: readonly ToldNotice[], options: { publicUrl: URL }): Letter => {
  const subject = languages
    .map((language) => messagesFor(language).mail.digest.subject({ count: notices.length }))
    .join(' / ');
  return renderLetter(
    `${messagesFor('en').layout.product}: ${subject}`,
    languages.map((language) => ({ language, blocks: blocksIn(language, notices, options) })),
  );
};

const blocksIn = (
  language: Language,
  notices: readonly ToldNotice[],
  { publicUrl }: { publicUrl: URL },
): Block[] => {
  const t = messagesFor(language);
  const words = t.mail.digest;
  const items = notices.slice(0, mostLines).map(({ code, params, requestId }) => ({
    text: noticeText(language, { code, params }),
    href: requestId === null ? undefined : requestPage(requestId, publicUrl).href,
  }));
  const left = notices.length - items.length;
  return [
    { kind: 'text', text: words.intro },
    { kind: 'list', items },
    ...(left > 0 ? [{ kind: 'text' as const, text: words.more({ count: left }) }] : []),
    { kind: 'link', text: words.open, href: noticesPage(publicUrl).href },
    { kind: 'text', text: words.whom },
    { kind: 'text', text: t.mail.automatic },
  ];
};
