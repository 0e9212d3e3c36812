import type { Context } from 'hono';
import type { SignedIn } from '../../auth/sessions.ts';
import type { Actor } from '../../intake/context.ts';
import type { Portal } from '../portal.ts';

export interface StaffEnv {
  Variables: { staff: SignedIn };
}

/** Who is signed in, as the audit log names them. */
export const actorOf = (portal: Portal, c: Context<StaffEnv>): Actor => ({
  name: `staff:${c.var.staff.staffId}`,
  staffId: c.var.staff.staffId,
  address: portal.addressOf(c),
});
