import { Lines, Moment } from '../../components/common.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';

export interface ShownNote {
  id: string;
  /** Undefined: they are gone. */
  authorName?: string | undefined;
  text: string;
  at: Date;
}

interface NotesProps {
  context: PageContext;
  submission: { id: string; receiptNumber: string; notes: ShownNote[] };
  mayNote: boolean;
  /** Query of the page that the submission is on: who has noted something comes back to it. */
  page: string;
}

/** What staff have written to each other about a submission. POSTs to `/staff/submissions/{id}/notes`. */
export const Notes = ({ context, submission, mayNote, page }: NotesProps) => {
  const words = messagesFor(context.language).staff.request.notes;
  const { id, notes } = submission;
  if (!mayNote && notes.length === 0) return null;
  return (
    <details class="deliveries" open={notes.length > 0}>
      <summary>{words.title({ count: notes.length })}</summary>
      {notes.length > 0 && (
        <ul>
          {notes.map((note) => (
            <Note
              key={note.id}
              context={context}
              note={note}
              submissionId={id}
              mayNote={mayNote}
              page={page}
            />
          ))}
        </ul>
      )}
      {mayNote && (
        <form method="post" action={`/staff/submissions/${id}/notes`}>
          <input type="hidden" name="page" value={page} />
          <div class="field">
            <label for={`note-${id}`}>
              {words.text}
              <span class="visually-hidden"> {submission.receiptNumber}</span>
            </label>
            <p class="hint" id={`note-hint-${id}`}>
              {words.hint}
            </p>
            <textarea
              id={`note-${id}`}
              name="text"
              rows={2}
              maxLength={4000}
              required
              aria-describedby={`note-hint-${id}`}
            />
          </div>
          <button type="submit" class="button button-plain">
            {words.add}
          </button>
        </form>
      )}
    </details>
  );
};

const Note = (props: {
  context: PageContext;
  note: ShownNote;
  submissionId: string;
  mayNote: boolean;
  page: string;
}) => {
  const { context, note } = props;
  const words = messagesFor(context.language).staff.request.notes;
  return (
    <li>
      <p class="submission-facts">
        <bdi>{note.authorName ?? words.unknownAuthor}</bdi>
        <Moment language={context.language} at={note.at} zone={context.zone} />
      </p>
      <Lines text={note.text} />
      {props.mayNote && (
        <form method="post" action={`/staff/submissions/${props.submissionId}/notes/${note.id}/remove`}>
          <input type="hidden" name="page" value={props.page} />
          <button type="submit" class="link">
            {words.remove}
          </button>
        </form>
      )}
    </li>
  );
};
