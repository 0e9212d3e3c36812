import type { StaffRole } from '../../../db/schema/people.ts';
import type { RequestState } from '../../../db/schema/requests.ts';
import { Badge, Moment } from '../../components/common.tsx';
import { formatCount, formatDistance, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Arriving, type ArrivingProps } from './arriving.tsx';
import { Live } from './live.tsx';
import { Notices, type ShownNotice } from './notices.tsx';
import { ProofLine, RequestStateBadge, type ShownProof } from './states.tsx';

export interface RequestsPageProps {
  context: PageContext;
  staff: { name: string; role?: StaffRole; teams?: 'all' | readonly string[] };
  /** Unresolved ones, the newest first. */
  notices: ShownNotice[];
  requests: RequestListItem[];
  /** How many each view holds, whatever is searched for. */
  counts: Record<RequestsView, number>;
  view: RequestsView;
  /** Empty: nothing is searched for. */
  search: string;
  arriving: Omit<ArrivingProps, 'context'>;
  /** Cursor of the page after this. */
  next?: string | undefined;
  /** There is a page before this. */
  isLater?: boolean;
}

export interface RequestListItem {
  id: string;
  title: string;
  state: RequestState;
  /** The portal's own address for it, whole; undefined when no link of it works. */
  link?: string;
  deadline?: { at: Date; zone: string };
  /** Sealed ones, and those still under way. */
  submissions: { sealed: number; underWay: number };
  /** Stored files. */
  files: number;
  /** When the newest submission was sealed. */
  lastAt?: Date;
  /** Deliveries that were given up. */
  dead: number;
  proof?: ShownProof;
}

/** Where somebody has to act. */
const toAct = ['overdue', 'due-soon', 'arriving', 'failed', 'empty'] as const;
const byState = ['open', 'closed', 'archived', 'all'] as const;

/** What part of the requests is shown; by its name in the address. */
export type RequestsView = (typeof toAct)[number] | (typeof byState)[number];

/** What is shown where nobody asks for a view: what is going on, or wherever the text is found. */
export const usualView = (search: string): RequestsView => (search === '' ? 'open' : 'all');

/** Requests, under where to act and what arrives. */
export const RequestsPage = (props: RequestsPageProps) => {
  const { context, staff, counts, requests, next } = props;
  const t = messagesFor(context.language);
  const words = t.staff.requests;
  const mayCreate = staff.role !== 'viewer';
  if (counts.all === 0) return <FirstSteps context={context} staff={staff} notices={props.notices} />;
  return (
    <Layout context={context} title={words.title} scripts={['page', 'live']} staff={staff} wide>
      <div class="title-row">
        <h1>{words.title}</h1>
        {mayCreate && <NewRequestLink words={words.create} />}
      </div>
      <Live
        context={context}
        path="/staff/live"
        files={requests.reduce((sum, request) => sum + request.files, 0)}
      />
      <Glance {...props} />
      <Arriving context={context} {...props.arriving} />
      <div id="notices" data-live>
        <Notices context={context} notices={props.notices} most={3} />
      </div>
      <Finding {...props} />
      {requests.length === 0 && (
        <p class="empty">
          {words.none} <a href="/staff?show=all">{t.console.list.showAll}</a>
        </p>
      )}
      <ul class="rows rows-requests" id="requests" data-live>
        {requests.map((request) => (
          <RequestItem key={request.id} context={context} request={request} />
        ))}
      </ul>
      {(next !== undefined || props.isLater) && (
        <p class="pages">
          {props.isLater && <a href={hrefOf(props, {})}>{t.console.list.newer}</a>}
          {next !== undefined && <a href={hrefOf(props, { cursor: next })}>{words.older}</a>}
        </p>
      )}
    </Layout>
  );
};

/** Before there is any request: one thing to do. */
const FirstSteps = ({
  context,
  staff,
  notices,
}: Pick<RequestsPageProps, 'context' | 'staff' | 'notices'>) => {
  const t = messagesFor(context.language);
  const words = t.staff.requests;
  const hasTeam = staff.role === 'administrator' || staff.teams?.length !== 0;
  return (
    <Layout context={context} title={words.title} scripts={['page']} staff={staff}>
      <h1>{words.title}</h1>
      <Notices context={context} notices={notices} most={3} />
      <section class="empty">
        <h2>{words.emptyTitle}</h2>
        <p>{hasTeam ? words.emptyText : t.console.list.noTeam}</p>
        {hasTeam && staff.role !== 'viewer' && <NewRequestLink words={words.create} />}
      </section>
    </Layout>
  );
};

const hrefOf = (
  { view, search }: Pick<RequestsPageProps, 'view' | 'search'>,
  more: { view?: RequestsView; cursor?: string },
): string => {
  const shown = more.view ?? view;
  const query = new URLSearchParams({
    ...(shown !== usualView(search) && { show: shown }),
    ...(search !== '' && { q: search }),
    ...(more.cursor !== undefined && { cursor: more.cursor }),
  }).toString();
  return query === '' ? '/staff' : `/staff?${query}`;
};

