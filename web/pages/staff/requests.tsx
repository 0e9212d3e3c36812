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

/** All requests, under what needs attention. */
export const RequestsPage = ({ context, staff, notices, requests }: RequestsPageProps) => {
  const t = messagesFor(context.language).staff;
  return (
    <Layout context={context} title={t.requests.title} scripts={['page']} staff={staff}>
      <Notices context={context} notices={notices} />
      <div class="title-row">
        <h1>{t.requests.title}</h1>
        {requests.length > 0 && <NewRequestLink words={t.requests.create} />}
      </div>
      {requests.length === 0 ? (
        <section class="empty">
          <h2>{t.requests.emptyTitle}</h2>
          <p>{t.requests.emptyText}</p>
          <NewRequestLink words={t.requests.create} />
        </section>
      ) : (
        <ul class="requests">
          {requests.map((request) => (
            <RequestItem key={request.id} context={context} request={request} />
          ))}
        </ul>
      )}
    </Layout>
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
