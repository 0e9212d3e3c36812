import type { Context } from 'hono';
import { findRequest } from '../../../db/queries/requests.ts';
import { DeleteRequestPage } from '../../../web/pages/staff/delete-request.tsx';
import { closeRequest } from '../../intake/close-request.ts';
import { archiveRequest, deleteRequest } from '../../intake/end-request.ts';
import { lookForFiles } from '../../intake/look-for-files.ts';
import { reopenRequest } from '../../intake/reopen-request.ts';
import { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { fieldsOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';

const changes = { needs: 'requests:write', of: 'request' } as const;

const steps = { close: closeRequest, reopen: reopenRequest, archive: archiveRequest };

/** A request is closed, reopened, archived and deleted, and looked through for files. @param requestPage shows what was refused */
export const addRequestEnds = (
  desk: Console,
  portal: Portal,
  requestPage: (c: Context<StaffEnv>, requestId: string, failure: Failure) => Response | Promise<Response>,
): void => {
  for (const [name, step] of Object.entries(steps))
    desk.post(`/requests/:id/${name}`, changes, async (c) => {
      const requestId = c.req.param('id') ?? '';
      try {
        await step(portal.intake, requestId, c.var.actor);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return requestPage(c, requestId, error);
      }
      return c.redirect(`/staff/requests/${requestId}`, 303);
    });

  desk.post('/requests/:id/look', changes, async (c) => {
    const requestId = c.req.param('id');
    try {
      await lookForFiles(portal.intake, requestId);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return requestPage(c, requestId, error);
    }
    return c.redirect(`/staff/requests/${requestId}?looking=yes`, 303);
  });

  const deletePage = async (c: Context<StaffEnv>, requestId: string, failure?: Failure) => {
    const request = await findRequest(portal.db, requestId);
    if (request === undefined) throw new Failure('not-found');
    const { id, title, state, folderPath } = request;
    return page(
      c,
      <DeleteRequestPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        request={{ id, title, state, folderPath: folderPath ?? '–' }}
        failure={failure && { code: failure.code, params: failure.params }}
      />,
      failure === undefined ? 200 : statusOf[failure.code],
    );
  };

  desk.get('/requests/:id/delete', changes, (c) => deletePage(c, c.req.param('id')));

  desk.post('/requests/:id/delete', changes, async (c) => {
    const requestId = c.req.param('id');
    const { files } = await fieldsOf(c);
    if (files !== 'keep' && files !== 'remove')
      throw new Failure('input.invalid', { params: { field: 'files' } });
    try {
      await deleteRequest(portal.intake, requestId, files, c.var.actor);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return deletePage(c, requestId, error);
    }
    return c.redirect('/staff', 303);
  });
};
