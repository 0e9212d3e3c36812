import type { Context } from 'hono';
import { mailRecipientsSchema, sendByNextcloud, withdrawMailShare } from '../../intake/mail-shares.ts';
import { Failure } from '../../lib/failure.ts';
import { fieldsOf } from '../fields.ts';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

type RequestPage = (
  c: Context<StaffEnv>,
  requestId: string,
  failure?: Failure,
  recipients?: string,
) => Response | Promise<Response>;

const changes = { needs: 'requests:write', of: 'request' } as const;

/** A request is sent by Nextcloud's own mail. @param requestPage shows what was refused */
export const addMailSharePages = (desk: Console, portal: Portal, requestPage: RequestPage): void => {
  desk.post('/requests/:id/mail-shares', changes, async (c) => {
    const requestId = c.req.param('id');
    const { recipients: sent } = await fieldsOf(c);
    const recipients = typeof sent === 'string' ? sent : '';
    try {
      await sendByNextcloud(portal.intake, requestId, addressesIn(recipients), c.var.actor);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return requestPage(c, requestId, error, recipients);
    }
    return c.redirect(`/staff/requests/${requestId}#mail-shares-title`, 303);
  });

  desk.post('/requests/:id/mail-shares/:share/withdraw', changes, async (c) => {
    const requestId = c.req.param('id');
    try {
      await withdrawMailShare(portal.intake, requestId, c.req.param('share'), c.var.actor);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'not-found') throw error;
      return requestPage(c, requestId, error);
    }
    return c.redirect(`/staff/requests/${requestId}#mail-shares-title`, 303);
  });
};

/** One a line, or with commas between. @throws Failure `mail-share.address-invalid`, `input.invalid` for none */
const addressesIn = (text: string): string[] => {
  const addresses = text.split(/[\s,;、，；]+/).filter((address) => address !== '');
  const parsed = mailRecipientsSchema.safeParse(addresses);
  if (parsed.success) return parsed.data;
  const [place] = parsed.error.issues[0]?.path ?? [];
  if (typeof place !== 'number') throw new Failure('input.invalid', { params: { field: 'recipients' } });
  throw new Failure('mail-share.address-invalid', {
    params: { address: (addresses[place] ?? '').slice(0, 254) },
  });
};
