import { createRoute, z } from '@hono/zod-openapi';
import { filesOfDelivery, findDeliveryByKey } from '../../../db/queries/ledger.ts';
import { bearer } from '../../auth/api-tokens.ts';
import { acknowledge } from '../../importer/ledger/manage-deliveries.ts';
import { Failure } from '../../lib/failure.ts';
import type { Portal } from '../portal.ts';
import type { Api } from './guarded.ts';
import { json, problem } from './schemas.ts';

const keyParam = z.object({ key: z.string().openapi({ param: { name: 'key', in: 'path' } }) });
const security = [{ callback: [] }];
/** The most that Nextcloud allows. */
const linkSeconds = 24 * 3600;

const routes = {
  links: createRoute({
    method: 'post',
    path: '/deliveries/{key}/links',
    summary: 'For the receiver of a webhook: fresh addresses of its files',
    security,
    request: { params: keyParam },
    responses: {
      200: json(
        z.object({
          files: z.array(z.object({ id: z.string(), url: z.string(), expiresAt: z.iso.datetime() })),
        }),
        'Addresses under which whoever has them may read the files: secrets',
      ),
      default: problem,
    },
  }),
  acknowledge: createRoute({
    method: 'post',
    path: '/deliveries/{key}/acknowledgement',
    summary: 'For the receiver of a webhook: it has taken the files over, or will not',
    security,
    request: {
      params: keyParam,
      body: {
        required: true,
        content: {
          'application/json': {
            schema: z
              .discriminatedUnion('outcome', [
                z.object({ outcome: z.literal('delivered') }),
                z.object({ outcome: z.literal('refused'), reason: z.string().max(1000) }),
              ])
              .openapi('Acknowledgement'),
          },
        },
      },
    },
    responses: { 204: { description: 'Noted; said again, it changes nothing' }, default: problem },
  }),
};

/** What the receivers of webhooks come back for, each with the token that came with its message. */
export const addReceiverRoutes = ({ app: v1 }: Api, portal: Portal): void => {
  /** @throws Failure `not-found` alike for a delivery that is unknown and for a token that is not its own */
  const find = async (key: string, authorization: string | undefined) => {
    const token = bearer(authorization);
    const found = token === undefined ? undefined : await findDeliveryByKey(portal.db, key);
    const { round, state } = found?.delivery ?? { round: 0, state: 'dead' };
    const isGood = portal.callbacks.isGood(key, round, token ?? '');
    if (found === undefined || !isGood || state === 'dead' || found.isDestinationGone)
      throw new Failure('not-found');
    return found;
  };
  v1.openapi(routes.links, async (c) => {
    const { delivery, accountId } = await find(c.req.valid('param').key, c.req.header('authorization'));
    const files = (await filesOfDelivery(portal.db, delivery)).filter(
      ({ state, removedAt }) => state !== 'withdrawn' && state !== 'quarantined' && removedAt === null,
    );
    const nextcloud = await portal.intake.accounts.nextcloudFor(accountId);
    const minted = [];
    for (const { id, fileId } of files) {
      const expiresAt = new Date(Date.now() + linkSeconds * 1000).toISOString();
      minted.push({
        id,
        url: await nextcloud.directLink(fileId, { expiresInSeconds: linkSeconds }),
        expiresAt,
      });
    }
    return c.json({ files: minted }, 200);
  });
  v1.openapi(routes.acknowledge, async (c) => {
    const { delivery } = await find(c.req.valid('param').key, c.req.header('authorization'));
    await acknowledge(portal.db, delivery.id, c.req.valid('json'), portal.addressOf(c));
    return c.body(null, 204);
  });
};
