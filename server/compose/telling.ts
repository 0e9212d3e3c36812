import type { TaskList } from 'graphile-worker';
import type { Intake } from '../intake/context.ts';
import { rowIdOf } from '../lib/job-runner.ts';
import { createMailer } from '../mail/mailer.ts';
import type { Teller } from '../mail/notifier.ts';
import { createPost } from '../mail/post.ts';
import type { Metrics } from '../metrics.ts';
import { createNextcloud } from '../nextcloud/index.ts';
import type { composeNode } from './node.ts';
import type { Surroundings } from './surroundings.ts';

/** As whom staff are told notices at Nextcloud: an account for that alone, or the portal's own. */
export const composeTeller = (
  { config, nextcloud, log }: Surroundings,
  { accounts, portalAccount }: Intake,
  onAnswer?: Metrics['nextcloudAnswered'],
): { teller: () => Promise<Teller>; close(): Promise<void> } => {
  if (config.notifier === undefined)
    return {
      teller: async () => (await accounts.nextcloudFor((await portalAccount()).accountId)).notifications,
      close: async () => undefined,
    };
  const { notifications, close } = createNextcloud({
    baseUrl: nextcloud.url,
    ...config.notifier,
    connections: 2,
    log,
    onAnswer,
  });
  return { teller: async () => notifications, close };
};

/** Who sends what is queued; undefined where mail is not set up. */
export const composePost = (
  { config, log }: Surroundings,
  { intake, nodeId, metrics }: Awaited<ReturnType<typeof composeNode>>,
) => {
  if (config.mail === undefined) return undefined;
  const post = createPost({
    db: intake.db,
    nodeId,
    mailer: createMailer(config.mail),
    publicUrl: config.publicUrl,
    sealing: intake.sealing,
    zone: config.zone,
    log,
    onOutcome: metrics.mailDone,
  });
  const tasks: TaskList = {
    mail: async (payload) => {
      await post.sendOne(rowIdOf(payload));
    },
  };
  return { ...post, tasks };
};
