import type { ItemView } from './view.ts';

export interface Totals {
  files: number;
  arrived: number;
  /** What began and does not go on; a file that broke a rule was never part of it. */
  failed: number;
  /** Breaks a rule: it is not sent. */
  refused: number;
  /** Begun in an earlier visit, and to be added again. */
  missing: number;
  sentBytes: number;
  totalBytes: number;
  /** 0 to 1; 1 only when every file has arrived. */
  share: number;
}

const counts = (item: ItemView): boolean => item.state !== 'refused' && item.state !== 'failed';

/** Every byte of it has arrived. */
export const isThere = (item: ItemView | undefined): boolean =>
  item?.state === 'arrived' || item?.state === 'stored';

/** It is waiting or moving, and taking it off the list calls that off. */
export const isUnderWay = ({ state }: ItemView): boolean =>
  state === 'waiting' || state === 'sending' || state === 'interrupted' || state === 'paused';

/** Sums over what is being sent; what was refused or failed is left out. */
export const totalsOf = (items: readonly ItemView[]): Totals => {
  const sent = items.filter(counts);
  const arrived = sent.filter(isThere).length;
  const totalBytes = sent.reduce((sum, item) => sum + item.sizeBytes, 0);
  const sentBytes = sent.reduce((sum, item) => sum + (isThere(item) ? item.sizeBytes : item.sentBytes), 0);
  const failed = items.filter((item) => item.state === 'failed').length;
  const complete = sent.length > 0 && arrived === sent.length;
  const part = totalBytes === 0 ? 0 : sentBytes / totalBytes;
  return {
    files: sent.length,
    arrived,
    failed,
    refused: items.filter((item) => item.state === 'refused').length,
    missing: items.filter((item) => item.state === 'missing').length,
    sentBytes,
    totalBytes,
    share: complete ? 1 : Math.min(part, 0.999),
  };
};

/**
 * The step to say aloud, of 25, 50, 75 and 100, or nothing when none has been passed since.
 * @param said the last step that was said, 0 at first
 */
export const stepToAnnounce = (share: number, said: number): number | undefined => {
  const step = Math.floor(share * 4) * 25;
  return step > said ? step : undefined;
};
