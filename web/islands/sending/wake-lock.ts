/** The part of `navigator.wakeLock` that is used. */
export interface WakeLocks {
  request(kind: 'screen'): Promise<{ release(): Promise<void> }>;
}

/** The part of `document` that is used. */
export interface Visibility extends Pick<EventTarget, 'addEventListener'> {
  readonly visibilityState: string;
}

/**
 * Keeps the screen on while it is wanted: a phone that sleeps stops sending. The browser takes the lock away whenever
 * the page is hidden, so it is asked for again when the page is back. Where there is none (old browsers, plain http,
 * little battery) nothing happens.
 * @returns what says whether it is wanted
 */
export const createWakeLock = (
  locks: WakeLocks | undefined,
  page: Visibility,
): ((wanted: boolean) => void) => {
  let isWanted = false;
  let held: Promise<{ release(): Promise<void> } | undefined> | undefined;

  const acquire = () => {
    if (locks === undefined || page.visibilityState !== 'visible') return;
    held = locks.request('screen').catch(() => undefined);
  };
  const release = () => {
    void held?.then((lock) => lock?.release()).catch(() => undefined);
    held = undefined;
  };

  page.addEventListener('visibilitychange', () => {
    if (!isWanted || page.visibilityState !== 'visible') return;
    release();
    acquire();
  });
  return (wanted) => {
    if (wanted === isWanted) return;
    isWanted = wanted;
    if (wanted) acquire();
    else release();
  };
};
