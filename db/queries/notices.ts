import {
  type AnyColumn,
  and,
  desc,
  eq,
  inArray,
  isNotNull,
  isNull,
  ne,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { Queryable } from '../client.ts';
import { type NoticeLevel, notices, requests } from '../schema/index.ts';
import { after, newestFirst, placeOf, type Stretch } from './pages.ts';
import { noticesOfTeams, type TeamScope } from './teams.ts';

export interface NewNotice {
  level: NoticeLevel;
  /** A key of the message catalogue. */
  code: string;
  /** The id of the row it is about. The same code and subject again is the same notice, seen once more. */
  subject: string;
  /** Its team is told. Left out: it is about the whole installation. */
  requestId?: string | undefined;
  /** Who is told, where the request is gone. */
  teamId?: string | undefined;
  params?: Record<string, string | number>;
}

/** Tells staff something, once: while it is unresolved, the same again only counts. */
export const raiseNotice = async (tx: Queryable, notice: NewNotice): Promise<void> => {
  await tx
    .insert(notices)
    .values({
      ...notice,
      teamId:
        notice.teamId ??
        (notice.requestId === undefined
          ? null
          : sql`(select ${requests.teamId} from ${requests} where ${requests.id} = ${notice.requestId})`),
    })
    .onConflictDoUpdate({
      target: [notices.code, notices.subject],
      targetWhere: sql`resolved_at is null`,
      set: {
        timesSeen: sql`${notices.timesSeen} + 1`,
        lastSeenAt: sql`now()`,
        level: notice.level,
        params: notice.params ?? {},
      },
    });
};

export const resolveNotices = async (tx: Queryable, code: string, subject: string): Promise<void> => {
  await tx
    .update(notices)
    .set({ resolvedAt: sql`now()` })
    .where(and(eq(notices.code, code), eq(notices.subject, subject), isNull(notices.resolvedAt)));
};

/** What is told of a request is its new team's to know. */
export const moveNotices = async (tx: Queryable, requestId: string, teamId: string): Promise<void> => {
  await tx.update(notices).set({ teamId }).where(eq(notices.requestId, requestId));
};

/** @returns those that were not settled already, and are of the teams */
export const settleNotices = async (
  tx: Queryable,
  ids: readonly string[],
  scope: TeamScope,
): Promise<string[]> => {
  const settled = await tx
    .update(notices)
    .set({ resolvedAt: sql`now()` })
    .where(and(inArray(notices.id, [...ids]), isNull(notices.resolvedAt), noticesOfTeams(scope)))
    .returning({ id: notices.id });
  return settled.map(({ id }) => id);
};

export const findNotice = async (db: Queryable, id: string) =>
  (await db.select().from(notices).where(eq(notices.id, id)))[0];

const ofLevel = (level: NoticeLevel | undefined): SQL | undefined =>
  level === undefined ? undefined : eq(notices.level, level);

/** What nobody has settled, or what was settled, the newest first. */
export const listNotices = (
  db: Queryable,
  which: { teams: TeamScope; settled: boolean; level?: NoticeLevel | undefined },
  stretch: Stretch,
) => {
  const byAge = { at: which.settled ? notices.resolvedAt : notices.lastSeenAt, id: notices.id };
  return db
    .select({ notice: notices, place: placeOf(byAge) })
    .from(notices)
    .where(
      and(
        which.settled ? isNotNull(notices.resolvedAt) : isUnresolved,
        noticesOfTeams(which.teams),
        ofLevel(which.level),
        after(byAge, stretch.after),
      ),
    )
    .orderBy(...newestFirst(byAge))
    .limit(stretch.limit);
};

/** What is only said, and asks for nothing, is told for so long. */
const toldFor = sql`interval '7 days'`;

const isUnresolved = and(
  isNull(notices.resolvedAt),
  or(ne(notices.level, 'information'), sql`${notices.lastSeenAt} > now() - ${toldFor}`),
);

const urgencyOf = (level: SQL | AnyColumn): SQL =>
  sql`array_position(array['information', 'warning', 'problem'], ${level})`;

/** Problems first, then warnings, each the newest first: what is only said never hides them. */
export const listUnresolved = (
  db: Queryable,
  which: { teams: TeamScope; level?: NoticeLevel | undefined },
  stretch: Stretch,
) => {
  const byAge = { at: notices.lastSeenAt, id: notices.id };
  const urgency = urgencyOf(notices.level);
  const { after: place } = stretch;
  return db
    .select({ notice: notices, place: placeOf(byAge) })
    .from(notices)
    .where(
      and(
        isUnresolved,
        noticesOfTeams(which.teams),
        ofLevel(which.level),
        // A place knows no level: its notice does; where that is gone, the list begins anew among the problems.
        place &&
          sql`(${urgency}, ${notices.lastSeenAt}, ${notices.id}) < (
            coalesce((select ${urgencyOf(sql`level`)} from notices as placed where placed.id = ${place.id}), 3),
            ${place.at}::timestamptz, ${place.id})`,
      ),
    )
    .orderBy(desc(urgency), ...newestFirst(byAge))
    .limit(stretch.limit);
};

/** The first of them. */
export const unresolvedNotices = async (db: Queryable, teams: TeamScope, limit = 200) =>
  (await listUnresolved(db, { teams }, { limit })).map(({ notice }) => notice);
