import type { Handler, Hono } from 'hono';
import { rightsOf } from '../../auth/rights.ts';
import type { SignedIn } from '../../auth/sessions.ts';
import type { Actor } from '../../intake/context.ts';
import { Failure } from '../../lib/failure.ts';
import { type Guard, type GuardedRoute, requireOwned } from '../guards.ts';
import type { Portal } from '../portal.ts';
import { askToConfirm } from './confirm.tsx';

export interface StaffEnv {
  Variables: { staff: SignedIn; actor: Actor };
}

type Add = <Path extends string>(path: Path, guard: Guard, handler: Handler<StaffEnv, Path>) => void;

/** Where the console's pages are registered, each with who may use it. */
export interface Console {
  get: Add;
  post: Add;
}

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
