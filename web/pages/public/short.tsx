import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { FileName } from '../../components/file-name.tsx';
import { Forgotten, type SentItem, SentList } from '../../components/sent-list.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PlainMessages } from '../../i18n/plain-messages.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface PasswordPageProps {
  context: PageContext;
  token: string;
  /** Wrong, or too many attempts. */
  failure?: ShownFailure;
  forgotten?: boolean;
  /** A form without a script came before it. */
  wasSent?: boolean;
}

/** Asked before the request is shown. POSTs `password` to `/r/{token}/password`; shows nothing of the request. */
export const PasswordPage = ({
  context,
  token,
  failure,
  forgotten = false,
  wasSent = false,
}: PasswordPageProps) => {
  const t = messagesFor(context.language);
  const words = failure === undefined ? undefined : t.failure[failure.code](failure.params ?? {});
  const base = `/r/${encodeURIComponent(token)}`;
  return (
    <Layout
      context={{ ...context, path: base }}
      title={t.public.password.title}
      scripts={forgotten ? ['page'] : []}
    >
      <h1>{t.public.password.title}</h1>
      {forgotten && <Forgotten context={context} />}
      {wasSent && (
        <Alert>
          <p>{t.public.plain.passwordFirst}</p>
        </Alert>
      )}
      <p>{t.public.password.text}</p>
      <form method="post" action={`${base}/password`} class="part">
        {words !== undefined && (
          <Alert>
            <p>{words}</p>
          </Alert>
        )}
        <TextField
          id="password"
          name="password"
          type="password"
          label={t.public.password.label}
          required
          maxLength={1000}
          autocomplete="off"
        />
        <button type="submit" class="button">
          {t.public.password.submit}
        </button>
      </form>
    </Layout>
  );
};

/** The link is good, and the request is over: said openly, unlike an unknown link. No title before its password. */
export const ClosedPage = ({
  context,
  title,
  sent = [],
  forgetPath = '',
  forgotten = false,
  tooLate,
}: {
  context: PageContext;
  title?: string;
  /** From this browser: people come back for their receipts. */
  sent?: SentItem[];
  forgetPath?: string;
  forgotten?: boolean;
  tooLate?: TooLate | undefined;
}) => {
  const t = messagesFor(context.language).public;
  return (
    <Layout
      context={context}
      title={t.closed.title}
      scripts={forgotten || sent.length > 0 ? ['page'] : []}
      languageForm={tooLate && { id: tooLateFormId, path: tooLate.languagePath }}
    >
      {title !== undefined && <p class="over-title">{title}</p>}
      <h1>{t.closed.title}</h1>
      {forgotten && <Forgotten context={context} />}
      {tooLate === undefined ? (
        <p>{t.closed.text}</p>
      ) : (
        <NotTaken
          words={t.plain.closed}
          tooLate={tooLate}
          hasSent={title === undefined ? undefined : sent.length > 0}
        />
      )}
      <p>{t.closed.whatNow}</p>
      <SentList context={context} sent={sent} forgetPath={forgetPath} />
    </Layout>
  );
};

/** A form that was on its way when the request ended. */
export interface TooLate {
  /** Of its files. */
  names: readonly string[];
  /** POST shows the page again. */
  languagePath: string;
}

/** Holds the names, as JSON, in a form that only the language switch sends. */
export const tooLateInput = 'too-late';
const tooLateFormId = 'too-late';

const NotTaken = ({
  words,
  tooLate: { names, languagePath },
  hasSent,
}: {
  words: PlainMessages['closed'];
  tooLate: TooLate;
  /** Undefined before the password: then it is not told. */
  hasSent: boolean | undefined;
}) => (
  <>
    <Alert>
      <p>{words.none}</p>
      {names.length > 0 && (
        <ul>
          {names.map((name) => (
            <li key={name}>
              <FileName name={name} />
            </li>
          ))}
        </ul>
      )}
    </Alert>
    {hasSent !== undefined && <p>{hasSent ? words.before : words.nothingBefore}</p>}
    <form id={tooLateFormId} method="post" action={languagePath}>
      <input type="hidden" name={tooLateInput} value={JSON.stringify(names)} />
    </form>
  </>
);

/** One page for every address that leads nowhere: unknown, revoked, or never there. */
export const NotFoundPage = ({ context }: { context: PageContext }) => {
  const t = messagesFor(context.language).public.notFound;
  return (
    <Layout context={context} title={t.title}>
      <h1>{t.title}</h1>
      <p>{t.text}</p>
      <p>{t.whatNow}</p>
    </Layout>
  );
};

export interface ErrorPageProps {
  context: PageContext;
  failure: ShownFailure;
  /** By which operators find it in the log. */
  reference?: string;
  /** Where “back” leads; left out, there is no such link. */
  back?: string;
}

/** A failure in words: what happened, what is safe, what to do. */
export const ErrorPage = ({ context, failure, reference, back }: ErrorPageProps) => {
  const t = messagesFor(context.language);
  return (
    <Layout context={context} title={t.public.error.title}>
      <h1>{t.public.error.title}</h1>
      <p>{t.failure[failure.code](failure.params ?? {})}</p>
      {reference !== undefined && <p class="quiet">{t.public.error.reference({ reference })}</p>}
      {back !== undefined && (
        <p>
          <a href={back}>{t.public.error.back}</a>
        </p>
      )}
    </Layout>
  );
};
