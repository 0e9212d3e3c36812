import { createRoute, z } from '@hono/zod-openapi';
import { type NoteRow, notesOf } from '../../../db/queries/notes.ts';
import { findStaff } from '../../../db/queries/people.ts';
import { addNote, maxNoteCharacters, removeNote } from '../../intake/notes.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { idParam, json, problem } from './schemas.ts';

const noteSchema = z
  .object({
    id: z.string(),
    author: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .openapi({ description: 'Null: they are gone.' }),
    text: z.string(),
    createdAt: z.iso.datetime(),
  })
  .openapi('Note');

const routes = {
  list: createRoute({
    method: 'get',
    path: '/submissions/{id}/notes',
    summary: 'List what staff have noted about a submission, the oldest first',
    request: { params: idParam },
    responses: { 200: json(z.object({ notes: z.array(noteSchema) }), 'Notes'), default: problem },
  }),
  add: createRoute({
    method: 'post',
    path: '/submissions/{id}/notes',
    summary: 'Note something; its submitter never sees it',
    request: {
      params: idParam,
      body: {
        required: true,
        content: {
          'application/json': { schema: z.object({ text: z.string().min(1).max(maxNoteCharacters) }) },
        },
      },
    },
    responses: { 201: json(noteSchema, 'The note'), default: problem },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/submissions/{id}/notes/{note}',
    summary: 'Remove a note',
    request: {
      params: idParam.extend({
        note: z.string().openapi({ param: { name: 'note', in: 'path' } }),
      }),
    },
    responses: { 204: { description: 'Removed' }, default: problem },
  }),
};

/** What staff note about a submission. */
export const addNoteRoutes = ({ add }: Api, { db }: Portal): void => {
  add({ needs: 'submissions:read', of: 'submission' }, routes.list, async (c) => {
    const rows = await notesOf(db, [c.req.valid('param').id]);
    return c.json({ notes: rows.map(({ note, authorName }) => shown(note, authorName)) }, 200);
  });
  add({ needs: 'submissions:write', of: 'submission' }, routes.add, async (c) => {
    const note = await addNote(db, c.req.valid('param').id, c.req.valid('json').text, c.var.actor);
    const author = note.authorId === null ? undefined : await findStaff(db, note.authorId);
    return c.json(shown(note, author?.name ?? null), 201);
  });
  add({ needs: 'submissions:write', of: 'submission' }, routes.remove, async (c) => {
    const { id, note } = c.req.valid('param');
    await removeNote(db, id, note, c.var.actor);
    return c.body(null, 204);
  });
};

const shown = ({ id, authorId, text, createdAt }: NoteRow, name: string | null) => ({
  id,
  author: authorId === null || name === null ? null : { id: authorId, name },
  text,
  createdAt: createdAt.toISOString(),
});
