const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.items > .item')];

/** Where a file stands in the list; -1: nowhere. */
export const rowOf = (key: string): number => rows().findIndex((row) => row.dataset.key === key);

/**
 * After a press that took its own button away: the keyboard goes to the last button of what stands there now, or of
 * the row above, or else to choosing.
 */
export const focusAround = (row: number): void => {
  const all = rows();
  const here = all[Math.min(Math.max(row, 0), all.length - 1)];
  const button = [...(here?.querySelectorAll('button') ?? [])].at(-1);
  (button ?? document.getElementById('files'))?.focus();
};
