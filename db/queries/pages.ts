import { type AnyColumn, asc, desc, type SQL, sql } from 'drizzle-orm';

/** Where a row stands in a list: its moment to the microsecond, as the database knows it, and its id. */
export interface Place {
  at: string;
  id: string;
}

/** The part of a list that is asked for. */
export interface Stretch {
  limit: number;
  /** What stands after this place. */
  after?: Place | undefined;
}

/** What a list goes by: a moment, and the id where two are of one. */
export interface ByMoment {
  at: AnyColumn | SQL;
  id: AnyColumn;
}

export const newestFirst = ({ at, id }: ByMoment): SQL[] => [desc(at), desc(id)];

/** To select beside a row. Not a `Date`: that knows milliseconds, and rows between two of them would be lost. */
export const placeOf = ({ at, id }: ByMoment) => ({
  at: sql<string>`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  id: sql<string>`${id}::text`,
});

/** What follows a place where the newest is first. */
export const after = ({ at, id }: ByMoment, place: Place | undefined): SQL | undefined =>
  place && sql`(${at}, ${id}) < (${place.at}::timestamptz, ${place.id})`;

export const earliestFirst = ({ at, id }: ByMoment): SQL[] => [asc(at), asc(id)];

/** What follows a place where the earliest is first. */
export const later = ({ at, id }: ByMoment, place: Place | undefined): SQL | undefined =>
  place && sql`(${at}, ${id}) > (${place.at}::timestamptz, ${place.id})`;

/** For `ilike`: finds the text as it is written, wherever it stands. */
export const patternOf = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
