import {
  isNoticeCode,
  type Language,
  languages,
  messagesFor,
  type WordParams,
} from '../../web/i18n/index.ts';
import { type Block, type Letter, renderLetter } from './letter.ts';

export interface ToldNotice {
  code: string;
  params: WordParams;
  requestId: string | null;
}

const mostLines = 25;

/** What staff and the portal itself have written. Names of files and folders are the submitter's, and stay in the console. */
const safeParams = ['title', 'receipt', 'destination', 'account', 'problem', 'reason'] as const;

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
    text: isNoticeCode(code) ? t.notice[code](safe(params)) : code,
    href: requestId === null ? undefined : new URL(`/staff/requests/${requestId}`, publicUrl).href,
  }));
  const left = notices.length - items.length;
  return [
    { kind: 'text', text: words.intro },
    { kind: 'list', items },
    ...(left > 0 ? [{ kind: 'text' as const, text: words.more({ count: left }) }] : []),
    { kind: 'link', text: words.open, href: new URL('/staff/notices', publicUrl).href },
    { kind: 'text', text: words.whom },
    { kind: 'text', text: t.mail.automatic },
  ];
};

const safe = (params: WordParams): WordParams =>
  Object.fromEntries(
    safeParams.flatMap((key) => {
      const value = params[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
