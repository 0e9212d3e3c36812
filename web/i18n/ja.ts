import { account } from './ja/account.ts';
import { api } from './ja/api.ts';
import { audit } from './ja/audit.ts';
import { consoleWords } from './ja/console.ts';
import { failure } from './ja/failures.ts';
import { importer } from './ja/importer.ts';
import { mail } from './ja/mail.ts';
import { notice } from './ja/notices.ts';
import { people } from './ja/people.ts';
import { layout, publicPages } from './ja/public.ts';
import { send } from './ja/send.ts';
import { problem, staff } from './ja/staff.ts';
import type { Messages } from './messages.ts';

export const ja: Messages = {
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
