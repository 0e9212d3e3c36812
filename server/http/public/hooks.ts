import { Hono } from 'hono';
import { z } from 'zod';
import { wakeLookAt } from '../../../db/queries/found.ts';
import { bearer } from '../../auth/api-tokens.ts';
import { Failure } from '../../lib/failure.ts';
import { sameText } from '../../lib/same-text.ts';
import type { Sealing } from '../../lib/sealing.ts';
import type { Portal } from '../portal.ts';

/** What Nextcloud's webhooks must show, of this installation's own making: Nextcloud signs nothing (seen on 32.0.1). */
export const hookToken = (sealing: Pick<Sealing, 'sign'>): string => sealing.sign('nextcloud', 'hook');

const node = z.object({ path: z.string().max(4096) });
const call = z.object({
  event: z.object({ node: node.optional(), source: node.optional(), target: node.optional() }),
});

/** Where Nextcloud tells that something was put into a folder. Only a wake-up: what is there is found by looking. */
export const createHookRoutes = (portal: Portal): Hono => {
  const app = new Hono();
  app.post('/nextcloud', async (c) => {
    const token = bearer(c.req.header('authorization')) ?? '';
    if (!sameText(token, hookToken(portal.sealing))) throw new Failure('not-found');
    const said = call.safeParse(await c.req.json().catch(() => undefined));
    if (!said.success) throw new Failure('input.invalid');
    const { event } = said.data;
    for (const path of [event.node?.path, event.target?.path, event.source?.path])
      if (path !== undefined && (await wakeLookAt(portal.db, path))) break;
    return c.body(null, 204);
  });
  return app;
};
