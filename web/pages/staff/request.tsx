import type { StaffRole } from '../../../db/schema/people.ts';
import { Alert, Moment } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { Markdown } from '../../components/markdown.tsx';
import { ruleLines } from '../../components/rule-lines.ts';
import { formatDistance, messagesFor } from '../../i18n/index.ts';
import type { ChecklistSlot } from '../../sending/rules.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Forms } from './forms.tsx';
import { HandOn } from './hand-on.tsx';
import { Live } from './live.tsx';
import { MailShares, SecondWayIn } from './mail-shares.tsx';
import { Notices, type ShownNotice } from './notices.tsx';
import { Facts } from './request-facts.tsx';
import { Proof } from './request-proof.tsx';
import type { ShownRequest } from './shown-request.ts';
import { ProofLine, RequestStateBadge } from './states.tsx';
import { Submissions, type SubmissionsProps } from './submissions.tsx';

export interface StaffRequestPageProps {
  context: PageContext;
  staff: { name: string; role?: StaffRole };
  request: ShownRequest;
  submissions: Omit<SubmissionsProps, 'context' | 'request' | 'mayNote'>;
  mayNote: boolean;
  /** Unresolved ones about this request. */
  notices: ShownNotice[];
  /** Why what was asked for was not done. */
  failure?: ShownFailure;
  /** Addresses that were typed and refused. */
  recipients?: string;
  /** The importer was just told to look for files. */
  isLooking?: boolean;
}

/** One request: how to hand it on, what has come in, the proof, and what can be done with it. */
export const StaffRequestPage = (props: StaffRequestPageProps) => {
  const { context, staff, request } = props;
  const t = messagesFor(context.language);
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  const mayWrite = staff.role !== 'viewer';
  return (
    <Layout
      context={{ ...context, path: address }}
      title={request.title}
      scripts={['page', 'live']}
      staff={staff}
      wide
    >
      <p>
        <a href="/staff">← {t.staff.request.back}</a>
      </p>
      {props.failure !== undefined && (
        <Alert>
          <p>{t.failure[props.failure.code](props.failure.params ?? {})}</p>
        </Alert>
      )}
      {props.failure === undefined && props.isLooking === true && (
        <Alert kind="information">
          <p>{t.console.request.looking}</p>
        </Alert>
      )}
      <Head context={context} request={request} />
      <Live context={context} path={`${address}/live`} files={props.submissions.files} />
      <div id="notices" data-live>
        <Notices context={context} notices={props.notices} />
      </div>
      <div class="desk">
        <div class="desk-side">
          <ToSubmitters context={context} request={request} recipients={props.recipients} />
        </div>
        <div class="desk-main">
          <Submissions {...props.submissions} context={context} request={request} mayNote={props.mayNote} />
          {mayWrite && <Look context={context} request={request} />}
          <Proof context={context} request={request} />
        </div>
        <div class="desk-side">
          <Asked context={context} request={request} />
          <Facts context={context} request={request} />
          {mayWrite && <Ends context={context} request={request} />}
        </div>
      </div>
    </Layout>
  );
};

/** What it is, how it stands, and what is done with it most. */
const Head = ({ context, request }: Pick<StaffRequestPageProps, 'context' | 'request'>) => {
  const { language, now } = context;
  const t = messagesFor(language);
  const { deadline } = request;
  return (
    <div id="request-head" data-live>
      <div class="request-head">
        <h1>{request.title}</h1>
        <RequestStateBadge context={context} state={request.state} />
      </div>
      <p class="request-facts">
        {deadline === undefined ? (
          <span>{t.staff.requests.noDeadline}</span>
        ) : (
          <span>
            {t.staff.request.deadline}: <Moment language={language} at={deadline.at} zone={deadline.zone} /> (
            {formatDistance(language, deadline.at, now)})
          </span>
        )}
        {request.state === 'open' && (
          <span>
            <ProofLine context={context} proof={request.proof} />{' '}
            <a href="#proof-title">{t.console.request.how}</a>
          </span>
        )}
      </p>
    </div>
  );
};

