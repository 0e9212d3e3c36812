import { and, desc, eq, isNotNull, isNull, ne, or, sql } from 'drizzle-orm';
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

/** @returns false when it was settled already, or never was */
export const settleNotice = async (tx: Queryable, id: string): Promise<boolean> => {
  const settled = await tx
    .update(notices)
    .set({ resolvedAt: sql`now()` })
    .where(and(eq(notices.id, id), isNull(notices.resolvedAt)))
    .returning({ id: notices.id });
  return settled.length > 0;
};

export const findNotice = async (db: Queryable, id: string) =>
  (await db.select().from(notices).where(eq(notices.id, id)))[0];

/** The newest that were settled, by staff or by themselves. */
export const settledNotices = (db: Queryable, scope: TeamScope, limit = 100) =>
  db
    .select()
    .from(notices)
    .where(and(isNotNull(notices.resolvedAt), noticesOfTeams(scope)))
    .orderBy(desc(notices.resolvedAt))
    .limit(limit);

/** What nobody has settled, or what was settled, the newest first. */
export const listNotices = (
  db: Queryable,
  which: { teams: TeamScope; settled: boolean },
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

/** Problems first, then warnings, each the newest first: what is only said never hides them. */
export const unresolvedNotices = (db: Queryable, scope: TeamScope, limit = 200) =>
  db
    .select()
    .from(notices)
    .where(and(isUnresolved, noticesOfTeams(scope)))
    .orderBy(
      sql`array_position(array['problem', 'warning', 'information'], ${notices.level})`,
      desc(notices.lastSeenAt),
    )
    .limit(limit);
