import type { Hono } from 'hono';
import { rightsOf } from '../../auth/rights.ts';
import { Failure } from '../../lib/failure.ts';
import { type GuardedRoute, requireOwned } from '../guards.ts';
import type { Portal } from '../portal.ts';
import { askToConfirm } from './confirm.tsx';
import type { Add, Console, StaffEnv } from './env.ts';

/** @param routes is added to */
export const createConsole = (app: Hono<StaffEnv>, portal: Portal, routes: GuardedRoute[]): Console => {
  const adding =
    (method: 'get' | 'post'): Add =>
    (path, guard, handler) => {
      routes.push({ method, path: `/staff${path}`, guard });
      app.on(
        method.toUpperCase(),
        path,
        async (c, next) => {
          const { needs } = guard;
          if (needs !== 'anyone' && !rightsOf(c.var.staff.role).includes(needs))
            throw new Failure('auth.forbidden');
          await requireOwned(portal, guard, c.req.param('id'), c.var.actor);
          const asked = guard.confirm && (await askToConfirm(c, portal, guard.confirm));
          return asked ?? next();
        },
        handler,
      );
    };
  return { get: adding('get'), post: adding('post') };
};
