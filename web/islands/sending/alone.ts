/**
 * Holds a submission for this window as long as it is open: two windows that send the same files would get in each
 * other's way. Where the browser knows no locks, everybody is alone; the portal keeps what is sent whole in any case.
 * @returns false when another window holds it
 */
export const holdAlone = (
  submissionId: string,
  locks: Pick<LockManager, 'request'> | undefined,
): Promise<boolean> =>
  new Promise((resolve) => {
    if (locks === undefined) {
      resolve(true);
      return;
    }
    locks
      .request(`uketori ${submissionId}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      })
      .catch(() => resolve(true));
  });
