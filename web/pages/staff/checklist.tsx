import { NumberField, TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { type ItemRow, moreItems, type NewRequestField } from './new-request-form.ts';

interface ChecklistProps {
  context: PageContext;
  rows: ItemRow[];
  problemAt: (name: NewRequestField) => string | undefined;
}

/** What is expected by name, as rows; a button of the same form asks for more of them. */
export const Checklist = ({ context, rows, problemAt }: ChecklistProps) => {
  const words = messagesFor(context.language).staff.newRequest;
  return (
    <fieldset class="part">
      <legend>{words.items}</legend>
      <p class="hint">{words.itemsHint}</p>
      {rows.map((row, index) => (
        <Row key={`row-${String(index)}`} context={context} row={row} index={index} problemAt={problemAt} />
      ))}
      <p>
        <button type="submit" name="action" value={moreItems} class="button button-plain" formNoValidate>
          {words.moreItems}
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
}: Omit<ChecklistProps, 'rows'> & { row: ItemRow; index: number }) => {
  const words = messagesFor(context.language).staff.newRequest;
  const at = `item.${index}` as const;
  return (
    <fieldset class="question">
      <legend>{words.itemRow({ number: index + 1 })}</legend>
      <TextField
        id={`${at}.label`}
        name={`${at}.label`}
        label={words.itemLabel}
        value={row.label}
        problem={problemAt(`${at}.label`)}
        maxLength={120}
      />
      <label class="check">
        <input type="checkbox" name={`${at}.required`} value="yes" checked={row.required} />
        <span>{words.itemRequired}</span>
      </label>
      <div class="columns">
        <TextField
          id={`${at}.allowedTypes`}
          name={`${at}.allowedTypes`}
          label={words.itemTypes}
          value={row.allowedTypes}
          problem={problemAt(`${at}.allowedTypes`)}
          maxLength={500}
          autocomplete="off"
        />
        <NumberField
          name={`${at}.maxFileMegabytes`}
          label={words.itemMaxFile}
          value={row.maxFileMegabytes}
          problem={problemAt(`${at}.maxFileMegabytes`)}
        />
        <NumberField
          name={`${at}.maxFiles`}
          label={words.itemMaxFiles}
          value={row.maxFiles}
          problem={problemAt(`${at}.maxFiles`)}
        />
      </div>
    </fieldset>
  );
};
