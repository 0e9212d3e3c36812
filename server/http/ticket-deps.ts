import type { TicketDeps } from '../auth/password-tickets.ts';
import type { Portal } from './portal.ts';

/** What links to set a password need of the portal. */
export const ticketDeps = ({ db, sealing, publicUrl, intake }: Portal): TicketDeps => ({
  db,
  sealing,
  publicUrl,
  sendsMail: intake.sendsMail,
});
