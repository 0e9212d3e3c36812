import { formatDistance, isNoticeCode, messagesFor, type WordParams } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ShownNotice {
  id: string;
  level: 'information' | 'warning' | 'problem';
  /** A `NoticeCode`; one that is not known here is shown as it is. */
  code: string;
  /** The id of the row it is about. */
  subject: string;
  params: WordParams;
  timesSeen: number;
  lastSeenAt: Date;
  requestId?: string;
  settledAt?: Date;
}

export interface NoticesPageProps {
  context: PageContext;
  staff: { name: string };
  notices: ShownNotice[];
  /** Those that were settled, instead of those that wait. */
  settled: boolean;
  mayChange: boolean;
}

/** Everything staff are told, and what they have seen to. */
export const NoticesPage = ({ context, staff, notices, settled, mayChange }: NoticesPageProps) => {
  const words = messagesFor(context.language).staff.notices;
  const page = (isCurrent: boolean) => (isCurrent ? 'page' : undefined);
  return (
    <Layout context={context} title={words.all} staff={staff} section="notices" wide>
      <h1>{words.all}</h1>
      <nav class="filters" aria-label={words.all}>
        <a href="/staff/notices" aria-current={page(!settled)}>
          {words.unsettled}
        </a>
        <a href="/staff/notices?settled" aria-current={page(settled)}>
          {words.settled}
        </a>
      </nav>
      {notices.length === 0 ? (
        <p class="empty">{settled ? words.noneSettled : words.nothing}</p>
      ) : (
        <ul class="notices">
          {notices.map((notice) => (
            <Notice
              key={notice.id}
              context={context}
              notice={notice}
              maySettle={mayChange && notice.settledAt === undefined}
            />
          ))}
        </ul>
      )}
    </Layout>
  );
};

/** What the lists of requests and submissions say themselves: as notices, hundreds of them would hide the others. */
const shownElsewhere = new Set(['submission.sealed', 'delivery.delivered']);

/** The first few that ask for something, above a page about something else. Nothing is drawn when there is nothing. */
export const Notices = (props: { context: PageContext; notices: ShownNotice[]; most?: number }) => {
  const { context, most = 5 } = props;
  const notices = props.notices.filter(({ code }) => !shownElsewhere.has(code));
  const words = messagesFor(context.language).staff.notices;
  if (notices.length === 0) return null;
  return (
    <section class="to-look-at" aria-labelledby="notices-title">
      <h2 id="notices-title">{words.title}</h2>
      <ul class="notices">
        {notices.slice(0, most).map((notice) => (
          <Notice key={notice.id} context={context} notice={notice} maySettle={false} />
        ))}
      </ul>
      {notices.length > most && (
        <p>
          <a href="/staff/notices">{words.more({ count: notices.length })}</a>
        </p>
      )}
    </section>
  );
};

/** Where staff can do something about it, besides its request. */
const placeOf = ({ subject }: ShownNotice): 'deliveries' | 'destinations' | undefined => {
  if (subject.startsWith('dlv_')) return 'deliveries';
  return subject.startsWith('dst_') ? 'destinations' : undefined;
};

const Notice = (props: { context: PageContext; notice: ShownNotice; maySettle: boolean }) => {
  const { notice } = props;
  const { language, now } = props.context;
  const t = messagesFor(language);
  const words = t.staff.notices;
  const at = notice.settledAt ?? notice.lastSeenAt;
  const distance = formatDistance(language, at, now);
  const place = placeOf(notice);
  return (
    <li class={`notice notice-${notice.level}`} id={notice.id}>
      <p>
        <strong>{words.level[notice.level]}</strong>{' '}
        {isNoticeCode(notice.code)
          ? t.notice[notice.code](notice.params)
          : words.unknown({ code: notice.code })}
      </p>
      <p class="notice-facts">
        <time dateTime={at.toISOString()}>
          {notice.settledAt === undefined ? distance : words.settledAgo({ distance })}
        </time>
        {notice.timesSeen > 1 && <span>{words.timesSeen({ count: notice.timesSeen })}</span>}
        {place !== undefined && (
          <a href={`/staff/${place}/${encodeURIComponent(notice.subject)}`}>{words.openPlace[place]}</a>
        )}
        {notice.requestId !== undefined && (
          <a href={`/staff/requests/${encodeURIComponent(notice.requestId)}`}>{words.open}</a>
        )}
      </p>
      {props.maySettle && (
        <form method="post" action={`/staff/notices/${notice.id}/settle`}>
          <button type="submit" class="link">
            {words.settle}
          </button>
        </form>
      )}
    </li>
  );
};
