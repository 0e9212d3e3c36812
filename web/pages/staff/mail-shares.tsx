import type { MailShareState } from '../../../db/schema/requests.ts';
import type { FailureCode } from '../../../server/lib/failure.ts';
import { Badge, WithMoment } from '../../components/common.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

export interface ShownMailShare {
  id: string;
  address: string;
  state: MailShareState;
  sentAt?: Date;
  password?: string;
  failureCode?: FailureCode;
}

/** What a request's page knows of the ways in that are Nextcloud's own. */
export interface ShownMailShares {
  id: string;
  state: string;
  mailShares: ShownMailShare[];
  /** Whether its Nextcloud sends shares by mail. */
  sendsMailShares: boolean;
  /** The share's own page, where it is a second way in. */
  nextcloudPage?: { url: string; password: string };
}

interface MailSharesProps {
  context: PageContext;
  request: ShownMailShares;
  /** What was typed and refused. */
  recipients?: string;
}

const kinds = { waiting: 'quiet', sent: 'good', failed: 'bad', ended: 'quiet' } as const;

/** To whom a request was sent by Nextcloud, and a form to send it to more. Works without a script. */
export const MailShares = (props: MailSharesProps) => {
  const { context, request } = props;
  const words = messagesFor(context.language).staff.mailShares;
  const { mailShares } = request;
  if (request.state !== 'open' && mailShares.length === 0) return null;
  return (
    <section aria-labelledby="mail-shares-title">
      <h2 id="mail-shares-title">{words.title}</h2>
      {mailShares.length > 0 && (
        <ul class="mail-shares" aria-label={words.list}>
          {mailShares.map((each) => (
            <MailShare key={each.id} context={context} request={request} mailShare={each} />
          ))}
        </ul>
      )}
      {request.state === 'open' &&
        (request.sendsMailShares ? <Send {...props} /> : <p class="quiet">{words.unavailable}</p>)}
    </section>
  );
};

const Send = ({ context, request, recipients }: MailSharesProps) => {
  const words = messagesFor(context.language).staff.mailShares;
  const ended = request.mailShares.flatMap(({ state, address }) => (state === 'ended' ? [address] : []));
  return (
    <details open={recipients !== undefined || ended.length > 0}>
      <summary>{words.toAddresses}</summary>
      <form method="post" action={`/staff/requests/${encodeURIComponent(request.id)}/mail-shares`}>
        <p class="hint">{words.hint}</p>
        <p class="hint">{words.mailHint}</p>
        {ended.length > 0 && <p class="hint">{words.again}</p>}
        <TextField
          id="recipients"
          name="recipients"
          label={words.addresses}
          hint={words.addressesHint}
          value={recipients ?? ended.join('\n')}
          rows={4}
          required
          autocomplete="off"
        />
        <p>
          <button type="submit" class="button button-plain">
            {words.send}
          </button>
        </p>
      </form>
    </details>
  );
};

const MailShare = ({
  context,
  request,
  mailShare,
}: Omit<MailSharesProps, 'recipients'> & { mailShare: ShownMailShare }) => {
  const t = messagesFor(context.language);
  const words = t.staff.mailShares;
  const { id, address, state, sentAt, password, failureCode } = mailShare;
  const path = `/staff/requests/${encodeURIComponent(request.id)}/mail-shares/${encodeURIComponent(id)}`;
  return (
    <li>
      <p>
        {address} <Badge kind={kinds[state]}>{words.state[state]}</Badge>{' '}
        {sentAt !== undefined && (
          <span class="quiet">
            <WithMoment
              words={(at) => words.sentAt({ at })}
              language={context.language}
              at={sentAt}
              zone={context.zone}
            />
          </span>
        )}
      </p>
      {state === 'failed' && failureCode !== undefined && <p class="hint">{t.failure[failureCode]({})}</p>}
      {password !== undefined && <p class="hint">{words.password({ password })}</p>}
      <form method="post" action={`${path}/withdraw`}>
        <button type="submit" class="link">
          {state === 'sent' || state === 'waiting' ? words.withdraw : words.forget}
          <span class="visually-hidden"> {address}</span>
        </button>
      </form>
    </li>
  );
};

/** The share's own page, to hand on. */
export const SecondWayIn = ({ context, request }: Omit<MailSharesProps, 'recipients'>) => {
  const t = messagesFor(context.language);
  const words = t.staff.mailShares;
  if (request.nextcloudPage === undefined) return null;
  const { url, password } = request.nextcloudPage;
  return (
    <details>
      <summary>{words.page}</summary>
      <CopyField id="nextcloud-page" label={words.page} value={url} words={t.layout} />
      <CopyField id="nextcloud-password" label={words.pagePassword} value={password} words={t.layout} />
      <p class="hint">{words.pageHint}</p>
    </details>
  );
};