/** What those get who are to send: the link, as text, as a picture and in a mail; and what they see. */
const ToSubmitters = ({
  context,
  request,
  recipients,
}: Pick<StaffRequestPageProps, 'context' | 'request' | 'recipients'>) => {
  const t = messagesFor(context.language);
  const words = t.staff.request;
  const { link, state } = request;
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  return (
    <section class="panel" aria-labelledby="hand-on-title">
      <h2 id="hand-on-title">{t.console.request.handOn}</h2>
      {state !== 'open' && <p>{words.closed}</p>}
      {state === 'open' && link === undefined && <p>{words.noLink}</p>}
      {state === 'open' && link !== undefined && <HandOn context={context} request={{ ...request, link }} />}
      {state === 'open' && <SecondWayIn context={context} request={request} />}
      <MailShares context={context} request={request} recipients={recipients} />
      {state !== 'draft' && (
        <p>
          <a href={`${address}/preview`}>{words.preview}</a>
        </p>
      )}
    </section>
  );
};

/** What is asked for: the text, the checklist, the blank forms; and the way to other requests like it. */
const Asked = ({ context, request }: Pick<StaffRequestPageProps, 'context' | 'request'>) => {
  const t = messagesFor(context.language);
  const words = t.staff.request;
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  return (
    <section aria-labelledby="asked-title">
      <h2 id="asked-title">{t.console.request.asked}</h2>
      {request.state !== 'draft' && (
        <p class="actions">
          <a class="button button-plain" href={`${address}/change`}>
            {words.change}
          </a>
          <a class="button button-plain" href={`${address}/duplicate`}>
            {words.duplicate}
          </a>
        </p>
      )}
      <Markdown text={request.instructions} />
      <Expected context={context} checklist={request.checklist} />
      <Forms context={context} request={request} />
      {request.state !== 'draft' && <SaveAsTemplate context={context} request={request} />}
    </section>
  );
};

const SaveAsTemplate = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).staff.templates;
  return (
    <details>
      <summary>{words.saveRequest}</summary>
      <form method="post" action={`/staff/requests/${encodeURIComponent(request.id)}/template`}>
        <TextField
          id="template-name"
          name="name"
          label={words.name}
          hint={words.saveRequestHint}
          value={request.title}
          required
          maxLength={200}
          autocomplete="off"
        />
        <p>
          <button type="submit" class="button button-plain">
            {words.save}
          </button>
        </p>
      </form>
    </details>
  );
};

/** What can be done with it next: close, reopen, archive, delete. */
const Ends = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).staff.request;
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  const steps = {
    draft: [],
    open: [{ name: 'close', text: words.closeText, label: words.close }],
    closed: [
      { name: 'reopen', text: words.reopenText, label: words.reopen },
      { name: 'archive', text: words.archiveText, label: words.archive },
    ],
    archived: [],
  }[request.state];
  return (
    <>
      {steps.map(({ name, text, label }) => (
        <form key={name} method="post" action={`${address}/${name}`} class="close">
          <p class="hint">{text}</p>
          <button type="submit" class="button button-plain">
            {label}
          </button>
        </form>
      ))}
      {(request.state === 'closed' || request.state === 'archived') && (
        <p class="close">
          <a href={`${address}/delete`}>{words.remove}</a>
        </p>
      )}
    </>
  );
};

/** The checklist: what is expected by name. */
const Expected = ({ context, checklist }: { context: PageContext; checklist: ChecklistSlot[] }) => {
  const t = messagesFor(context.language);
  if (checklist.length === 0) return null;
  return (
    <section aria-labelledby="checklist-title">
      <h3 id="checklist-title">{t.staff.request.checklist}</h3>
      <ul class="expected">
        {checklist.map(({ id, label, required, rules }) => (
          <li key={id}>
            {label} <span class="mark">{required ? t.layout.required : t.layout.optional}</span>
            <p class="hint">{ruleLines(context.language, rules).join(' · ')}</p>
          </li>
        ))}
      </ul>
    </section>
  );
};

/** What came another way is found by itself; whoever waits for it need not. */
const Look = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).console.request;
  if (!request.isLookedAt) return null;
  return (
    <form method="post" action={`/staff/requests/${encodeURIComponent(request.id)}/look`}>
      <p class="hint">{words.lookText}</p>
      <button type="submit" class="button button-plain">
        {words.look}
      </button>
    </form>
  );
};
