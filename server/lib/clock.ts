/** The time as the process sees it. Leases and expiry use the database's time instead: see `db/queries`. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
