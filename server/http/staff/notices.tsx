import type { Context } from 'hono';
import { listNotices, listUnresolved } from '../../../db/queries/notices.ts';
import type { NoticeLevel } from '../../../db/schema/index.ts';
import { NoticesPage, noticesHref } from '../../../web/pages/staff/notices.tsx';
import { settleNotice, settleNotices } from '../../intake/settle-notice.ts';
import { pageOf } from '../../lib/pages.ts';
import { formOf } from '../fields.ts';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';
import type { Console, StaffEnv } from './env.ts';
import { shownNotice } from './shown.ts';

const noticesOnPage = 50;
const levels: readonly NoticeLevel[] = ['problem', 'warning', 'information'];
const levelOf = (c: Context<StaffEnv>) => levels.find((level) => level === c.req.query('level'));

/** What staff are told, in the console. */
export const addNoticePages = (app: Console, portal: Portal): void => {
  app.get('/notices', { needs: 'notices:read' }, async (c) => {
    const settled = c.req.query('settled') !== undefined;
    const which = { teams: c.var.actor.teams, level: settled ? undefined : levelOf(c) };
    const asked = { limit: noticesOnPage, cursor: c.req.query('cursor') };
    const { rows, next } = await pageOf(asked, /^ntc_[0-9a-f]+$/, (stretch) =>
      settled
        ? listNotices(portal.db, { ...which, settled }, stretch)
        : listUnresolved(portal.db, which, stretch),
    );
    return page(
      c,
      <NoticesPage
        context={pageContext(c, portal)}
        staff={c.var.staff}
        notices={rows.map(({ notice }) => shownNotice(notice))}
        settled={settled}
        level={which.level}
        next={next}
        mayChange={c.var.staff.role !== 'viewer'}
      />,
    );
  });
  app.post('/notices/settle', { needs: 'notices:write' }, async (c) => {
    const ids = (await formOf(c)).getAll('notice').filter((id) => typeof id === 'string');
    await settleNotices(portal.db, ids, c.var.actor);
    return c.redirect(noticesHref({ level: levelOf(c) }), 303);
  });
  app.post('/notices/:id/settle', { needs: 'notices:write', of: 'notice' }, async (c) => {
    await settleNotice(portal.db, c.req.param('id'), c.var.actor);
    return c.redirect('/staff/notices', 303);
  });
};
