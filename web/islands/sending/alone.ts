/** A window that was just closed or loaded again may hold it a moment longer. */
const lettingGoMs = 3_000;

/**
 * Holds a submission for this window as long as it is open: two windows that send the same files would get in each
 * other's way. Where the browser knows no locks, everybody is alone; the portal keeps what is sent whole in any case.
 * @returns false when another window holds it, and has not let it go within some seconds
 */
export const holdAlone = (
  submissionId: string,
  locks: Pick<LockManager, 'request'> | undefined,
  patienceMs = lettingGoMs,
): Promise<boolean> =>
  new Promise((resolve) => {
    if (locks === undefined) {
      resolve(true);
      return;
    }
    const signal = AbortSignal.timeout(patienceMs);
    locks
      .request(`uketori ${submissionId}`, { signal }, () => {
        resolve(true);
        return new Promise(() => undefined);
      })
      .catch(() => resolve(!signal.aborted));
  });
