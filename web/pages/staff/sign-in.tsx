import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface SignInPageProps {
  context: PageContext;
  /** As it was typed, after a refusal. The password never comes back. */
  login?: string;
  /** A password was set by a link. */
  passwordIsSet?: boolean;
  /** Where mail is set up. */
  sendsMail?: boolean;
  /** Where single sign-on is set up. */
  hasProvider?: boolean;
  /** Where somebody could: POSTs to `/staff/sign-in/nextcloud`. */
  hasNextcloud?: boolean;
  failure?: ShownFailure;
}

/** POSTs `login` and `password` to `/staff/sign-in`. */
export const SignInPage = ({
  context,
  login,
  passwordIsSet = false,
  sendsMail = false,
  hasProvider = false,
  hasNextcloud = false,
  failure,
}: SignInPageProps) => {
  const t = messagesFor(context.language);
  const words = t.staff.signIn;
  return (
    <Layout context={context} title={words.title} isConsole>
      <h1>{words.title}</h1>
      {passwordIsSet && (
        <Alert kind="good">
          <p>{t.people.setPassword.done}</p>
        </Alert>
      )}
      <p>{words.text}</p>
      <form method="post" action="/staff/sign-in" class="part">
        {failure !== undefined && (
          <Alert>
            <p>{t.failure[failure.code](failure.params ?? {})}</p>
          </Alert>
        )}
        <TextField
          id="login"
          name="login"
          label={words.login}
          value={login}
          required
          maxLength={200}
          autocomplete="username"
        />
        <TextField
          id="password"
          name="password"
          type="password"
          label={words.password}
          required
          maxLength={1000}
          autocomplete="current-password"
        />
        <button type="submit" class="button">
          {words.submit}
        </button>
      </form>
      {hasProvider && (
        <p>
          <a class="button button-plain" href="/staff/sign-in/provider">
            {t.people.provider}
          </a>
        </p>
      )}
      {hasNextcloud && (
        <form method="post" action="/staff/sign-in/nextcloud">
          <button type="submit" class="button button-plain">
            {t.people.nextcloud.signIn}
          </button>
        </form>
      )}
      {sendsMail && (
        <p>
          <a href="/staff/forgotten">{t.people.forgotten.link}</a>
        </p>
      )}
    </Layout>
  );
};

/** The second half, where a person has set it up. POSTs `code` to `/staff/sign-in/code`. */
export const CodePage = ({ context, failure }: Pick<SignInPageProps, 'context' | 'failure'>) => {
  const t = messagesFor(context.language);
  const words = t.account.secondFactor;
  return (
    <Layout context={{ ...context, path: '/staff/sign-in/code' }} title={words.signInTitle} isConsole>
      <h1>{words.signInTitle}</h1>
      <p>{words.signInText}</p>
      <form method="post" action="/staff/sign-in/code" class="part">
        {failure !== undefined && (
          <Alert>
            <p>{t.failure[failure.code](failure.params ?? {})}</p>
          </Alert>
        )}
        <TextField
          id="code"
          name="code"
          label={words.code}
          hint={words.codeOrRecovery}
          required
          maxLength={20}
          autocomplete="one-time-code"
        />
        <button type="submit" class="button">
          {t.staff.signIn.submit}
        </button>
      </form>
      <p>
        <a href="/staff/sign-in">{words.startAgain}</a>
      </p>
    </Layout>
  );
};
