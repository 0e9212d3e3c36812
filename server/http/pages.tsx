import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { VNode } from 'preact';
import type { RequestRow } from '../../db/queries/requests.ts';
import type { PageContext } from '../../web/pages/context.ts';
import { ErrorPage, NotFoundPage } from '../../web/pages/public/short.tsx';
import { renderPage } from '../../web/render.ts';
import type { Failure } from '../lib/failure.ts';
import { shownBrand } from './brand.ts';
import { statusOf } from './failures.ts';
import { languageOf } from './language.ts';
import type { Portal } from './portal.ts';

/**
 * What every page is given.
 * @param request whose Nextcloud asks, in which languages, and by whose clock times are told where its deadline names one; left
 *   out, the portal's
 */
export const pageContext = (
  c: Context,
  portal: Portal,
  request?: Pick<RequestRow, 'accountId' | 'deadlineAt' | 'deadlineZone' | 'languages'>,
): PageContext => ({
  language: languageOf(c, request?.languages),
  ...(request !== undefined && { languages: request.languages }),
  assets: portal.assets,
  brand: shownBrand(portal.brands.of(request?.accountId)),
  demo: portal.demo,
  now: new Date(),
  zone: request?.deadlineAt ? request.deadlineZone : portal.zone,
});

export const page = (c: Context, vnode: VNode, status: ContentfulStatusCode = 200) => {
  c.header('Vary', 'Accept-Language, Cookie');
  return c.html(renderPage(vnode), status);
};

/** A failure as a page. What does not exist looks the same whatever was asked for. */
export const errorPage = (c: Context, portal: Portal, failure: Failure) =>
  failure.code === 'not-found'
    ? page(c, <NotFoundPage context={pageContext(c, portal)} />, 404)
    : page(
        c,
        <ErrorPage
          context={pageContext(c, portal)}
          failure={{ code: failure.code, params: failure.params }}
        />,
        statusOf[failure.code],
      );
