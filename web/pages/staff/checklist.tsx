import { NumberField, TextField } from '../../components/field.tsx';
import { messagesFor } from '../../i18n/index.ts';
import type { PageContext } from '../context.ts';
import { type ItemRow, itemList, type NewRequestField } from './new-request-form.ts';
import { Rows } from './rows.tsx';

interface ChecklistProps {
  context: PageContext;
  rows: ItemRow[];
  problemAt: (name: NewRequestField) => string | undefined;
  isOpen: boolean;
}

/** What is expected by name, as rows. */
export const Checklist = ({ context, rows, problemAt, isOpen }: ChecklistProps) => {
  const t = messagesFor(context.language);
  const words = t.staff.newRequest;
  const filled = rows.filter(({ label }) => label.trim() !== '').length;
  return (
    <Rows
      list={itemList}
      rows={rows}
      words={{
        title: words.items,
        says: filled === 0 ? t.console.form.none : t.console.form.count({ count: filled }),
        hint: words.itemsHint,
        row: words.itemRow,
        more: words.moreItems,
      }}
      isOpen={isOpen}
    >
      {(row, at) => (
        <>
          {row.id !== '' && <input type="hidden" name={`${at}.id`} value={row.id} />}
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
              decimals
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
        </>
      )}
    </Rows>
  );
};
