import type { Context } from 'hono';
import { findForm } from '../../../db/queries/request-forms.ts';
import { attachForm, removeForm } from '../../intake/request-forms.ts';
import { Failure } from '../../lib/failure.ts';
import { giveForm, sentForm } from '../forms.ts';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

type RequestPage = (
  c: Context<StaffEnv>,
  requestId: string,
  failure?: Failure,
) => Response | Promise<Response>;

const changes = { needs: 'requests:write', of: 'request' } as const;

/** The blank forms of a request. */
export const addFormPages = (app: Console, portal: Portal, requestPage: RequestPage): void => {
  app.post('/requests/:id/forms', changes, async (c) => {
    const requestId = c.req.param('id');
    try {
      await attachForm(portal.intake, requestId, await sentForm(c), c.var.actor);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return requestPage(c, requestId, error);
    }
    return c.redirect(`/staff/requests/${requestId}`, 303);
  });

  app.get('/requests/:id/forms/:form', { needs: 'requests:read', of: 'request' }, async (c) => {
    const form = await findForm(portal.db, c.req.param('id'), c.req.param('form'));
    if (form === undefined) throw new Failure('not-found');
    return giveForm(c, portal, form);
  });

  app.post('/requests/:id/forms/:form/remove', changes, async (c) => {
    const requestId = c.req.param('id');
    await removeForm(portal.intake, requestId, c.req.param('form'), c.var.actor);
    return c.redirect(`/staff/requests/${requestId}`, 303);
  });
};
