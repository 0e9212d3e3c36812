import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import {
  chooseLanguage,
  type Language,
  languageCookie,
  languageQuery,
  parseLanguage,
} from '../../web/i18n/index.ts';

/**
 * The language of a reply: what the switch says, else what was chosen before, else what the browser prefers.
 * @param offered those of a request's page
 */
export const languageOf = (c: Context, offered?: readonly Language[]): Language =>
  parseLanguage(c.req.query(languageQuery), offered) ??
  chooseLanguage(c.req.header('accept-language'), getCookie(c, languageCookie), offered);

/** Keeps a choice that was made with the switch. */
export const keepLanguage: MiddlewareHandler = async (c, next) => {
  const chosen = parseLanguage(c.req.query(languageQuery));
  if (chosen !== undefined) rememberLanguage(c, chosen);
  await next();
};

export const rememberLanguage = (c: Context, language: Language): void =>
  setCookie(c, languageCookie, language, {
    path: '/',
    sameSite: 'Lax',
    httpOnly: true,
    maxAge: 365 * 86_400,
  });
