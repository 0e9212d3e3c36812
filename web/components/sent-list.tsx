import { messagesFor } from '../i18n/index.ts';
import type { SentState } from '../i18n/receipt-messages.ts';
import type { PageContext } from '../pages/context.ts';
import { Alert, Badge, Moment } from './common.tsx';

export interface SentItem {
  number: string;
  /** When it was completed, or else when it began. */
  at: Date;
  files: number;
  state: SentState;
  receiptPath: string;
  /** Undefined when nothing more is taken. */
  addPath?: string | undefined;
}

interface SentListProps {
  context: PageContext;
  sent: SentItem[];
  /** POST makes this browser forget them. */
  forgetPath: string;
  /** What it forgets beside them. */
  unfinished?: Begun | undefined;
}

/** What this browser began and did not finish, as it is told before it is forgotten. */
interface Begun {
  receiptNumber: string;
  receiptPath: string;
  /** After so long without a byte it is ended as it is. */
  idleHours: number;
}

const kinds = { finishing: 'busy', sealed: 'good', unfinished: 'busy', withdrawn: 'quiet' } as const;

/** What this browser has sent by this link: whoever comes back finds their receipts. */
export const SentList = ({ context, sent, forgetPath, unfinished }: SentListProps) => {
  if (sent.length === 0) return null;
  const { language, zone } = context;
  const words = messagesFor(language).public.sent;
  return (
    <section class="part sent" aria-labelledby="sent-title">
      <h2 id="sent-title">{words.title}</h2>
      <ul class="slip-files">
        {sent.map(({ number, at, files, state, receiptPath, addPath }) => (
          <li key={number}>
            <div class="slip-line">
              <strong>{number}</strong>
              <Badge kind={kinds[state]}>{words.state[state]}</Badge>
            </div>
            <p class="slip-facts">
              <Moment language={language} at={at} zone={zone} />
              <span>{words.files({ count: files })}</span>
            </p>
            <p class="sent-links">
              <a href={receiptPath} aria-label={`${words.receipt} ${number}`}>
                {words.receipt}
              </a>
              {addPath !== undefined && (
                <a href={addPath} aria-label={`${words.add} ${number}`}>
                  {words.add}
                </a>
              )}
            </p>
          </li>
        ))}
      </ul>
      <p class="hint">{words.text}</p>
      <ForgetForm context={context} path={forgetPath} hasSent unfinished={unfinished} />
    </section>
  );
};

interface ForgetFormProps {
  context: PageContext;
  /** POST makes this browser forget what was sent or begun by a link, and the password that was given. */
  path: string;
  hasSent?: boolean;
  unfinished: Begun | undefined;
}

/** Says what it means before it can be done. */
export const ForgetForm = ({ context, path, hasSent = false, unfinished }: ForgetFormProps) => {
  const words = messagesFor(context.language).public.sent.forget;
  return (
    <details class="forget">
      <summary>{words.title}</summary>
      <form method="post" action={path}>
        <p class="hint">{words.hint}</p>
        <ul class="means">
          {unfinished !== undefined && (
            <>
              <li>{words.unfinished({ number: unfinished.receiptNumber })}</li>
              <li>{words.ends({ hours: unfinished.idleHours })}</li>
              <li>
                {words.keepUnfinished} <a href={unfinished.receiptPath}>{unfinished.receiptNumber}</a>
              </li>
            </>
          )}
          {hasSent && (
            <>
              <li>{words.sent}</li>
              <li>{words.stays}</li>
              <li>{words.keepReceipts}</li>
            </>
          )}
          <li>{words.typed}</li>
        </ul>
        <button type="submit" class="button button-plain">
          {words.submit}
        </button>
      </form>
    </details>
  );
};

/** Said once, after that. What a script has kept is forgotten by the page's script. */
export const Forgotten = ({ context }: { context: PageContext }) => (
  <div data-forgotten>
    <Alert kind="good">
      <p>{messagesFor(context.language).public.sent.forgotten}</p>
    </Alert>
  </div>
);
