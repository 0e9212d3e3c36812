/** What a server says of the dates of links. */
interface Policy {
  /** Nobody may set a later one. */
  enforced: boolean;
  days: number | undefined;
}

const hourMs = 3_600_000;
/** Nextcloud's day is that of the account's zone, which may be this far from UTC either way. */
const zoneMs = 14 * hourMs;

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The last day that the server allows; null where it enforces none. */
const lastAllowed = ({ enforced, days }: Policy, now: Date): string | null =>
  enforced ? dayOf(new Date(now.getTime() - zoneMs + (days ?? 1) * 24 * hourMs)) : null;

/** When the share of a request ends by itself: not at all, or as late as the server allows, for the portal keeps the deadline. */
export const requestShareExpiry = (policy: Policy, now: Date): string | null => lastAllowed(policy, now);

/**
 * When a share that lets people in without the portal ends: on the day after the request does, for Nextcloud knows days
 * only and they must not end before.
 * @returns null: it does not end by itself
 */
export const openShareExpiry = (
  request: { deadlineAt: Date | null; graceMinutes: number },
  policy: Policy,
  now: Date,
): string | null => {
  const last = lastAllowed(policy, now);
  if (request.deadlineAt === null) return last;
  const endsMs = request.deadlineAt.getTime() + request.graceMinutes * 60_000;
  const wanted = dayOf(new Date(Math.max(endsMs, now.getTime()) + 24 * hourMs + zoneMs));
  return last === null || wanted < last ? wanted : last;
};
