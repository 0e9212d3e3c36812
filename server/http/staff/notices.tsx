import type { Hono } from 'hono';
import { settledNotices, unresolvedNotices } from '../../../db/queries/notices.ts';
import { NoticesPage } from '../../../web/pages/staff/notices.tsx';
import { settleNotice } from '../../intake/settle-notice.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import { actorOf, type StaffEnv } from './env.ts';
import { shownNotice } from './shown.ts';

/** What staff are told, in the console. */
export const addNoticePages = (app: Hono<StaffEnv>, portal: Portal): void => {
  app.get('/notices', async (c) => {
    const settled = c.req.query('settled') !== undefined;
    const notices = await (settled ? settledNotices : unresolvedNotices)(portal.db);
    return page(
      c,
      <NoticesPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        notices={notices.map(shownNotice)}
        settled={settled}
        mayChange={c.var.staff.role !== 'viewer'}
      />,
    );
  });
  app.post('/notices/:id/settle', async (c) => {
    await settleNotice(portal.db, c.req.param('id'), actorOf(portal, c));
    return c.redirect('/staff/notices', 303);
  });
};
