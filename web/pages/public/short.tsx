import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { Forgotten, type SentItem, SentList } from '../../components/sent-list.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface PasswordPageProps {
  context: PageContext;
  token: string;
  /** Wrong, or too many attempts. */
  failure?: ShownFailure;
  forgotten?: boolean;
}

/** Asked before the request is shown. POSTs `password` to `/r/{token}/password`; shows nothing of the request. */
export const PasswordPage = ({ context, token, failure, forgotten = false }: PasswordPageProps) => {
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
}: {
  context: PageContext;
  title?: string;
  /** From this browser: people come back for their receipts. */
  sent?: SentItem[];
  forgetPath?: string;
  forgotten?: boolean;
}) => {
  const t = messagesFor(context.language).public.closed;
  return (
    <Layout context={context} title={t.title} scripts={forgotten || sent.length > 0 ? ['page'] : []}>
      {title !== undefined && <p class="over-title">{title}</p>}
      <h1>{t.title}</h1>
      {forgotten && <Forgotten context={context} />}
      <p>{t.text}</p>
      <p>{t.whatNow}</p>
      <SentList context={context} sent={sent} forgetPath={forgetPath} />
    </Layout>
  );
};

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
