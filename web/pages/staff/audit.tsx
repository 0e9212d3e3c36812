import type { AuditAction } from '../../../db/schema/audit-actions.ts';
import { Moment } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { Layout } from '../layout.tsx';

export interface ShownAuditEvent {
  id: string;
  at: Date;
  actor: string;
  actorName?: string | undefined;
  /** The person whose token it was. */
  ownerName?: string | undefined;
  action: string;
  subject: string;
  subjectName?: string | undefined;
  address?: string | undefined;
  details: Record<string, unknown>;
}

/** As the address has it. */
export interface AuditAsked {
  actor?: string | undefined;
  subject?: string | undefined;
  action?: AuditAction | undefined;
  /** `2026-11-30` */
  from?: string | undefined;
  to?: string | undefined;
}

export interface AuditPageProps {
  context: PageContext;
  staff: { name: string };
  events: ShownAuditEvent[];
  asked: AuditAsked;
  /** Cursor of the page after this. */
  next?: string | undefined;
}

/** Who did what, from where. */
export const AuditPage = ({ context, staff, events, asked, next }: AuditPageProps) => {
  const words = messagesFor(context.language).audit;
  return (
    <Layout context={context} title={words.title} staff={staff} section="audit" wide>
      <div class="title-row">
        <h1>{words.title}</h1>
        <p>
          <a href={hrefOf(asked, {}, '/staff/audit.csv')}>{words.csv}</a>
        </p>
      </div>
      <p>{words.intro}</p>
      <Filter context={context} asked={asked} />
      {events.length === 0 ? (
        <p class="empty">{words.none}</p>
      ) : (
        <ol class="rows rows-audit">
          {events.map((event) => (
            <Event key={event.id} context={context} event={event} asked={asked} />
          ))}
        </ol>
      )}
      {next !== undefined && (
        <p>
          <a href={hrefOf(asked, { cursor: next })}>{words.older}</a>
        </p>
      )}
    </Layout>
  );
};

const hrefOf = (asked: AuditAsked, more: AuditAsked & { cursor?: string }, path = '/staff/audit'): string => {
  const query = new URLSearchParams(
    Object.entries({ ...asked, ...more }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  ).toString();
  return query === '' ? path : `${path}?${query}`;
};

const Filter = ({ context, asked }: Pick<AuditPageProps, 'context' | 'asked'>) => {
  const { language } = context;
  const words = messagesFor(language).audit;
  const narrowed = [asked.actor, asked.subject].filter((each) => each !== undefined);
  const actions = Object.entries(words.action).sort(([, a], [, b]) => a.localeCompare(b, language));
  return (
    <form method="get" action="/staff/audit" class="attach">
      {asked.actor !== undefined && <input type="hidden" name="actor" value={asked.actor} />}
      {asked.subject !== undefined && <input type="hidden" name="subject" value={asked.subject} />}
      <div class="field">
        <label for="action">{words.what}</label>
        <select id="action" name="action">
          <option value="">{words.any}</option>
          {actions.map(([action, said]) => (
            <option key={action} value={action} selected={asked.action === action}>
              {said}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="from">{words.from}</label>
        <input id="from" name="from" type="date" value={asked.from} />
      </div>
      <div class="field">
        <label for="to">{words.to}</label>
        <input id="to" name="to" type="date" value={asked.to} />
      </div>
      <button type="submit" class="button button-plain">
        {words.show}
      </button>
      {narrowed.length > 0 && (
        <p>
          {words.only}: <code>{narrowed.join(' · ')}</code>
        </p>
      )}
      {Object.values(asked).some((each) => each !== undefined && each !== '') && (
        <p>
          <a href="/staff/audit">{words.showAll}</a>
        </p>
      )}
    </form>
  );
};

const Event = ({
  context,
  event,
  asked,
}: Pick<AuditPageProps, 'context' | 'asked'> & { event: ShownAuditEvent }) => {
  const { language, zone } = context;
  const words = messagesFor(language).audit;
  const said = words.action[event.action as AuditAction] as string | undefined;
  const details = Object.entries(event.details);
  return (
    <li>
      <p class="quiet">
        <Moment language={language} at={event.at} zone={zone} precision="seconds" />
      </p>
      <h2>{said ?? event.action}</h2>
      <p>
        <span class="row-label">{words.who}: </span>
        <a href={hrefOf(asked, { actor: event.actor })}>
          <bdi>{whoIn(context, event)}</bdi>
        </a>
        {event.address !== undefined && (
          <small class="row-where">
            {words.where}: {event.address}
          </small>
        )}
      </p>
      <p>
        <span class="row-label">{words.about}: </span>
        <a href={hrefOf(asked, { subject: event.subject })}>
          <bdi>{event.subject === 'unknown' ? words.unknown : (event.subjectName ?? event.subject)}</bdi>
        </a>
      </p>
      {details.length > 0 && (
        <details>
          <summary>{words.details}</summary>
          <dl class="facts facts-small">
            {details.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
};

const whoIn = ({ language }: PageContext, { actor, actorName, ownerName }: ShownAuditEvent): string => {
  const words = messagesFor(language).audit;
  if (actor === 'system') return words.system;
  if (actor === 'anonymous') return words.anonymous;
  if (actor.startsWith('delivery:')) return words.receiver;
  if (actorName === undefined) return actor;
  if (actor.startsWith('token:')) return words.token({ name: actorName, owner: ownerName ?? '–' });
  return actor.startsWith('submission:') ? words.submitter({ name: actorName }) : actorName;
};
