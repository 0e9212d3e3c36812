import { settledNotices, unresolvedNotices } from '../../../db/queries/notices.ts';
import { NoticesPage } from '../../../web/pages/staff/notices.tsx';
import { settleNotice } from '../../intake/settle-notice.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console } from './env.ts';
import { shownNotice } from './shown.ts';

/** What staff are told, in the console. */
export const addNoticePages = (app: Console, portal: Portal): void => {
  app.get('/notices', { needs: 'notices:read' }, async (c) => {
    const settled = c.req.query('settled') !== undefined;
    const notices = await (settled ? settledNotices : unresolvedNotices)(portal.db, c.var.actor.teams);
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
  app.post('/notices/:id/settle', { needs: 'notices:write', of: 'notice' }, async (c) => {
    await settleNotice(portal.db, c.req.param('id'), c.var.actor);
    return c.redirect('/staff/notices', 303);
  });
};
