import type { StaffRole } from '../../../db/schema/people.ts';
import type { ProofCheck, RequestState } from '../../../db/schema/requests.ts';
import { Alert, Moment, WithMoment } from '../../components/common.tsx';
import { TextField } from '../../components/field.tsx';
import { Markdown } from '../../components/markdown.tsx';
import { ruleLines } from '../../components/rule-lines.ts';
import { formatDistance, type Language, languageNames, messagesFor } from '../../i18n/index.ts';
import type { ChecklistSlot } from '../../sending/rules.ts';
import type { PageContext, ShownFailure } from '../context.ts';
import { Layout } from '../layout.tsx';
import type { Fate } from './fates.ts';
import { Forms, type ShownForms } from './forms.tsx';
import { HandOn } from './hand-on.tsx';
import { Live } from './live.tsx';
import { MailShares, SecondWayIn, type ShownMailShares } from './mail-shares.tsx';
import type { NewRequestValues } from './new-request-form.ts';
import { Notices, type ShownNotice } from './notices.tsx';
import { ProofLine, RequestStateBadge, type ShownProof } from './states.tsx';
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

export interface ShownRequest extends ShownForms, Omit<ShownMailShares, 'state'> {
  title: string;
  /** Left out where there is only one. */
  team?: string;
  instructions: string;
  state: RequestState;
  /** The portal's own address for it, whole. */
  link?: string;
  createdAt: Date;
  deadline?: { at: Date; zone: string; graceUntil?: Date };
  /** In Nextcloud, below the account's files. */
  folderPath?: string;
  /** Whose folder it is, where it is not the portal's. */
  folderOf?: string;
  passwordSet: boolean;
  languages: readonly Language[];
  nextcloudPageAllowed: boolean;
  /** Files that came another way are looked for. */
  isLookedAt: boolean;
  takeBackMinutes: number;
  retention?: { days: number; from?: Date };
  fates: Pick<NewRequestValues, Fate> & { deleteAfterDays: number };
  destinations: string[];
  checklist: ChecklistSlot[];
  proof?: ShownProof & { checks: ProofCheck[] };
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

const Proof = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).staff.request;
  return (
    <section aria-labelledby="proof-title" id="proof" data-live>
      <h2 id="proof-title">{words.proof}</h2>
      <ProofNow context={context} request={request} />
    </section>
  );
};

const ProofNow = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const words = messagesFor(context.language).staff.request;
  const { proof } = request;
  if (proof === undefined) return <p class="quiet">{words.noProof}</p>;
  const checks = (
    <ul class="checks">
      {proof.checks.map((check) => (
        <Check key={check.name} context={context} check={check} />
      ))}
    </ul>
  );
  // What was true of a share that was removed is nothing to be sure of now.
  if (proof.state === 'gone' && request.state !== 'open')
    return (
      <>
        <p>
          <WithMoment
            words={(at) => words.proofOver({ at })}
            language={context.language}
            at={proof.provenAt}
            zone={context.zone}
          />
        </p>
        <details class="checks-over">
          <summary>{words.proofThen}</summary>
          {checks}
        </details>
      </>
    );
  return (
    <>
      <p class="hint">{words.proofText}</p>
      {checks}
    </>
  );
};

const Check = ({ context, check }: { context: PageContext; check: ProofCheck }) => {
  const words = messagesFor(context.language).staff.request;
  const held = check.expected === check.seen;
  return (
    <li class={held ? 'check-held' : 'check-failed'}>
      <p>
        <strong>{Object.hasOwn(words.checks, check.name) ? words.checks[check.name] : check.name}</strong>{' '}
        <span class="visually-hidden">{held ? words.asExpected : words.differs}</span>
      </p>
      <p class="quiet">
        {words.seen}: <code>{check.seen}</code>
        {!held && (
          <>
            {' · '}
            {words.expected}: <code>{check.expected}</code>
          </>
        )}
      </p>
    </li>
  );
};

/** What becomes of its files, where that is not what becomes of most. */
const fatesSaid = ({ language }: PageContext, { fates }: ShownRequest): string[] => {
  const words = messagesFor(language).staff.request.fate;
  return [
    ...(fates.deliverPer === 'file' ? [words.perFile] : []),
    ...(fates.unscanned === 'hold' ? [words.held] : []),
    ...(fates.afterImport === 'move' ? [words.moved] : []),
    ...(fates.afterImport === 'delete' ? [words.deleted({ count: fates.deleteAfterDays })] : []),
  ];
};

const Facts = ({ context, request }: { context: PageContext; request: ShownRequest }) => {
  const { language, zone, now } = context;
  const words = messagesFor(language).staff.request;
  const { deadline } = request;
  const none = messagesFor(language).staff.requests.noDeadline;
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">{words.facts}</h2>
      <dl class="facts">
        <div>
          <dt>{words.deadline}</dt>
          <dd>
            {deadline === undefined ? (
              none
            ) : (
              <>
                <Moment language={language} at={deadline.at} zone={deadline.zone} /> (
                {formatDistance(language, deadline.at, now)})
              </>
            )}
          </dd>
        </div>
        {request.team !== undefined && (
          <div>
            <dt>{words.team}</dt>
            <dd>{request.team}</dd>
          </div>
        )}
        <div>
          <dt>{words.passwordSet}</dt>
          <dd>{request.passwordSet ? words.yes : words.no}</dd>
        </div>
        <div>
          <dt>{words.languages}</dt>
          <dd>{request.languages.map((each) => languageNames[each]).join(' · ')}</dd>
        </div>
        <div>
          <dt>{words.nextcloudPage}</dt>
          <dd>{request.nextcloudPageAllowed ? words.nextcloudPageOpen : words.nextcloudPageShut}</dd>
        </div>
        <div>
          <dt>{words.takeBack}</dt>
          <dd>{words.takeBackFor({ count: request.takeBackMinutes })}</dd>
        </div>
        <div>
          <dt>{words.retention}</dt>
          <dd>
            {request.retention === undefined
              ? words.retentionOff
              : words.retentionDays({ count: request.retention.days })}
            {request.retention?.from !== undefined && (
              <p class="hint">
                <WithMoment
                  words={(at) => words.retentionFrom({ at })}
                  language={language}
                  at={request.retention.from}
                  zone={zone}
                />
              </p>
            )}
          </dd>
        </div>
        <div>
          <dt>{words.destinations}</dt>
          <dd>
            {request.destinations.length === 0 ? '–' : request.destinations.join(' · ')}
            {fatesSaid(context, request).map((said) => (
              <p key={said} class="hint">
                {said}
              </p>
            ))}
          </dd>
        </div>
        {request.folderPath !== undefined && (
          <div>
            <dt>{words.folder}</dt>
            <dd>
              <code>{request.folderPath}</code>
              {request.folderOf !== undefined && (
                <>
                  {' '}
                  <span class="quiet">{words.folderOf({ user: request.folderOf })}</span>
                </>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>{words.created}</dt>
          <dd>
            <Moment language={language} at={request.createdAt} zone={zone} />
          </dd>
        </div>
      </dl>
    </section>
  );
};
