import { Alert } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface NextcloudWayPageProps {
  context: PageContext;
  purpose: 'sign-in' | 'connect';
  /** Its own address. */
  path: string;
  /** Of Nextcloud's page. */
  address: string;
  /** Shown there too: only who has this page knows that it is theirs. */
  code: string;
  /** It was asked, and Nextcloud has told nothing. */
  notYet: boolean;
}

/** Where a person is while they are at Nextcloud in another tab. POSTs to `{path}/finish`; works without a script. */
export const NextcloudWayPage = ({
  context,
  purpose,
  path,
  address,
  code,
  notYet,
}: NextcloudWayPageProps) => {
  const words = messagesFor(context.language).people.nextcloud;
  const title = purpose === 'sign-in' ? words.signInTitle : words.connectTitle;
  return (
    <Layout context={{ ...context, path }} title={title} scripts={['page']} isConsole>
      <h1>{title}</h1>
      {notYet && (
        <Alert kind="warning">
          <p>{words.notYet}</p>
        </Alert>
      )}
      <ol class="way">
        <li>
          <p>{words.openText}</p>
          <p class="way-code">
            {words.code} <code>{code}</code>
          </p>
          <p>{words.codeText}</p>
          <p>
            <a class="button" href={address} target="_blank" rel="noopener noreferrer" data-leads-away>
              {words.open}
            </a>
          </p>
        </li>
        <li>
          <p>{words.backText}</p>
          <form method="post" action={`${path}/finish`} data-on-return>
            <button type="submit" class="button button-plain">
              {purpose === 'sign-in' ? words.signInSubmit : words.connectSubmit}
            </button>
          </form>
        </li>
      </ol>
      <p>
        <a href={purpose === 'sign-in' ? '/staff/sign-in' : '/staff/account'}>{words.startAgain}</a>
      </p>
    </Layout>
  );
};
