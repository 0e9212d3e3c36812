import { messagesFor } from '../i18n/index.ts';
import type { PageContext } from '../pages/context.ts';
import { Alert, Badge, Moment } from './common.tsx';

export interface SentItem {
  number: string;
  /** When it was completed, or else when it began. */
  at: Date;
  files: number;
  /** `unfinished`: sealed, though its submitter did not finish. */
  state: 'finishing' | 'sealed' | 'unfinished';
  receiptPath: string;
  /** Undefined when nothing more is taken. */
  addPath?: string | undefined;
}

interface SentListProps {
  context: PageContext;
  sent: SentItem[];
  /** POST makes this browser forget them. */
  forgetPath: string;
}

/** What this browser has sent by this link: whoever comes back finds their receipts. */
export const SentList = ({ context, sent, forgetPath }: SentListProps) => {
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
              <Badge kind={state === 'sealed' ? 'good' : 'busy'}>{words.state[state]}</Badge>
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
      <ForgetForm context={context} path={forgetPath} />
    </section>
  );
};

/** @param path POST makes this browser forget what was sent or begun there, and the password that was given */
export const ForgetForm = ({ context, path }: { context: PageContext; path: string }) => {
  const words = messagesFor(context.language).public.sent;
  return (
    <form method="post" action={path} class="forget">
      <p class="hint">{words.forgetText}</p>
      <button type="submit" class="link">
        {words.forget}
      </button>
    </form>
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
