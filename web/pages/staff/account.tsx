import type { Mailing, Right, StaffRole } from '../../../db/schema/index.ts';
import { Alert, Badge, WithMoment } from '../../components/common.tsx';
import { Field, TextField } from '../../components/field.tsx';
import { type Language, languageNames, languages, messagesFor } from '../../i18n/index.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Notified, type ShownNotified } from './notified.tsx';
import { SecondFactor, type ShownSecondFactor } from './second-factor.tsx';
import { type ShownToken, Tokens } from './tokens.tsx';

/** What was done, as the address says it. */
export const accountDone = [
  'saved',
  'address',
  'password',
  'second-factor',
  'session',
  'token',
  'connected',
  'disconnected',
] as const;
export type AccountDone = (typeof accountDone)[number];

export interface ShownSession {
  id: string;
  signedInAt: Date;
  address?: string;
  /** Undefined: not known. */
  device?: { browser: string; system: string };
  /** The one that looks at the page. */
  isThis: boolean;
}

/** Their own account there. `requests`: for how many it is needed. */
export type ShownNextcloud =
  | { state: 'none' }
  | { state: 'connected' | 'disconnected'; user: string; requests: number };

export interface AccountPageProps {
  context: PageContext;
  person: {
    login: string;
    name: string;
    role: StaffRole;
    email: string;
    language: Language;
    mailing: Mailing;
    notified: ShownNotified;
    hasPassword: boolean;
  };
  leastPasswordCharacters: number;
  secondFactor: ShownSecondFactor;
  nextcloud: ShownNextcloud;
  sessions: ShownSession[];
  tokens: ShownToken[];
  /** What a token of theirs may be given. */
  scopes: readonly Right[];
  done?: AccountDone;
  failure?: ShownFailure;
}

/** Somebody's own account. Every form works without a script. */
export const AccountPage = (props: AccountPageProps) => {
  const { context, person, done, failure } = props;
  const t = messagesFor(context.language);
  const words = t.account;
  const told: Record<AccountDone, string> = {
    saved: words.saved,
    address: words.email.saved,
    password: words.password.changed,
    'second-factor': words.secondFactor.turnedOff,
    session: words.sessions.ended,
    token: words.tokens.revoked,
    connected: words.nextcloud.isConnected,
    disconnected: words.nextcloud.isDisconnected,
  };
  return (
    <Layout context={context} title={words.title} staff={person} section="account">
      <h1>{words.title}</h1>
      {failure !== undefined && (
        <Alert>
          <p>{t.failure[failure.code](failure.params ?? {})}</p>
        </Alert>
      )}
      {failure === undefined && done !== undefined && (
        <Alert kind="good">
          <p>{told[done]}</p>
        </Alert>
      )}
      <Details context={context} person={person} />
      <Address context={context} person={person} />
      <Password {...props} />
      {person.hasPassword && <SecondFactor context={context} shown={props.secondFactor} />}
      {(person.role !== 'viewer' || props.nextcloud.state === 'connected') && (
        <OwnNextcloud context={context} shown={props.nextcloud} mayConnect={person.role !== 'viewer'} />
      )}
      <Sessions {...props} />
      <Tokens context={context} tokens={props.tokens} scopes={props.scopes} />
    </Layout>
  );
};

const Details = ({ context, person }: Pick<AccountPageProps, 'context' | 'person'>) => {
  const { account: words } = messagesFor(context.language);
  return (
    <form method="post" action="/staff/account" class="part">
      <h2>{words.details}</h2>
      <p>
        {words.login}: <strong>{person.login}</strong>
      </p>
      <TextField
        id="name"
        name="name"
        label={words.name}
        value={person.name}
        required
        maxLength={200}
        autocomplete="name"
      />
      <Field id="mailing" label={words.mailing} hint={words.mailingHint}>
        <select id="mailing" name="mailing" aria-describedby="mailing-hint">
          {(['each', 'daily', 'none'] as const).map((mailing) => (
            <option key={mailing} value={mailing} selected={mailing === person.mailing}>
              {words.mailings[mailing]}
            </option>
          ))}
        </select>
      </Field>
      <Notified context={context} notified={person.notified} mayConnect={person.role !== 'viewer'} />
      <Field id="language" label={words.language} hint={words.languageHint}>
        <select id="language" name="language" aria-describedby="language-hint">
          {languages.map((language) => (
            <option key={language} value={language} lang={language} selected={language === person.language}>
              {languageNames[language]}
            </option>
          ))}
        </select>
      </Field>
      <button type="submit" class="button">
        {words.save}
      </button>
    </form>
  );
};

