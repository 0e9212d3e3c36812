/** How many files are on their way at once. */
export const filesAtOnce = 3;

export interface Queued {
  key: string;
  sizeBytes: number;
  state: string;
}

/**
 * The keys of the files to start now: the small ones first, so that most are through early, and in the order in
 * which they were added where sizes are equal.
 */
export const nextToStart = (items: readonly Queued[], limit = filesAtOnce): string[] => {
  const underWay = items.filter((item) => item.state === 'sending' || item.state === 'interrupted').length;
  return items
    .filter((item) => item.state === 'waiting')
    .map((item, position) => ({ item, position }))
    .sort((a, b) => a.item.sizeBytes - b.item.sizeBytes || a.position - b.position)
    .slice(0, Math.max(0, limit - underWay))
    .map(({ item }) => item.key);
};
