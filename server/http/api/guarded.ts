import { OpenAPIHono, type RouteConfig, type RouteHandler } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { requireToken, type TokenHolder } from '../../auth/api-tokens.ts';
import type { Actor } from '../../intake/context.ts';
import { isFailure } from '../../lib/failure.ts';
import { type Guard, type GuardedRoute, requireOwned } from '../guards.ts';
import type { Portal } from '../portal.ts';
import { once } from './once.ts';

export interface ApiEnv {
  Variables: { actor: Actor; token: Pick<TokenHolder, 'tokenId' | 'scopes'> };
}

/** Where the API's routes are registered, each with who may use it. */
export interface Api {
  app: OpenAPIHono<ApiEnv>;
  add<Route extends RouteConfig & { getRoutingPath(): string }>(
    guard: Guard,
    route: Route,
    handler: RouteHandler<Route, ApiEnv>,
  ): void;
}

/** A body or a parameter that breaks the schema; says where. */
export class InvalidInput extends Error {
  readonly errors: { path: string; message: string }[];

  constructor(issues: readonly { path: PropertyKey[]; message: string }[]) {
    super('invalid input');
    this.errors = issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  }
}

/** Who asks is looked at before what they ask. @param routes is added to */
export const createGuardedApi = (portal: Portal, routes: GuardedRoute[]): Api => {
  const app = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new InvalidInput(result.error.issues);
    },
  });
  return {
    app,
    add(guard, route, handler) {
      const path = route.getRoutingPath();
      const repeatable = isRepeatable(route);
      routes.push({ method: route.method as GuardedRoute['method'], path: `/api/v1${path}`, guard });
      app.on(route.method.toUpperCase(), path, async (c, next) => {
        const address = portal.addressOf(c);
        const { tokenId, staffId, teams, scopes } = await admit(c, portal, guard.needs, address);
        c.set('token', { tokenId, scopes });
        c.set('actor', { name: `token:${tokenId}`, staffId, teams, address });
        await requireOwned(portal, guard, c.req.param('id'), c.var.actor);
        return repeatable ? once(c, portal, tokenId, next) : next();
      });
      const described = { ...route, security: [{ token: guard.needs === 'anyone' ? [] : [guard.needs] }] };
      app.openapi(repeatable ? withKey(described) : described, handler);
    },
  };
};

/** @throws Failure as `requireToken`, and `api.throttled`, `auth.throttled` */
const admit = async (
  c: Context,
  portal: Portal,
  needs: Guard['needs'],
  address: string,
): Promise<TokenHolder> => {
  const holder = await requireToken(portal.db, c.req.header('authorization'), needs).catch(async (error) => {
    if (isFailure(error, 'auth.required')) await portal.throttle.mistake(address);
    throw error;
  });
  const { limit, perSeconds, left, resetsAfterMs } = await portal.throttle.call(holder.tokenId);
  c.header('RateLimit-Policy', `"token";q=${limit};w=${perSeconds}`);
  c.header('RateLimit', `"token";r=${left};t=${Math.ceil(resetsAfterMs / 1000)}`);
  return holder;
};

/** What is sent as a form has another border every time: two of the same can't be told. */
const isRepeatable = ({ method, request }: RouteConfig): boolean =>
  method === 'post' && request?.body?.content?.['multipart/form-data'] === undefined;

/** In the document alone: it is read before the handler runs. */
const withKey = <Route extends RouteConfig>(route: Route): Route => ({
  ...route,
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 255 },
      description: 'Carried out once: the same again within 24 hours is given the same answer.',
    },
  ],
});
