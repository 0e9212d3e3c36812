import { account } from './en/account.ts';
import { api } from './en/api.ts';
import { audit } from './en/audit.ts';
import { consoleWords } from './en/console.ts';
import { failure } from './en/failures.ts';
import { importer } from './en/importer.ts';
import { mail } from './en/mail.ts';
import { notice } from './en/notices.ts';
import { people } from './en/people.ts';
import { layout, publicPages } from './en/public.ts';
import { send } from './en/send.ts';
import { problem, staff } from './en/staff.ts';
import type { Messages } from './messages.ts';

export const en: Messages = {
  layout,
  public: publicPages,
  send,
  staff,
  console: consoleWords,
  account,
  api,
  audit,
  people,
  importer,
  mail,
  problem,
  failure,
  notice,
};
