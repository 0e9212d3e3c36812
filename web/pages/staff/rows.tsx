import type { ComponentChildren } from 'preact';
import { Fold } from './fold.tsx';
import type { RowList } from './new-request-form.ts';

interface RowsProps<Name extends string, Row> {
  list: RowList<Name, Row>;
  rows: readonly Row[];
  words: { title: string; says: string; hint: string; row: (p: { number: number }) => string; more: string };
  isOpen: boolean;
  /** @param at what the names of its inputs begin with */
  children: (row: Row, at: `${Name}.${number}`) => ComponentChildren;
}

/** Rows to fill in; a button of the same form asks for more of them. */
export const Rows = <Name extends string, Row>({
  list,
  rows,
  words,
  isOpen,
  children,
}: RowsProps<Name, Row>) => (
  <Fold title={words.title} says={words.says} isOpen={isOpen}>
    <p class="hint">{words.hint}</p>
    {rows.map((row, index) => (
      <fieldset key={`row-${String(index)}`} class="question">
        <legend>{words.row({ number: index + 1 })}</legend>
        {children(row, `${list.name}.${index}`)}
      </fieldset>
    ))}
    <p>
      <button type="submit" name="action" value={list.more} class="button button-plain" formNoValidate>
        {words.more}
      </button>
    </p>
  </Fold>
);
