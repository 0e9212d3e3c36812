import { type Context, Hono } from 'hono';
import { checklistOf } from '../../../db/queries/checklist.ts';
import { destinationsByAge } from '../../../db/queries/destinations.ts';
import { unresolvedNotices } from '../../../db/queries/notices.ts';
import { formsOf } from '../../../db/queries/request-forms.ts';
import { destinationsOf, listRequests } from '../../../db/queries/requests.ts';
import { NewRequestPage } from '../../../web/pages/staff/new-request.tsx';
import {
  emptyNewRequest,
  type NewRequestErrors,
  type NewRequestValues,
  readNewRequest,
} from '../../../web/pages/staff/new-request-form.ts';
import { StaffRequestPage } from '../../../web/pages/staff/request.tsx';
import { RequestsPage } from '../../../web/pages/staff/requests.tsx';
import { titleOf } from '../../importer/ledger/kinds.ts';
import { closeRequest } from '../../intake/close-request.ts';
import { openRequest } from '../../intake/open-request.ts';
import { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { formOf } from '../fields.ts';
import type { GuardedRoute } from '../guards.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { asFailure } from '../replies.ts';
import { addAccountPages } from './account.tsx';
import { createConsole, type StaffEnv } from './env.ts';
import { addFormPages } from './forms.ts';
import { addImporterPages } from './importer.tsx';
import { parseNewRequestForm } from './new-request.ts';
import { addNoticePages } from './notices.tsx';
import { shownListItem, shownNotice, shownRequest, shownSubmissions } from './shown.ts';
import { addSignIn, addSignOut } from './sign-in.tsx';

/** The console. Everything but the sign-in page asks who is there. */
export const createStaffRoutes = (portal: Portal): { app: Hono<StaffEnv>; routes: GuardedRoute[] } => {
  const app = new Hono<StaffEnv>();
  const routes: GuardedRoute[] = [];
  const desk = createConsole(app, portal, routes);
  const { intake } = portal;
  addSignIn(app, portal);
  addSignOut(desk, portal);

  desk.get('/', { needs: 'requests:read' }, async (c) => {
    const [requests, notices] = await Promise.all([
      listRequests(portal.db, { teams: c.var.actor.teams }),
      unresolvedNotices(portal.db, c.var.actor.teams),
    ]);
    return page(
      c,
      <RequestsPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        notices={notices.map(shownNotice)}
        requests={requests
          .filter(({ request }) => request.state !== 'draft')
          .map((row) => shownListItem(portal, row))}
      />,
    );
  });

  const newRequestPage = async (
    c: Context<StaffEnv>,
    given: { values?: NewRequestValues; errors?: NewRequestErrors; error?: unknown } = {},
  ) => {
    const destinations = await destinationsByAge(portal.db);
    const failure = given.error === undefined ? undefined : asFailure(given.error);
    const status = failure === undefined ? (given.errors === undefined ? 200 : 422) : statusOf[failure.code];
    return page(
      c,
      <NewRequestPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        destinations={destinations.map(({ id, name, kind }) => ({
          id,
          name,
          kindTitle: titleOf(portal.desk.modules, kind),
        }))}
        zones={Intl.supportedValuesOf('timeZone')}
        values={
          given.values ??
          emptyNewRequest(
            portal.zone,
            destinations.slice(0, 1).map(({ id }) => id),
          )
        }
        errors={given.errors}
        failure={failure && { code: failure.code, params: failure.params }}
      />,
      status,
    );
  };

  desk.get('/requests/new', { needs: 'requests:write' }, (c) => newRequestPage(c));

  desk.post('/requests/new', { needs: 'requests:write' }, async (c) => {
    const form = await formOf(c);
    const { values, wantsMoreRows } = readNewRequest(form);
    if (wantsMoreRows) return newRequestPage(c, { values });
    const { request, errors } = parseNewRequestForm(values, await destinationsByAge(portal.db), new Date());
    if (errors !== undefined) return newRequestPage(c, { values, errors });
    try {
      const opened = await openRequest(intake, request, c.var.actor);
      return c.redirect(`/staff/requests/${opened.requestId}`, 303);
    } catch (error) {
      portal.log.error({ err: error }, 'a request could not be opened');
      return newRequestPage(c, { values, error });
    }
  });

  const requestPage = async (c: Context<StaffEnv>, requestId: string, failure?: Failure) => {
    const [listed] = await listRequests(portal.db, { teams: c.var.actor.teams, requestId });
    if (listed === undefined) throw new Failure('not-found');
    const [destinations, checklist, forms, notices, submissions] = await Promise.all([
      destinationsOf(portal.db, listed.request.id),
      checklistOf(portal.db, listed.request.id),
      formsOf(portal.db, listed.request.id),
      unresolvedNotices(portal.db, c.var.actor.teams),
      shownSubmissions(portal, listed.request),
    ]);
    return page(
      c,
      <StaffRequestPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        request={shownRequest(portal, listed, destinations, checklist, forms)}
        submissions={submissions}
        notices={notices.filter(({ requestId: of }) => of === requestId).map(shownNotice)}
        failure={failure && { code: failure.code, params: failure.params }}
      />,
      failure === undefined ? 200 : statusOf[failure.code],
    );
  };

  desk.get('/requests/:id', { needs: 'requests:read', of: 'request' }, (c) =>
    requestPage(c, c.req.param('id')),
  );

  desk.post('/requests/:id/close', { needs: 'requests:write', of: 'request' }, async (c) => {
    await closeRequest(intake, c.req.param('id'), c.var.actor);
    return c.redirect(`/staff/requests/${c.req.param('id')}`, 303);
  });

  addFormPages(desk, portal, requestPage);
  addAccountPages(desk, portal);
  addImporterPages(desk, portal);
  addNoticePages(desk, portal);
  return { app, routes };
};
