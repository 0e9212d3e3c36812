import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
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
import { SignInPage } from '../../../web/pages/staff/sign-in.tsx';
import { titleOf } from '../../importer/ledger/kinds.ts';
import { closeRequest } from '../../intake/close-request.ts';
import { openRequest } from '../../intake/open-request.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { asFailure } from '../replies.ts';
import { actorOf, type StaffEnv } from './env.ts';
import { addFormPages } from './forms.ts';
import { addImporterPages } from './importer.tsx';
import { parseNewRequestForm } from './new-request.ts';
import { addNoticePages } from './notices.tsx';
import { shownListItem, shownNotice, shownRequest, shownSubmissions } from './shown.ts';

/** The console. Everything but the sign-in page asks who is there. */
export const createStaffRoutes = (portal: Portal): Hono<StaffEnv> => {
  const app = new Hono<StaffEnv>();
  const { intake } = portal;
  const https = portal.publicUrl.protocol === 'https:';
  const cookie = https ? '__Host-staff' : 'staff';

  app.get('/sign-in', (c) => page(c, <SignInPage context={pageContext(c, portal)} />));

  app.post('/sign-in', async (c) => {
    const form = await c.req.parseBody();
    const login = typeof form.login === 'string' ? form.login.trim() : '';
    const password = typeof form.password === 'string' ? form.password : '';
    try {
      const token = await portal.sessions.signIn(login, password, portal.addressOf(c));
      setCookie(c, cookie, token, { path: '/', httpOnly: true, sameSite: 'Lax', secure: https });
      return c.redirect('/staff', 303);
    } catch (error) {
      if (!isFailure(error, 'auth.refused', 'auth.throttled')) throw error;
      const failure = { code: error.code, params: error.params };
      return page(
        c,
        <SignInPage context={pageContext(c, portal)} login={login} failure={failure} />,
        statusOf[error.code],
      );
    }
  });

  app.use(async (c, next) => {
    const staff = await portal.sessions.whoIs(getCookie(c, cookie) ?? '');
    if (staff === undefined) {
      if (c.req.method === 'GET') return c.redirect('/staff/sign-in', 303);
      throw new Failure('auth.required');
    }
    c.set('staff', staff);
    return next();
  });

  // Those who may only look.
  app.use(async (c, next) => {
    const changes = c.req.method !== 'GET' && !c.req.path.endsWith('/sign-out');
    if (changes && c.var.staff.role === 'viewer') throw new Failure('auth.forbidden');
    return next();
  });

  app.post('/sign-out', async (c) => {
    await portal.sessions.signOut(getCookie(c, cookie) ?? '');
    deleteCookie(c, cookie, { path: '/', secure: https });
    return c.redirect('/staff/sign-in', 303);
  });

  app.get('/', async (c) => {
    const [requests, notices] = await Promise.all([listRequests(portal.db), unresolvedNotices(portal.db)]);
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

  app.get('/requests/new', (c) => newRequestPage(c));

  app.post('/requests/new', async (c) => {
    const form = await c.req.formData().catch((cause: unknown) => {
      throw new Failure('input.invalid', { cause });
    });
    const { values, wantsMoreRows } = readNewRequest(form);
    if (wantsMoreRows) return newRequestPage(c, { values });
    const { request, errors } = parseNewRequestForm(values, await destinationsByAge(portal.db), new Date());
    if (errors !== undefined) return newRequestPage(c, { values, errors });
    try {
      const opened = await openRequest(intake, request, actorOf(portal, c));
      return c.redirect(`/staff/requests/${opened.requestId}`, 303);
    } catch (error) {
      portal.log.error({ err: error }, 'a request could not be opened');
      return newRequestPage(c, { values, error });
    }
  });

  const requestPage = async (c: Context<StaffEnv>, requestId: string, failure?: Failure) => {
    const [listed] = await listRequests(portal.db, requestId);
    if (listed === undefined) throw new Failure('not-found');
    const [destinations, checklist, forms, notices, submissions] = await Promise.all([
      destinationsOf(portal.db, listed.request.id),
      checklistOf(portal.db, listed.request.id),
      formsOf(portal.db, listed.request.id),
      unresolvedNotices(portal.db),
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

  app.get('/requests/:id', (c) => requestPage(c, c.req.param('id')));

  app.post('/requests/:id/close', async (c) => {
    await closeRequest(intake, c.req.param('id'), actorOf(portal, c));
    return c.redirect(`/staff/requests/${c.req.param('id')}`, 303);
  });

  addFormPages(app, portal, requestPage);
  addImporterPages(app, portal);
  addNoticePages(app, portal);
  return app;
};
