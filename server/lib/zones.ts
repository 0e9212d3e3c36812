const dayMs = 86_400_000;

/**
 * The instant that a wall clock in a zone shows.
 * @param local `2026-11-30T17:00`, with seconds or without
 * @param zone IANA name
 * @returns undefined for what no calendar and no clock shows. Of an hour that a clock shows twice, the first; for one that it
 *   skips, as much after the gap as the clock was to be put forward
 */
export const instantOf = (local: string, zone: string): Date | undefined => {
  if (!isLocalTime(local)) return undefined;
  const asUtcMs = Date.parse(`${local}Z`);
  // A day away on either side is sure to be before and after the one change that there can be.
  const beforeMs = asUtcMs - offsetMs(asUtcMs - dayMs, zone);
  const afterMs = asUtcMs - offsetMs(asUtcMs + dayMs, zone);
  const shows = (atMs: number) => atMs + offsetMs(atMs, zone) === asUtcMs;
  return new Date(!shows(beforeMs) && shows(afterMs) ? afterMs : beforeMs);
};

/** Whether a calendar and a clock have this: `2026-11-30T17:00`, with seconds and their fraction, or without. */
export const isLocalTime = (local: string): boolean => {
  const written = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(\.\d+)?)?$/.exec(local);
  // 30 February is read as a day in March.
  const atMs = Date.parse(`${local}Z`);
  return written !== null && !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(written[1] ?? '');
};

/** What a wall clock in a zone shows at an instant: `2026-11-30T17:00`. */
export const localOf = (at: Date, zone: string): string =>
  new Date(at.getTime() + offsetMs(at.getTime(), zone)).toISOString().slice(0, 16);

/** How far a zone is ahead of UTC at an instant. */
export const offsetMs = (atMs: number, zone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(atMs);
  const read = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((part) => part.type === type)?.value);
  return (
    Date.UTC(read('year'), read('month') - 1, read('day'), read('hour'), read('minute'), read('second')) -
    Math.floor(atMs / 1000) * 1000
  );
};

export const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
