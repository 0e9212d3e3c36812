import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { deleteNote, insertNote, type NoteRow } from '../../db/queries/notes.ts';
import { Failure } from '../lib/failure.ts';
import type { Actor } from './context.ts';
import { cleanText } from './rules/answers.ts';

export const maxNoteCharacters = 4000;

/**
 * Staff write to each other about a submission. Its submitter is never shown it.
 * @throws Failure `input.invalid` for a note that is empty or too long
 */
export const addNote = (db: Database, submissionId: string, text: string, actor: Actor): Promise<NoteRow> => {
  const clean = cleanText(text, true);
  if (clean === '' || clean.length > maxNoteCharacters)
    throw new Failure('input.invalid', { params: { field: 'text' } });
  return db.transaction(async (tx) => {
    const note = await insertNote(tx, { submissionId, authorId: actor.staffId ?? null, text: clean });
    await recordAudit(tx, {
      ...by(actor),
      action: 'note.added',
      subject: submissionId,
      details: { note: note.id },
    });
    return note;
  });
};

/** Its words are gone; that there was one stays in the audit log. @throws Failure `not-found` */
export const removeNote = (db: Database, submissionId: string, noteId: string, actor: Actor): Promise<void> =>
  db.transaction(async (tx) => {
    // Drawn by the database: no other text can be one, and some no database takes.
    if (!/^not_[0-9a-f]+$/.test(noteId) || !(await deleteNote(tx, submissionId, noteId)))
      throw new Failure('not-found');
    await recordAudit(tx, {
      ...by(actor),
      action: 'note.removed',
      subject: submissionId,
      details: { note: noteId },
    });
  });

const by = ({ name, address }: Actor) => ({ actor: name, address });
