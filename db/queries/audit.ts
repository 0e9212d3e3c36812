import { and, eq, gte, lt, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Queryable } from '../client.ts';
import {
  type AuditAction,
  apiTokens,
  auditEvents,
  destinations,
  requests,
  staff,
  submissions,
} from '../schema/index.ts';
import { after, newestFirst, placeOf, type Stretch } from './pages.ts';

export interface AuditEvent {
  /** `staff:stf_…`, `token:tok_…`, `submission:sub_…`, `delivery:dlv_…`, `system` or `anonymous`. */
  actor: string;
  action: AuditAction;
  subject: string;
  address?: string | undefined;
  details?: Record<string, unknown>;
}

/** Adds a line to the audit log, in the transaction of what it tells about. */
export const recordAudit = async (tx: Queryable, event: AuditEvent): Promise<void> => {
  await tx.insert(auditEvents).values(event);
};

export { auditActions } from '../schema/audit-actions.ts';

export interface AuditFilter {
  actor?: string | undefined;
  subject?: string | undefined;
  action?: AuditAction | undefined;
  from?: Date | undefined;
  /** Without this moment. */
  to?: Date | undefined;
}

const byAge = { at: auditEvents.at, id: auditEvents.id };

/** What follows its kind: ids name theirs too, so that no two tables have one alike. */
const actorId = sql`split_part(${auditEvents.actor}, ':', 2)`;
const actingPerson = alias(staff, 'acting_person');
const tokenOwner = alias(staff, 'token_owner');
const actingSubmission = alias(submissions, 'acting_submission');

/** Of what is less often spoken of. No joins: the planner would try them all in every order. */
const nameOfOther = sql`case left(${auditEvents.subject}, 4)
  when 'dlv_' then (select s.receipt_number || ' → ' || t.name
    from deliveries d join submissions s on s.id = d.submission_id join destinations t on t.id = d.destination_id
    where d.id = ${auditEvents.subject})
  when 'tpl_' then (select name from request_templates where id = ${auditEvents.subject})
  when 'tem_' then (select name from teams where id = ${auditEvents.subject})
  when 'tok_' then (select name from api_tokens where id = ${auditEvents.subject})
  when 'fil_' then (select path from files where id = ${auditEvents.subject}) end`;

/** The audit log, the newest first, with the names that its actors and subjects have now: null for what is gone. */
export const listAudit = (db: Queryable, filter: AuditFilter, stretch: Stretch) =>
  db
    .select({
      event: auditEvents,
      actorName: sql<
        string | null
      >`coalesce(${actingPerson.name}, ${apiTokens.name}, ${actingSubmission.submitterName})`,
      /** Of a token. */
      ownerName: tokenOwner.name,
      subjectName: sql<
        string | null
      >`coalesce(${requests.title}, ${submissions.receiptNumber}, ${destinations.name}, ${staff.name}, ${nameOfOther})`,
      place: placeOf(byAge),
    })
    .from(auditEvents)
    .leftJoin(actingPerson, eq(actingPerson.id, actorId))
    .leftJoin(apiTokens, eq(apiTokens.id, actorId))
    .leftJoin(tokenOwner, eq(tokenOwner.id, apiTokens.staffId))
    .leftJoin(actingSubmission, eq(actingSubmission.id, actorId))
    .leftJoin(requests, eq(requests.id, auditEvents.subject))
    .leftJoin(submissions, eq(submissions.id, auditEvents.subject))
    .leftJoin(destinations, eq(destinations.id, auditEvents.subject))
    .leftJoin(staff, eq(staff.id, auditEvents.subject))
    .where(
      and(
        filter.actor === undefined ? undefined : eq(auditEvents.actor, filter.actor),
        filter.subject === undefined ? undefined : eq(auditEvents.subject, filter.subject),
        filter.action === undefined ? undefined : eq(auditEvents.action, filter.action),
        filter.from === undefined ? undefined : gte(auditEvents.at, filter.from),
        filter.to === undefined ? undefined : lt(auditEvents.at, filter.to),
        after(byAge, stretch.after),
      ),
    )
    .orderBy(...newestFirst(byAge))
    .limit(stretch.limit);

export type ListedAuditEvent = Awaited<ReturnType<typeof listAudit>>[number];
