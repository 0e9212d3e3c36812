import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { bearer } from '../auth/api-tokens.ts';
import { Failure } from '../lib/failure.ts';
import { sameText } from '../lib/same-text.ts';
import { createApi } from './api/api.ts';
import { createBrandRoutes } from './brand.ts';
import { statusOf } from './failures.ts';
import { formsPath } from './forms.ts';
import { keepLanguage } from './language.ts';
import { securityHeaders } from './middleware/headers.ts';
import { sameOriginOnly } from './middleware/origin.ts';
import { errorPage } from './pages.tsx';
import type { Portal } from './portal.ts';
import { createHookRoutes } from './public/hooks.ts';
import { createLanguageRoutes } from './public/plain/language.tsx';
import { createPlainRoutes } from './public/plain/routes.tsx';
import { createPublicRoutes } from './public/routes.tsx';
import { createVerifyRoutes } from './public/verify.tsx';
import { asFailure, failureJson, problemJson, setRetryAfter } from './replies.ts';
import { createStaffRoutes } from './staff/routes.tsx';
import { createTusRoutes } from './tus/tus.ts';

/**
 * Bytes that a form or a JSON body may have: whoever finishes with thousands of files names them all. Uploads pass
 * elsewhere and are never buffered.
 */
const maxBodyBytes = 1024 * 1024;

/** The portal as one HTTP application. Opens nothing: `main.ts` listens. */
export const createApp = (portal: Portal): Hono => {
  const app = new Hono();
  app.use(securityHeaders(portal.publicUrl));
  app.use(sameOriginOnly(portal.publicUrl));
  app.route('/uploads', createTusRoutes(portal));
  app.route('/', createPlainRoutes(portal));
  app.route('/', createLanguageRoutes(portal));
  // A receipt may be longer than other forms.
  app.route('/verify', createVerifyRoutes(portal));

  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new Failure('input.too-large');
    },
  });
  app.use((c, next) => (formsPath.test(c.req.path) ? next() : limit(c, next)));
  app.use(keepLanguage);
  app.get('/healthz', async (c) => {
    const health = await portal.health();
    return c.json(health, health.ok ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { token, expose } = portal.metrics;
    // Where it is not set up it is not there; nor is it for whoever has another token.
    if (token === undefined || !sameText(bearer(c.req.header('authorization')) ?? '', token))
      throw new Failure('not-found');
    const { text, contentType } = await expose();
    return c.body(text, 200, { 'Content-Type': contentType });
  });
  app.get(
    '/assets/*',
    serveStatic({
      root: portal.assetsDir,
      // Pages are not compressed: some hold a secret, whose length would show through what is beside it.
      precompressed: true,
      rewriteRequestPath: (path) => path.slice('/assets'.length),
      onFound: (_path, c) => c.header('Cache-Control', 'public, max-age=31536000, immutable'),
    }),
  );
  app.route('/brand', createBrandRoutes(portal));
  app.route('/api', createApi(portal).app);
  app.route('/hooks', createHookRoutes(portal));
  app.route('/staff', createStaffRoutes(portal).app);
  app.route('/', createPublicRoutes(portal));

  app.notFound((c) => errorPage(c, portal, new Failure('not-found')));
  app.onError((error, c) => {
    const failure = asFailure(error);
    if (statusOf[failure.code] >= 500)
      portal.log.error(
        { err: failure.cause ?? failure, code: failure.code, details: failure.details },
        'a request failed',
      );
    // The rest of the body is not read: what follows on this connection could not be understood.
    if (failure.code === 'input.too-large') c.header('Connection', 'close');
    // What never came as far as the API: too large, or from another site.
    if (c.req.path.startsWith('/api/')) return problemJson(c, failure);
    setRetryAfter(c, failure);
    const wantsPage = (c.req.header('accept') ?? '').includes('text/html');
    return wantsPage ? errorPage(c, portal, failure) : failureJson(c, failure);
  });
  return app;
};
