import type { RequestState } from '../../../db/schema/requests.ts';
import { Moment } from '../../components/common.tsx';
import { CopyField } from '../../components/copy-field.tsx';
import { formatDistance, messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';
import { Notices, type ShownNotice } from './notices.tsx';
import { ProofLine, RequestStateBadge, type ShownProof } from './states.tsx';

export interface RequestsPageProps {
  context: PageContext;
  staff: { name: string };
  /** Unresolved ones, the newest first. */
  notices: ShownNotice[];
  requests: RequestListItem[];
  /** How many each view holds, whatever is searched for. */
  counts: Record<RequestsView, number>;
  view: RequestsView;
  /** Empty: nothing is searched for. */
  search: string;
  /** Cursor of the page after this. */
  next?: string | undefined;
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
  proof?: ShownProof;
}

/** Where somebody has to act. */
const toAct = ['overdue', 'due-soon', 'arriving', 'failed', 'empty'] as const;
const byState = ['all', 'open', 'closed', 'archived'] as const;

/** What part of the requests is shown; by its name in the address. */
export type RequestsView = (typeof toAct)[number] | (typeof byState)[number];

/** All requests, under what needs attention. */
export const RequestsPage = (props: RequestsPageProps) => {
  const { context, staff, notices, requests, counts, next } = props;
  const t = messagesFor(context.language).staff;
  const isNew = counts.all === 0;
  return (
    <Layout context={context} title={t.requests.title} scripts={['page']} staff={staff}>
      <Notices context={context} notices={notices} />
      <div class="title-row">
        <h1>{t.requests.title}</h1>
        {!isNew && <NewRequestLink words={t.requests.create} />}
      </div>
      {isNew ? (
        <section class="empty">
          <h2>{t.requests.emptyTitle}</h2>
          <p>{t.requests.emptyText}</p>
          <NewRequestLink words={t.requests.create} />
        </section>
      ) : (
        <>
          <Finding {...props} />
          {requests.length === 0 && <p class="empty">{t.requests.none}</p>}
          <ul class="requests">
            {requests.map((request) => (
              <RequestItem key={request.id} context={context} request={request} />
            ))}
          </ul>
        </>
      )}
      {next !== undefined && (
        <p>
          <a href={hrefOf(props, { cursor: next })}>{t.requests.older}</a>
        </p>
      )}
    </Layout>
  );
};

const hrefOf = (
  { view, search }: Pick<RequestsPageProps, 'view' | 'search'>,
  more: { view?: RequestsView; cursor?: string },
): string => {
  const shown = more.view ?? view;
  const query = new URLSearchParams({
    ...(shown !== 'all' && { show: shown }),
    ...(search !== '' && { q: search }),
    ...(more.cursor !== undefined && { cursor: more.cursor }),
  }).toString();
  return query === '' ? '/staff' : `/staff?${query}`;
};

/** Counts of what asks for something, states, and the search. */
const Finding = (props: RequestsPageProps) => {
  const { context, counts, view, search } = props;
  const t = messagesFor(context.language).staff;
  const words = t.requests;
  const current = (each: RequestsView) => (each === view ? 'page' : undefined);
  return (
    <>
      <nav class="glance" aria-label={words.toAct}>
        {toAct.map((each) => (
          <a
            key={each}
            href={hrefOf({ view, search: '' }, { view: each })}
            class={counts[each] > 0 ? `glance-${each}` : undefined}
            aria-current={current(each)}
          >
            <strong>{counts[each]}</strong> {words.views[each]}
          </a>
        ))}
      </nav>
      <search>
        <form method="get" action="/staff" class="attach">
          {view !== 'all' && <input type="hidden" name="show" value={view} />}
          <div class="field">
            <label for="q">{words.search}</label>
            <input id="q" name="q" type="search" value={search} maxLength={200} />
          </div>
          <button type="submit" class="button button-plain">
            {words.find}
          </button>
        </form>
      </search>
      <nav class="filters" aria-label={words.title}>
        {byState.map((each) => (
          <a key={each} href={hrefOf(props, { view: each })} aria-current={current(each)}>
            {each === 'all' ? words.all : t.requestState[each]} ({counts[each]})
          </a>
        ))}
      </nav>
    </>
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
  const { language, now } = context;
  const t = messagesFor(language);
  const words = t.staff.requests;
  const { sealed, underWay } = request.submissions;
  return (
    <li class="request">
      <div class="request-head">
        <h2>
          <a href={`/staff/requests/${encodeURIComponent(request.id)}`}>{request.title}</a>
        </h2>
        <RequestStateBadge context={context} state={request.state} />
      </div>
      <p class="request-facts">
        <span>{words.submissions({ count: sealed })}</span>
        {underWay > 0 && <span>{words.onTheirWay({ count: underWay })}</span>}
        <span>{words.files({ count: request.files })}</span>
        {request.deadline === undefined ? (
          <span>{words.noDeadline}</span>
        ) : (
          <span>
            {words.deadline}:{' '}
            <Moment language={language} at={request.deadline.at} zone={request.deadline.zone} /> (
            {formatDistance(language, request.deadline.at, now)})
          </span>
        )}
      </p>
      {request.state === 'open' && (
        <p>
          <ProofLine context={context} proof={request.proof} />
        </p>
      )}
      {request.link !== undefined && request.state === 'open' && (
        <CopyField id={`link-${request.id}`} label={words.link} value={request.link} words={t.layout} />
      )}
    </li>
  );
};
