import type { FailureCode } from '../../server/lib/failure.ts';
import type { AccountMessages } from './account-messages.ts';
import type { ApiMessages } from './api-messages.ts';
import type { AuditMessages } from './audit-messages.ts';
import type { ConsoleMessages } from './console-messages.ts';
import type { ImporterMessages } from './importer-messages.ts';
import type { MailMessages } from './mail-messages.ts';
import type { NoticeCode } from './notices.ts';
import type { PeopleMessages } from './people-messages.ts';
import type { FieldProblem } from './problems.ts';
import type { PublicMessages } from './public-messages.ts';
import type { SendMessages } from './send-messages.ts';
import type { StaffMessages } from './staff-messages.ts';
import type { Template } from './template.ts';

/**
 * The values that a failure's or notice's words may name. All are optional: words stay whole without them.
 * Used: `limit`, `limitBytes`, `afterSeconds`, `name`, `label`, `allowed` (endings, with commas), and for
 * notices also `request`, `receipt`, `destination`, `account`, `file`, `code`, `count`.
 */
export type WordParams = Readonly<Record<string, string | number>>;

/** Each says what happened, what is safe, and what to do. */
export type FailureMessages = Record<FailureCode, (params: WordParams) => string>;

export type NoticeMessages = Record<NoticeCode, (params: WordParams) => string>;

export interface LayoutMessages {
  product: string;
  tagline: string;
  /** Of a logo whose owner's name is not known. */
  logo: string;
  skip: string;
  language: string;
  demoTitle: string;
  demoText: string;
  required: string;
  optional: string;
  /** Before a list of mistakes, and for screen readers before each. */
  mistake: string;
  copy: string;
  copied: string;
  print: string;
  /** Beside a moment, where the reader's clock shows another. */
  ownTime: Template<'time'>;
}

/** Every word that anyone sees. A language is complete when it is one of these. */
export interface Messages {
  layout: LayoutMessages;
  public: PublicMessages;
  send: SendMessages;
  staff: StaffMessages;
  console: ConsoleMessages;
  account: AccountMessages;
  api: ApiMessages;
  audit: AuditMessages;
  people: PeopleMessages;
  importer: ImporterMessages;
  mail: MailMessages;
  problem: Record<FieldProblem, (params: WordParams) => string>;
  failure: FailureMessages;
  notice: NoticeMessages;
}
