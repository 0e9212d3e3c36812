/** Where a file stands: in the list of one checklist item, or in the only one. */
export interface Place {
  around: Element;
  row: number;
}

const rowsIn = (around: ParentNode): HTMLElement[] => [
  ...around.querySelectorAll<HTMLElement>('.items > .item'),
];

export const placeOf = (key: string): Place | undefined => {
  const row = rowsIn(document).find((each) => each.dataset.key === key);
  const around = row?.closest('.slot, .files');
  return row === undefined || around === null || around === undefined
    ? undefined
    : { around, row: rowsIn(around).indexOf(row) };
};

/**
 * After a press that took its own button away: the keyboard goes to the last button of what stands there now, or of
 * the row above, or else to choosing.
 */
export const focusAround = (place: Place | undefined): void => {
  const around = place?.around ?? document;
  const all = rowsIn(around);
  const here = all[Math.min(place?.row ?? 0, all.length - 1)];
  const button = [...(here?.querySelectorAll('button') ?? [])].at(-1);
  (button ?? around.querySelector<HTMLElement>('.pick input'))?.focus();
};

/** The id of the checklist item whose place something stands in. */
export const slotAround = (element: Element): string | undefined =>
  element.closest<HTMLElement>('[data-slot]')?.dataset.slot;
