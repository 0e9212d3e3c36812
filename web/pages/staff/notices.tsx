import { formatDistance, isNoticeCode, messagesFor, type WordParams } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

export interface ShownNotice {
  id: string;
  level: 'information' | 'warning' | 'problem';
  /** A `NoticeCode`; one that is not known here is shown as it is. */
  code: string;
  params: WordParams;
  timesSeen: number;
  lastSeenAt: Date;
  requestId?: string;
}

/** What the lists of requests and submissions say themselves: as notices, hundreds of them would hide the others. */
const shownElsewhere = new Set(['submission.sealed', 'delivery.delivered']);

/** What staff must be told and have not yet set right. Nothing is drawn when there is nothing. */
export const Notices = (props: { context: PageContext; notices: ShownNotice[] }) => {
  const { context } = props;
  const { language, now } = context;
  const notices = props.notices.filter(({ code }) => !shownElsewhere.has(code));
  const t = messagesFor(language);
  const words = t.staff.notices;
  if (notices.length === 0) return null;
  return (
    <section class="notices" aria-labelledby="notices-title">
      <h2 id="notices-title">{words.title}</h2>
      <ul>
        {notices.map((notice) => (
          <li key={notice.id} class={`notice notice-${notice.level}`}>
            <p>
              <strong>{words.level[notice.level]}</strong>{' '}
              {isNoticeCode(notice.code)
                ? t.notice[notice.code](notice.params)
                : words.unknown({ code: notice.code })}
            </p>
            <p class="notice-facts">
              <time dateTime={notice.lastSeenAt.toISOString()}>
                {formatDistance(language, notice.lastSeenAt, now)}
              </time>
              {notice.timesSeen > 1 && <span>{words.timesSeen({ count: notice.timesSeen })}</span>}
              {notice.requestId !== undefined && (
                <a href={`/staff/requests/${encodeURIComponent(notice.requestId)}`}>{words.open}</a>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
};