/** How many ask for something, and what. */
const Glance = ({ context, counts, view }: RequestsPageProps) => {
  const words = messagesFor(context.language).staff.requests;
  return (
    <nav class="glance" aria-label={words.toAct} id="glance" data-live>
      {toAct.map((each) => (
        <a
          key={each}
          href={hrefOf({ view, search: '' }, { view: each })}
          class={counts[each] > 0 ? `glance-${each}` : 'glance-none'}
          aria-current={each === view ? 'page' : undefined}
        >
          <strong>{formatCount(context.language, counts[each])}</strong> <span>{words.views[each]}</span>
        </a>
      ))}
    </nav>
  );
};

/** States, and the search. */
const Finding = (props: RequestsPageProps) => {
  const { context, counts, view, search } = props;
  const t = messagesFor(context.language).staff;
  const words = t.requests;
  return (
    <div class="finding">
      <nav class="filters" aria-label={words.title} id="states" data-live>
        {byState.map((each) => (
          <a
            key={each}
            href={hrefOf(props, { view: each })}
            aria-current={each === view ? 'page' : undefined}
          >
            {each === 'all' ? words.all : t.requestState[each]} ({formatCount(context.language, counts[each])}
            )
          </a>
        ))}
      </nav>
      <search>
        <form method="get" action="/staff" class="attach">
          {view !== 'open' && view !== 'all' && <input type="hidden" name="show" value={view} />}
          <div class="field">
            <label for="q">{words.search}</label>
            <input id="q" name="q" type="search" value={search} maxLength={200} />
          </div>
          <button type="submit" class="button button-plain">
            {words.find}
          </button>
        </form>
      </search>
    </div>
  );
};

const NewRequestLink = ({ words }: { words: string }) => (
  <p>
    <a class="button" href="/staff/requests/new">
      {words}
    </a>
  </p>
);

const RequestItem = ({ context, request }: { context: PageContext; request: RequestListItem }) => {
  const t = messagesFor(context.language);
  const words = t.console.list;
  const address = `/staff/requests/${encodeURIComponent(request.id)}`;
  const isOpen = request.state === 'open';
  return (
    <li id={request.id}>
      <div class="row-title">
        <h2>
          <a href={address}>{request.title}</a>
        </h2>
        <p class="badges">
          <RequestStateBadge context={context} state={request.state} />
          {request.dead > 0 && <Badge kind="bad">{words.dead({ count: request.dead })}</Badge>}
        </p>
      </div>
      <Deadline context={context} request={request} />
      <Received context={context} request={request} />
      <div class="row-proof">
        {isOpen && <ProofLine context={context} proof={request.proof} />}
        {request.link !== undefined && isOpen && (
          <a
            class="row-link"
            href={`${address}#link`}
            data-copy-text={request.link}
            data-copied={t.layout.copied}
          >
            {words.copyLink}
            <span class="visually-hidden"> {request.title}</span>
          </a>
        )}
      </div>
    </li>
  );
};

const Deadline = ({ context, request }: { context: PageContext; request: RequestListItem }) => {
  const { language, now } = context;
  const t = messagesFor(language);
  const { deadline, state } = request;
  if (deadline === undefined) return <p class="quiet">{t.staff.requests.noDeadline}</p>;
  const distance = formatDistance(language, deadline.at, now);
  const isPast = deadline.at <= now;
  const isSoon = !isPast && deadline.at.getTime() - now.getTime() < soonMs;
  const kind = state !== 'open' ? 'quiet' : isPast ? 'row-past' : isSoon ? 'row-soon' : '';
  return (
    <p>
      {state === 'open' && (
        <span class={`row-distance ${kind}`}>
          {isPast ? t.console.list.past({ distance }) : t.console.list.due({ distance })}
        </span>
      )}
      <span class="quiet">
        <Moment language={language} at={deadline.at} zone={deadline.zone} />
      </span>
    </p>
  );
};

const soonMs = 7 * 86_400_000;

const Received = ({ context, request }: { context: PageContext; request: RequestListItem }) => {
  const { language, now } = context;
  const t = messagesFor(language);
  const words = t.staff.requests;
  const { sealed, underWay } = request.submissions;
  if (sealed === 0 && underWay === 0) return <p class="quiet">{t.console.list.nothingYet}</p>;
  return (
    <p class="row-received">
      <span>
        <strong>{words.submissions({ count: sealed })}</strong> · {words.files({ count: request.files })}
      </span>
      <span class="quiet">
        {underWay > 0 && <span class="row-arriving">{words.onTheirWay({ count: underWay })}</span>}
        {request.lastAt !== undefined &&
          t.console.list.lastAt({ distance: formatDistance(language, request.lastAt, now) })}
      </span>
    </p>
  );
};
