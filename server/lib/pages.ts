import { Failure } from './failure.ts';

/** As `db/queries/pages.ts` has it. */
interface Place {
  at: string;
  id: string;
}

/** What somebody asks of a list. */
export interface PageAsked {
  limit: number;
  /** What the page before has said in `next`. */
  cursor?: string | undefined;
}

export interface Page<Row> {
  rows: Row[];
  /** Where the next page begins; undefined on the last. */
  next: string | undefined;
}

/**
 * One page of a list, whatever it lists.
 * @param ids what the list's ids look like
 * @throws Failure `input.invalid` for a cursor that is no place in such a list. One that no page has said may be one: it is
 *   no secret, and what the list holds is bounded by whose list it is
 */
export const pageOf = async <Row extends { place: Place }>(
  asked: PageAsked,
  ids: RegExp,
  list: (stretch: { limit: number; after?: Place | undefined }) => Promise<Row[]>,
): Promise<Page<Row>> => {
  const after = asked.cursor === undefined ? undefined : readCursor(asked.cursor, ids);
  const found = await list({ limit: asked.limit + 1, after });
  const rows = found.slice(0, asked.limit);
  const last = rows.at(-1);
  return { rows, next: found.length > asked.limit && last ? writeCursor(last.place) : undefined };
};

const writeCursor = ({ at, id }: Place): string => Buffer.from(`${at} ${id}`).toString('base64url');

const readCursor = (cursor: string, ids: RegExp): Place => {
  const [at = '', id = '', ...more] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at) && isDay(at.slice(0, 10));
  if (more.length > 0 || !isMoment || Number.isNaN(Date.parse(at)) || !ids.test(id))
    throw new Failure('input.invalid');
  return { at, id };
};

/** JavaScript takes the 30th of February for a day in March; the database does not. */
const isDay = (day: string): boolean => {
  const moment = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(day);
};
