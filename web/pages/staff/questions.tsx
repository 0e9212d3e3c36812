import { describe, Field, TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { moreQuestions, type NewRequestField, type QuestionRow, questionKinds } from './new-request-form.ts';

interface QuestionsProps {
  context: PageContext;
  rows: QuestionRow[];
  problemAt: (name: NewRequestField) => string | undefined;
}

/** The questions asked beside the files, as rows; a button of the same form asks for more of them. */
export const Questions = ({ context, rows, problemAt }: QuestionsProps) => {
  const words = messagesFor(context.language).staff.newRequest;
  return (
    <fieldset class="part">
      <legend>{words.fields}</legend>
      <p class="hint">{words.fieldsHint}</p>
      {rows.map((row, index) => (
        <Row key={`row-${String(index)}`} context={context} row={row} index={index} problemAt={problemAt} />
      ))}
      <p>
        <button type="submit" name="action" value={moreQuestions} class="button button-plain" formNoValidate>
          {words.moreFields}
        </button>
      </p>
    </fieldset>
  );
};

const Row = ({
  context,
  row,
  index,
  problemAt,
}: Omit<QuestionsProps, 'rows'> & { row: QuestionRow; index: number }) => {
  const words = messagesFor(context.language).staff.newRequest;
  const at = `question.${index}` as const;
  const kindId = `${at}.kind`;
  return (
    <fieldset class="question">
      <legend>{words.fieldRow({ number: index + 1 })}</legend>
      <div class="columns">
        <TextField
          id={`${at}.label`}
          name={`${at}.label`}
          label={words.fieldLabel}
          value={row.label}
          problem={problemAt(`${at}.label`)}
          maxLength={120}
        />
        <Field id={kindId} label={words.fieldKind}>
          <select {...describe({ id: kindId })} name={kindId}>
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
    </fieldset>
  );
};
