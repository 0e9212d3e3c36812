import { OpenAPIHono } from '@hono/zod-openapi';
import { Failure } from '../../lib/failure.ts';
import { statusOf } from '../failures.ts';
import type { GuardedRoute } from '../guards.ts';
import type { Portal } from '../portal.ts';
import { asFailure, problemJson } from '../replies.ts';
import { addAuditRoutes } from './audit.ts';
import { addDeliveryRoutes } from './deliveries.ts';
import { addDestinationRoutes } from './destinations.ts';
import { addDocs } from './docs.tsx';
import { addFormRoutes } from './forms.ts';
import { createGuardedApi, InvalidInput } from './guarded.ts';
import { addMailShareRoutes } from './mail-shares.ts';
import { addNoteRoutes } from './notes.ts';
import { addNoticeRoutes } from './notices.ts';
import { addPeopleRoutes } from './people.ts';
import { addReceiverRoutes } from './receivers.ts';
import { addRequestRoutes } from './requests.ts';
import { addSubmissionRoutes } from './submissions.ts';
import { addTeamRoutes } from './teams.ts';
import { addTemplateRoutes } from './templates.ts';
import { addTokenRoutes } from './tokens.ts';

/** API v1, at `/api`. Every route asks for a token, most with one scope, but those that a delivery's own token opens. */
export const createApi = (portal: Portal): { app: OpenAPIHono; routes: GuardedRoute[] } => {
  const routes: GuardedRoute[] = [];
  const guarded = createGuardedApi(portal, routes);
  const v1 = guarded.app;
  addRequestRoutes(guarded, portal);
  addTemplateRoutes(guarded, portal);
  addFormRoutes(guarded, portal);
  addMailShareRoutes(guarded, portal);
  addDeliveryRoutes(guarded, portal);
  addDestinationRoutes(guarded, portal);
  addNoticeRoutes(guarded, portal);
  addSubmissionRoutes(guarded, portal);
  addNoteRoutes(guarded, portal);
  addAuditRoutes(guarded, portal);
  addPeopleRoutes(guarded, portal);
  addTeamRoutes(guarded, portal);
  addTokenRoutes(guarded, portal);
  addReceiverRoutes(guarded, portal);

  v1.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  v1.openAPIRegistry.registerComponent('securitySchemes', 'callback', {
    type: 'http',
    scheme: 'bearer',
    description: 'The token that came with a webhook, good for its delivery alone.',
  });
  const api = new OpenAPIHono();
  api.onError((error, c) => {
    const failure = error instanceof InvalidInput ? new Failure('input.invalid') : asFailure(error);
    if (statusOf[failure.code] >= 500)
      portal.log.error(
        { err: failure.cause ?? failure, code: failure.code, details: failure.details },
        'an API call failed',
      );
    return problemJson(c, failure, error instanceof InvalidInput ? error.errors : undefined);
  });
  // Inside `v1`, or the portal's own page would answer.
  v1.all('*', (c) => {
    const methods = methodsAt(v1.routes, c.req.path.slice('/api/v1'.length));
    if (methods === '') throw new Failure('not-found');
    c.header('Allow', methods);
    throw new Failure('method.not-allowed', { params: { methods } });
  });
  api.route('/v1', v1);
  addDocs(api, portal, () =>
    v1.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Uketori',
        version: '1',
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      servers: [{ url: new URL('/api/v1', portal.publicUrl).href }],
    }),
  );
  return { app: api, routes };
};

/** What an address takes, as `Allow` has it; empty where there is none such. */
const methodsAt = (routes: readonly { method: string; path: string }[], address: string): string => {
  const parts = address.split('/');
  const fits = (path: string): boolean => {
    const wanted = path.split('/');
    return (
      wanted.length === parts.length &&
      wanted.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]))
    );
  };
  const methods = new Set(
    routes.filter(({ method, path }) => method !== 'ALL' && fits(path)).map(({ method }) => method),
  );
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted().join(', ');
};
