import { describe, Field, TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { type NewRequestField, type QuestionRow, questionKinds, questionList } from './new-request-form.ts';
import { Rows } from './rows.tsx';

interface QuestionsProps {
  context: PageContext;
  rows: QuestionRow[];
  problemAt: (name: NewRequestField) => string | undefined;
  isOpen: boolean;
}

/** The questions asked beside the files, as rows. */
export const Questions = ({ context, rows, problemAt, isOpen }: QuestionsProps) => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const filled = rows.filter(({ label }) => label.trim() !== '').length;
  return (
    <Rows
      list={questionList}
      rows={rows}
      words={{
        title: words.fields,
        says: filled === 0 ? t.console.form.none : t.console.form.count({ count: filled }),
        hint: words.fieldsHint,
        row: words.fieldRow,
        more: words.moreFields,
      }}
      isOpen={isOpen}
    >
      {(row, at) => (
        <>
          {row.key !== '' && <input type="hidden" name={`${at}.key`} value={row.key} />}
          <div class="columns">
            <TextField
              id={`${at}.label`}
              name={`${at}.label`}
              label={words.fieldLabel}
              value={row.label}
              problem={problemAt(`${at}.label`)}
              maxLength={120}
            />
            <Field id={`${at}.kind`} label={words.fieldKind}>
              <select {...describe({ id: `${at}.kind` })} name={`${at}.kind`}>
                {questionKinds.map((kind) => (
                  <option key={kind} value={kind} selected={kind === row.kind}>
                    {words.kind[kind]}
                  </option>
                ))}
              </select>
            </Field>
          </div>
          <TextField
            id={`${at}.choices`}
            name={`${at}.choices`}
            label={words.fieldChoices}
            hint={words.fieldChoicesHint}
            value={row.choices}
            problem={problemAt(`${at}.choices`)}
            rows={2}
            maxLength={5000}
          />
          <label class="check">
            <input type="checkbox" name={`${at}.required`} value="yes" checked={row.required} />
            <span>{words.fieldRequired}</span>
          </label>
        </>
      )}
    </Rows>
  );
};
