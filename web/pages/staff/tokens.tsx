import type { Right } from '../../../db/schema/index.ts';
import { WithMoment } from '../../components/common.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { Field, TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ShownToken {
  id: string;
  name: string;
  scopes: readonly Right[];
  /** Undefined: until it is revoked. */
  expiresAt: Date | undefined;
  lastUsedAt: Date | undefined;
}

export const tokenLifeDays = [30, 90, 365] as const;

interface TokensProps {
  context: PageContext;
  tokens: readonly ShownToken[];
  scopes: readonly Right[];
}

/** One's own API tokens, and a form for one more: POSTs to `/staff/account/tokens`. */
export const Tokens = ({ context, tokens, scopes }: TokensProps) => {
  const words = messagesFor(context.language).account.tokens;
  return (
    <section aria-labelledby="tokens-title">
      <h2 id="tokens-title">{words.title}</h2>
      <p>
        {words.text} <a href="/api/docs">{words.docs}</a>
      </p>
      <ul class="notices">
        {tokens.map((token) => (
          <Token key={token.id} context={context} token={token} />
        ))}
      </ul>
      <form method="post" action="/staff/account/tokens" class="part">
        <h3>{words.create}</h3>
        <TextField
          id="token-name"
          name="name"
          label={words.name}
          hint={words.nameHint}
          required
          maxLength={100}
          autocomplete="off"
        />
        <fieldset class="choices">
          <legend>{words.scopes}</legend>
          {scopes.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" name="scopes" value={scope} />
              <code>{scope}</code>
            </label>
          ))}
        </fieldset>
        <Field id="token-life" label={words.life}>
          <select id="token-life" name="lifeDays">
            {tokenLifeDays.map((count) => (
              <option key={count} value={count} selected={count === 90}>
                {words.days({ count })}
              </option>
            ))}
            <option value="">{words.forEver}</option>
          </select>
        </Field>
        <button type="submit" class="button button-plain">
          {words.create}
        </button>
      </form>
    </section>
  );
};

const Token = ({ context, token }: { context: PageContext; token: ShownToken }) => {
  const words = messagesFor(context.language).account.tokens;
  const moment = { language: context.language, zone: context.zone };
  const { expiresAt, lastUsedAt } = token;
  const end = expiresAt !== undefined && expiresAt <= context.now ? words.over : words.until;
  return (
    <li class="notice">
      <p>
        <strong>
          <bdi>{token.name}</bdi>
        </strong>{' '}
        <code>{token.scopes.join(' ')}</code>
      </p>
      <p class="notice-facts">
        <span>
          {expiresAt === undefined ? (
            words.untilRevoked
          ) : (
            <WithMoment {...moment} at={expiresAt} words={(at) => end({ at })} />
          )}
        </span>
        <span>
          {lastUsedAt === undefined ? (
            words.neverUsed
          ) : (
            <WithMoment {...moment} at={lastUsedAt} words={(at) => words.used({ at })} />
          )}
        </span>
      </p>
      <form method="post" action={`/staff/account/tokens/${token.id}/revoke`}>
        <button type="submit" class="link">
          {words.revoke}
          <span class="visually-hidden"> {token.name}</span>
        </button>
      </form>
    </li>
  );
};

/** The answer to whoever made a token, and the only page that ever shows it. */
export const NewTokenPage = (props: { context: PageContext; staff: { name: string }; token: string }) => {
  const { account, layout } = messagesFor(props.context.language);
  const words = account.tokens;
  return (
    <Layout
      context={{ ...props.context, path: '/staff/account' }}
      title={words.newTitle}
      scripts={['page']}
      staff={props.staff}
      section="account"
    >
      <h1>{words.newTitle}</h1>
      <p>{words.newText}</p>
      <CopyField id="token" label={words.token} value={props.token} words={layout} />
      <p>
        <a href="/staff/account">{account.title}</a>
      </p>
    </Layout>
  );
};
