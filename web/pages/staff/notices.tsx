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
  /** Those of it alone. */
  level?: ShownNotice['level'] | undefined;
  /** Cursor of the page after this. */
  next?: string | undefined;
  mayChange: boolean;
}

const levels = ['problem', 'warning', 'information'] as const;

/** The address of a page of notices. */
export const noticesHref = (asked: {
  level?: string | undefined;
  settled?: boolean;
  cursor?: string | undefined;
}): string => {
  const query = new URLSearchParams();
  if (asked.settled === true) query.set('settled', '');
  if (asked.level !== undefined) query.set('level', asked.level);
  if (asked.cursor !== undefined) query.set('cursor', asked.cursor);
  return query.size === 0 ? '/staff/notices' : `/staff/notices?${query.toString()}`;
};

/** Everything staff are told, and what they have seen to. */
export const NoticesPage = (props: NoticesPageProps) => {
  const { context, staff, notices, settled, level, next, mayChange } = props;
  const words = messagesFor(context.language).staff.notices;
  const page = (isCurrent: boolean) => (isCurrent ? 'page' : undefined);
  return (
    <Layout context={context} title={words.all} staff={staff} section="notices" wide>
      <h1>{words.all}</h1>
      <nav class="filters" aria-label={words.all}>
        <a href={noticesHref({})} aria-current={page(!settled && level === undefined)}>
          {words.unsettled}
        </a>
        {levels.map((each) => (
          <a key={each} href={noticesHref({ level: each })} aria-current={page(level === each)}>
            {words.level[each]}
          </a>
        ))}
        <a href={noticesHref({ settled: true })} aria-current={page(settled)}>
          {words.settled}
        </a>
      </nav>
      {mayChange && !settled && notices.length > 1 && (
        <form method="post" action={noticesHref({ level }).replace('/notices', '/notices/settle')}>
          {notices.map(({ id }) => (
            <input key={id} type="hidden" name="notice" value={id} />
          ))}
          <button type="submit" class="button button-plain">
            {words.settleShown({ count: notices.length })}
          </button>
        </form>
      )}
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
      {next !== undefined && (
        <p>
          <a href={noticesHref({ level, settled, cursor: next })}>{words.next}</a>
        </p>
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