/** Of its own: it is where links to set a password go. */
const Address = ({ context, person }: Pick<AccountPageProps, 'context' | 'person'>) => {
  const { account, layout } = messagesFor(context.language);
  const words = account.email;
  return (
    <form method="post" action="/staff/account/address" class="part">
      <h2>{words.title}</h2>
      <TextField
        id="email"
        name="email"
        type="email"
        label={words.label}
        mark={layout.optional}
        hint={words.hint}
        value={person.email}
        maxLength={254}
        autocomplete="email"
      />
      <button type="submit" class="button">
        {words.save}
      </button>
    </form>
  );
};

const Password = ({ context, person, leastPasswordCharacters, tokens }: AccountPageProps) => {
  const words = messagesFor(context.language).account.password;
  if (!person.hasPassword)
    return (
      <section class="part">
        <h2>{words.title}</h2>
        <p>{words.none}</p>
      </section>
    );
  return (
    <form method="post" action="/staff/account/password" class="part">
      <h2>{words.title}</h2>
      <p>{words.text}</p>
      {/* So that a password manager knows whose it is. */}
      <input type="hidden" name="login" value={person.login} autocomplete="username" />
      <TextField
        id="current"
        name="current"
        type="password"
        label={words.current}
        required
        maxLength={1000}
        autocomplete="current-password"
      />
      <TextField
        id="password"
        name="password"
        type="password"
        label={words.new}
        hint={words.newHint({ count: leastPasswordCharacters })}
        required
        maxLength={1000}
        autocomplete="new-password"
      />
      <TextField
        id="again"
        name="again"
        type="password"
        label={words.again}
        required
        maxLength={1000}
        autocomplete="new-password"
      />
      {tokens.length > 0 && (
        <label class="check">
          <input type="checkbox" name="revokeTokens" value="yes" />
          {words.revokeTokens}
        </label>
      )}
      <button type="submit" class="button">
        {words.change}
      </button>
    </form>
  );
};

/** Connects at `/staff/account/nextcloud`, disconnects below it. */
const OwnNextcloud = ({
  context,
  shown,
  mayConnect,
}: {
  context: PageContext;
  shown: ShownNextcloud;
  mayConnect: boolean;
}) => {
  const words = messagesFor(context.language).account.nextcloud;
  const path = '/staff/account/nextcloud';
  const isConnected = shown.state === 'connected';
  return (
    <section class="part" aria-labelledby="nextcloud-title">
      <h2 id="nextcloud-title">{words.title}</h2>
      <p>{isConnected ? words.connectedAs({ user: shown.user }) : words.text}</p>
      {isConnected && mayConnect && <p class="quiet">{words.reconnectText}</p>}
      {mayConnect && (
        <form method="post" action={path}>
          <button type="submit" class="button button-plain">
            {isConnected ? words.reconnect : words.connect}
          </button>
        </form>
      )}
      {isConnected && (
        <>
          <p>{shown.requests > 0 ? words.inUse({ count: shown.requests }) : words.disconnectText}</p>
          {shown.requests === 0 && (
            <form method="post" action={`${path}/disconnect`}>
              <button type="submit" class="button button-plain">
                {words.disconnect}
              </button>
            </form>
          )}
        </>
      )}
    </section>
  );
};

const Sessions = ({ context, sessions }: AccountPageProps) => {
  const words = messagesFor(context.language).account.sessions;
  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title">{words.title}</h2>
      <p>{words.text}</p>
      <ul class="notices">
        {sessions.map((session) => (
          <Session key={session.id} context={context} session={session} />
        ))}
      </ul>
      {sessions.length > 1 && (
        <form method="post" action="/staff/account/end-other-sessions">
          <button type="submit" class="button button-plain">
            {words.endOthers}
          </button>
        </form>
      )}
    </section>
  );
};

const Session = ({ context, session }: { context: PageContext; session: ShownSession }) => {
  const words = messagesFor(context.language).account.sessions;
  const device = session.device === undefined ? words.unknownBrowser : words.device(session.device);
  return (
    <li class="notice">
      <p>
        <strong>{device}</strong> {session.isThis && <Badge kind="good">{words.isThis}</Badge>}
      </p>
      <p class="notice-facts">
        <span>
          <WithMoment
            language={context.language}
            at={session.signedInAt}
            zone={context.zone}
            words={(at) => words.signedIn({ at })}
          />
        </span>
        {session.address !== undefined && <span>{words.from({ address: session.address })}</span>}
      </p>
      {!session.isThis && (
        <form method="post" action={`/staff/account/sessions/${session.id}/end`}>
          <button type="submit" class="link">
            {words.end}
            <span class="visually-hidden"> {device}</span>
          </button>
        </form>
      )}
    </li>
  );
};
