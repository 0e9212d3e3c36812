import type { Context } from 'hono';
import { findSubmission } from '../../../db/queries/submissions.ts';
import { addNote, removeNote } from '../../intake/notes.ts';
import { Failure } from '../../lib/failure.ts';
import { fieldsOf } from '../fields.ts';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

const writes = { needs: 'submissions:write', of: 'submission' } as const;

/** What staff write to each other about a submission, on the page of its request. */
export const addNotePages = (desk: Console, { db }: Portal): void => {
  const back = async (c: Context<StaffEnv>, submissionId: string, page: unknown) => {
    const found = await findSubmission(db, submissionId);
    if (found === undefined) throw new Failure('not-found');
    const query = pageQueryOf(typeof page === 'string' ? page : '');
    return c.redirect(`/staff/requests/${found.request.id}${query}#${submissionId}`, 303);
  };
  desk.post('/submissions/:id/notes', writes, async (c) => {
    const { text, page } = await fieldsOf(c);
    await addNote(db, c.req.param('id'), typeof text === 'string' ? text : '', c.var.actor);
    return back(c, c.req.param('id'), page);
  });
  desk.post('/submissions/:id/notes/:note/remove', writes, async (c) => {
    const { page } = await fieldsOf(c);
    await removeNote(db, c.req.param('id'), c.req.param('note'), c.var.actor);
    return back(c, c.req.param('id'), page);
  });
};

/** Of what a form says of the page that it stood on, what such a page takes. */
const pageQueryOf = (page: string): string => {
  const told = new URLSearchParams(page);
  const kept = ['q', 'cursor'].flatMap((name) => {
    const value = told.get(name);
    return value === null ? [] : [[name, value]];
  });
  const query = new URLSearchParams(kept).toString();
  return query === '' ? '' : `?${query}`;
};
