/** Codes of postgres.js, of the operating system and of PostgreSQL (SQLSTATE) for a server that can't be reached now. */
const awayCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  '08001',
  '08006',
  // Its disk is full: what was not said is said again when there is room.
  '53100',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** True for what a database that restarts, or can't be reached, makes of a query: worth trying again soon. */
export const isDatabaseAway = (error: unknown): boolean => {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ('code' in at && typeof at.code === 'string' && (awayCodes.has(at.code) || isNoSocket(at)))
      return true;
  return false;
};

/** A file that is missing is something else. */
const isNoSocket = (error: Error): boolean =>
  'code' in error && error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';

/** A text with a NUL, or with half a character, which PostgreSQL does not keep: 22021, 22P05; in JSON the latter is 22P02. */
const unstorable = new Set(['22021', '22P05']);
const unstorableJson = (error: Error & { code: unknown }): boolean =>
  error.code === '22P02' && error.message.includes('type json');

/** Whether a query failed for a text that no database of ours could keep: what was sent is wrong, not the server. */
export const isUnstorableText = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && (unstorable.has(String(error.code)) || unstorableJson(error))) ||
    isUnstorableText(error.cause));

/** 23505: another row has the same already. */
export const isUniqueViolation = (error: unknown): boolean => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === '23505';
};
