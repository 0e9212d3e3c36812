import { isNoticeCode, type Language, messagesFor, type WordParams } from '../../web/i18n/index.ts';

/** What a notice says outside the console. */

export interface ToldNotice {
  code: string;
  params: WordParams;
  requestId: string | null;
}

/** What staff and the portal itself have written. Names of files and folders are the submitter's, and stay in the console. */
const safeParams = ['title', 'receipt', 'destination', 'account', 'problem', 'reason'] as const;

export const noticeText = (
  language: Language,
  { code, params }: Pick<ToldNotice, 'code' | 'params'>,
): string => (isNoticeCode(code) ? messagesFor(language).notice[code](safe(params)) : code);

const safe = (params: WordParams): WordParams =>
  Object.fromEntries(
    safeParams.flatMap((key) => {
      const value = params[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );

export const requestPage = (requestId: string, publicUrl: URL): URL =>
  new URL(`/staff/requests/${requestId}`, publicUrl);

export const noticesPage = (publicUrl: URL): URL => new URL('/staff/notices', publicUrl);
