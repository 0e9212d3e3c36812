import { Alert } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { type ConfirmedDeed, messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';

/** Beside the fields of the form that is sent again. */
export const passwordField = 'confirm-password';

export interface ConfirmPageProps {
  context: PageContext;
  staff: { name: string; login: string };
  deed: ConfirmedDeed;
  /** Where the form is sent again. */
  path: string;
  /** What was typed. */
  fields: readonly (readonly [name: string, value: string])[];
  /** They have: only the sending again is left. */
  isConfirmed: boolean;
  /** How this person can sign in. */
  ways: { password: boolean; provider: boolean; nextcloud: boolean };
  failure?: ShownFailure | undefined;
}

/** Asks somebody who is signed in who they are. POSTs what they had typed to where it was sent; works without a script. */
export const ConfirmPage = (props: ConfirmPageProps) => {
  const { context, staff, deed, isConfirmed, ways, failure } = props;
  const t = messagesFor(context.language);
  const words = t.account.confirm;
  return (
    <Layout
      context={context}
      title={words.title}
      staff={staff}
      section={deed === 'people' ? 'people' : 'account'}
    >
      <h1>{isConfirmed ? words.confirmedTitle : words.title}</h1>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params ?? {})}</p>
        </Alert>
      )}
      <p>
        {words.about} <strong>{words.deed[deed]}</strong>
      </p>
      <p>{isConfirmed ? words.confirmedText : words.text}</p>
      {(isConfirmed || ways.password) && <Again {...props} />}
      {!isConfirmed && <OtherWays context={context} ways={ways} />}
      <p>
        <a href={deed === 'people' ? '/staff/people' : '/staff/account'}>{words.cancel}</a>
      </p>
    </Layout>
  );
};

const Again = ({ context, staff, path, fields, isConfirmed }: ConfirmPageProps) => {
  const { confirm: words } = messagesFor(context.language).account;
  return (
    <form method="post" action={path} class="part">
      {fields.map(([name, value], index) => (
        <input key={index} type="hidden" name={name} value={value} />
      ))}
      {!isConfirmed && (
        <>
          {/* So that a password manager knows whose it is. Without a name it is not sent. */}
          <input type="hidden" value={staff.login} autocomplete="username" />
          <TextField
            id="confirm-password"
            name={passwordField}
            type="password"
            label={words.password}
            required
            maxLength={1000}
            autocomplete="current-password"
          />
        </>
      )}
      <button type="submit" class="button">
        {isConfirmed ? words.goOn : words.submit}
      </button>
    </form>
  );
};

const OtherWays = ({ context, ways }: Pick<ConfirmPageProps, 'context' | 'ways'>) => {
  const { account, people } = messagesFor(context.language);
  const words = account.confirm;
  if (!ways.provider && !ways.nextcloud) return ways.password ? null : <p>{words.noWay}</p>;
  return (
    <>
      <p>{ways.password ? words.orSignIn : words.signIn}</p>
      {ways.provider && (
        <p>
          <a class="button button-plain" href="/staff/sign-in/provider?again">
            {people.provider}
          </a>
        </p>
      )}
      {ways.nextcloud && (
        <form method="post" action="/staff/sign-in/nextcloud">
          <button type="submit" class="button button-plain">
            {people.nextcloud.signIn}
          </button>
        </form>
      )}
    </>
  );
};
