import { TextField } from '../../components/field.tsx';
import { QrCode } from '../../components/qr-code.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export type ShownSecondFactor =
  | { state: 'off' }
  /** `address`: the secret as apps open it. */
  | { state: 'waiting'; secret: string; address: string }
  | { state: 'on'; recoveryCodes: number };

interface SecondFactorProps {
  context: PageContext;
  shown: ShownSecondFactor;
}

const path = '/staff/account/second-factor';

/** Codes of an authenticator app: set up, confirmed, turned off. */
export const SecondFactor = (props: SecondFactorProps) => (
  <section class="part" aria-labelledby="second-factor-title">
    <h2 id="second-factor-title">{messagesFor(props.context.language).account.secondFactor.title}</h2>
    <State {...props} />
  </section>
);

const State = ({ context, shown }: SecondFactorProps) => {
  const { secondFactor: words, password } = messagesFor(context.language).account;
  if (shown.state === 'off')
    return (
      <form method="post" action={path}>
        <p>{words.off}</p>
        <button type="submit" class="button button-plain">
          {words.begin}
        </button>
      </form>
    );
  if (shown.state === 'waiting')
    return (
      <form method="post" action={`${path}/confirm`}>
        <p>{words.waiting}</p>
        <QrCode text={shown.address} label={words.codePicture} />
        <p>
          {words.secret}: <code class="hash">{inFours(shown.secret)}</code>
        </p>
        <p>
          <a href={shown.address}>{words.openApp}</a>
        </p>
        <CodeField label={words.code} />
        <button type="submit" class="button">
          {words.confirm}
        </button>
      </form>
    );
  return (
    <form method="post" action={`${path}/turn-off`}>
      <p>{words.on({ count: shown.recoveryCodes })}</p>
      <TextField
        id="current-for-code"
        name="current"
        type="password"
        label={password.current}
        required
        maxLength={1000}
        autocomplete="current-password"
      />
      <CodeField label={words.code} hint={words.codeOrRecovery} />
      <button type="submit" class="button button-plain">
        {words.turnOff}
      </button>
    </form>
  );
};

const CodeField = (props: { label: string; hint?: string }) => (
  <TextField id="code" name="code" {...props} required maxLength={20} autocomplete="one-time-code" />
);

/** Apps take it with spaces. */
const inFours = (secret: string): string => (secret.match(/.{1,4}/g) ?? []).join(' ');

/** The answer to the code that turns it on, and the only page that ever shows them. */
export const RecoveryCodesPage = (props: {
  context: PageContext;
  staff: { name: string };
  codes: readonly string[];
}) => {
  const words = messagesFor(props.context.language).account;
  return (
    <Layout
      context={{ ...props.context, path: '/staff/account' }}
      title={words.secondFactor.recoveryTitle}
      staff={props.staff}
      section="account"
    >
      <h1>{words.secondFactor.recoveryTitle}</h1>
      <p>{words.secondFactor.recoveryText}</p>
      <ul>
        {props.codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <p>
        <a href="/staff/account">{words.title}</a>
      </p>
    </Layout>
  );
};
