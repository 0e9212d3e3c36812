import type { Sealing } from './sealing.ts';

const purpose = 'password-ticket';

/** Where the holder of a ticket sets a password. Signed, so that the rows alone open nothing. */
export const passwordLink = (
  { sealing, publicUrl }: { sealing: Sealing; publicUrl: URL },
  ticketId: string,
): string => new URL(`/staff/set-password/${ticketId}.${sealing.sign(ticketId, purpose)}`, publicUrl).href;

/** @param token the last part of such a link @returns undefined when it is not ours */
export const ticketIdOf = (sealing: Sealing, token: string): string | undefined => {
  const [ticketId = '', signature = '', ...more] = token.split('.');
  return more.length === 0 && sealing.verify(ticketId, signature, purpose) ? ticketId : undefined;
};
