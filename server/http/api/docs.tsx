import type { OpenAPIHono } from '@hono/zod-openapi';
import { type ApiDocument, ApiPage } from '../../../web/pages/api.tsx';
import { page, pageContext } from '../pages.tsx';
import type { Portal } from '../portal.ts';

/** The API's description: for programs at `/openapi.json`, for people at `/docs`. @param describe makes the document */
export const addDocs = (api: OpenAPIHono, portal: Portal, describe: () => object): void => {
  api.get('/openapi.json', (c) => c.json(describe()));
  api.get('/docs', (c) =>
    page(c, <ApiPage context={pageContext(c, portal)} document={describe() as ApiDocument} />),
  );
};
