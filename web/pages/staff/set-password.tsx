import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Refusal } from './people.tsx';

interface Props {
  context: PageContext;
  failure?: ShownFailure | undefined;
}

/** Behind a link. POSTs `password` and `again` to its own address. */
export const SetPasswordPage = (
  props: Props & { path: string; login: string; isFirst: boolean; leastPasswordCharacters: number },
) => {
  const { people, account } = messagesFor(props.context.language);
  const words = people.setPassword;
  return (
    <Layout context={{ ...props.context, path: props.path }} title={words.title} isConsole>
      <h1>{words.title}</h1>
      <p>{words.text({ login: props.login })}</p>
      {!props.isFirst && <p>{words.ends}</p>}
      <form method="post" action={props.path} class="part">
        <Refusal context={props.context} failure={props.failure} />
        {/* So that a password manager knows whose it is. */}
        <input type="hidden" name="login" value={props.login} autocomplete="username" />
        <TextField
          id="password"
          name="password"
          type="password"
          label={account.password.new}
          hint={account.password.newHint({ count: props.leastPasswordCharacters })}
          required
          maxLength={1000}
          autocomplete="new-password"
        />
        <TextField
          id="again"
          name="again"
          type="password"
          label={account.password.again}
          required
          maxLength={1000}
          autocomplete="new-password"
        />
        <button type="submit" class="button">
          {words.submit}
        </button>
      </form>
    </Layout>
  );
};

/** The answer is the same whoever is meant. POSTs `name` to `/staff/forgotten`. */
export const ForgottenPage = ({ context, failure, done }: Props & { done: boolean }) => {
  const words = messagesFor(context.language).people.forgotten;
  return (
    <Layout context={{ ...context, path: '/staff/forgotten' }} title={words.title} isConsole>
      <h1>{words.title}</h1>
      {done ? (
        <Alert kind="good">
          <p>{words.done}</p>
        </Alert>
      ) : (
        <>
          <p>{words.text}</p>
          <form method="post" action="/staff/forgotten" class="part">
            <Refusal context={context} failure={failure} />
            <TextField
              id="name"
              name="name"
              label={words.name}
              required
              maxLength={254}
              autocomplete="username"
            />
            <button type="submit" class="button">
              {words.submit}
            </button>
          </form>
        </>
      )}
      <p>
        <a href="/staff/sign-in">{messagesFor(context.language).staff.signIn.title}</a>
      </p>
    </Layout>
  );
};
