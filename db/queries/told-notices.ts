import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { notices, staff } from '../schema/index.ts';

/** Told to staff elsewhere than in the console, too: what was sealed or found, and every problem that is one still. */
export const isToldElsewhere = or(
  and(eq(notices.level, 'problem'), isNull(notices.resolvedAt)),
  inArray(notices.code, ['submission.sealed', 'submission.unfinished', 'submission.found']),
);

/** SQL, for a row of `staff` and one of `notices`. Read from the tables, and not from a session: they need have none. */
export const isOfTheirTeams = sql`(
  ${staff.role} = 'administrator' or ${notices.teamId} is null
  or ${notices.teamId} in (select m.team_id from team_members m where m.staff_id = ${staff.id}))`;
