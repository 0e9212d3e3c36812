import { type Context, Hono } from 'hono';
import { arrivingNow } from '../../../db/queries/arriving.ts';
import { checklistOf } from '../../../db/queries/checklist.ts';
import { unresolvedNotices } from '../../../db/queries/notices.ts';
import { formsOf } from '../../../db/queries/request-forms.ts';
import {
  countViews,
  listRequests,
  type RequestView,
  requestViews,
} from '../../../db/queries/request-lists.ts';
import { destinationsOf, findRequest } from '../../../db/queries/requests.ts';
import { listTeams } from '../../../db/queries/teams.ts';
import { PreviewPage } from '../../../web/pages/public/request.tsx';
import { linkPicture } from '../../../web/pages/staff/hand-on.tsx';
import { StaffRequestPage } from '../../../web/pages/staff/request.tsx';
import { RequestsPage, usualView } from '../../../web/pages/staff/requests.tsx';
import { cleanText } from '../../intake/rules/answers.ts';
import { Failure } from '../../lib/failure.ts';
import { pageOf } from '../../lib/pages.ts';
import { statusOf } from '../failures.ts';
import type { GuardedRoute } from '../guards.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { publicRequest } from '../public/request-page.tsx';
import { addAccountPages } from './account.tsx';
import { addAuditPages } from './audit.tsx';
import { addConfirmPage } from './confirm.tsx';
import { createConsole } from './console.ts';
import type { StaffEnv } from './env.ts';
import { addFileTable } from './file-table.ts';
import { addFormPages } from './forms.ts';
import { addImporterPages } from './importer.tsx';
import { addLivePages } from './live.ts';
import { addMailSharePages } from './mail-shares.ts';
import { addNotePages } from './notes.ts';
import { addNoticePages } from './notices.tsx';
import { addPeoplePages } from './people.tsx';
import { addRequestEnds } from './request-ends.tsx';
import { addRequestForms } from './request-forms.tsx';
import { linkOf, shownListItem, shownMailShares, shownNotice, shownRequest } from './shown.ts';
import { shownSubmissions } from './shown-submissions.ts';
import { addSignIn, addSignOut } from './sign-in.tsx';
import { addTeamPages } from './teams.tsx';
import { addTemplatePages } from './templates.tsx';
import { addTokenPages } from './tokens.tsx';

const requestsOnPage = 30;
const mostArriving = 5;
/** Of these the next deadline matters; of the others, what is new. */
const byDeadline: ReadonlySet<RequestView> = new Set(['open', 'overdue', 'due-soon']);

const searchOf = (c: Context): string => cleanText((c.req.query('q') ?? '').slice(0, 200));

/** The console. Everything but the sign-in page asks who is there. */
export const createStaffRoutes = (portal: Portal): { app: Hono<StaffEnv>; routes: GuardedRoute[] } => {
  const app = new Hono<StaffEnv>();
  const routes: GuardedRoute[] = [];
  const desk = createConsole(app, portal, routes);
  addSignIn(app, portal);
  addSignOut(desk, portal);
  addConfirmPage(desk, portal);

  desk.get('/', { needs: 'requests:read' }, async (c) => {
    const { teams } = c.var.actor;
    const search = searchOf(c);
    const view = requestViews.find((each) => each === c.req.query('show')) ?? usualView(search);
    const cursor = c.req.query('cursor');
    const order = byDeadline.has(view) ? ('deadline' as const) : undefined;
    const which = { teams, view, order, search: search === '' ? undefined : search };
    const [{ rows, next }, counts, notices, arriving] = await Promise.all([
      pageOf({ limit: requestsOnPage, cursor }, /^req_[0-9a-f]+$/, (stretch) =>
        listRequests(portal.db, which, stretch),
      ),
      countViews(portal.db, teams),
      unresolvedNotices(portal.db, teams),
      arrivingNow(portal.db, teams, mostArriving),
    ]);
    return page(
      c,
      <RequestsPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        notices={notices.map(shownNotice)}
        requests={rows.map((row) => shownListItem(portal, row))}
        counts={counts}
        view={view}
        search={search}
        arriving={arriving}
        next={next}
        isLater={cursor !== undefined}
      />,
    );
  });

  addRequestForms(desk, portal);

  const requestPage = async (
    c: Context<StaffEnv>,
    requestId: string,
    failure?: Failure,
    recipients?: string,
  ) => {
    const [listed] = await listRequests(portal.db, { teams: c.var.actor.teams, requestId });
    if (listed === undefined) throw new Failure('not-found');
    const [destinations, checklist, forms, notices, submissions, mailShares, teams] = await Promise.all([
      destinationsOf(portal.db, listed.request.id),
      checklistOf(portal.db, listed.request.id),
      formsOf(portal.db, listed.request.id),
      unresolvedNotices(portal.db, c.var.actor.teams),
      shownSubmissions(portal, listed.request, { search: searchOf(c), cursor: c.req.query('cursor') }),
      shownMailShares(portal, listed),
      listTeams(portal.db),
    ]);
    return page(
      c,
      <StaffRequestPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        request={{
          ...shownRequest(portal, listed, destinations, checklist, forms),
          ...mailShares,
          ...(teams.length > 1 && { team: teams.find(({ id }) => id === listed.request.teamId)?.name }),
        }}
        recipients={recipients}
        isLooking={c.req.query('looking') !== undefined}
        submissions={submissions}
        mayNote={c.var.staff.role !== 'viewer'}
        notices={notices.filter(({ requestId: of }) => of === requestId).map(shownNotice)}
        failure={failure && { code: failure.code, params: failure.params }}
      />,
      failure === undefined ? 200 : statusOf[failure.code],
    );
  };

  desk.get('/requests/:id', { needs: 'requests:read', of: 'request' }, (c) =>
    requestPage(c, c.req.param('id')),
  );

  desk.get('/requests/:id/preview', { needs: 'requests:read', of: 'request' }, async (c) => {
    const request = await findRequest(portal.db, c.req.param('id'));
    if (request === undefined) throw new Failure('not-found');
    const back = `/staff/requests/${request.id}`;
    return page(
      c,
      <PreviewPage
        context={{ ...pageContext(c, portal, request), path: `${back}/preview` }}
        request={await publicRequest(portal, { request, closed: false }, {})}
        back={back}
        formPathOf={(id) => `${back}/forms/${encodeURIComponent(id)}`}
      />,
    );
  });

  desk.get('/requests/:id/link.svg', { needs: 'requests:read', of: 'request' }, async (c) => {
    const [listed] = await listRequests(portal.db, {
      teams: c.var.actor.teams,
      requestId: c.req.param('id'),
    });
    const link = listed && linkOf(portal, listed);
    if (link === undefined) throw new Failure('not-found');
    return c.body(linkPicture(link), 200, { 'Content-Type': 'image/svg+xml' });
  });

  addRequestEnds(desk, portal, requestPage);
  addTemplatePages(desk, portal, requestPage);
  addFormPages(desk, portal, requestPage);
  addMailSharePages(desk, portal, requestPage);
  addAccountPages(desk, portal);
  addImporterPages(desk, portal);
  addFileTable(desk, portal);
  addLivePages(desk, portal);
  addNotePages(desk, portal);
  addNoticePages(desk, portal);
  addAuditPages(desk, portal);
  addTokenPages(desk, portal);
  addPeoplePages(desk, portal);
  addTeamPages(desk, portal);
  return { app, routes };
};
