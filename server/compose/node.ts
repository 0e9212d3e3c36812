import { randomUUID } from 'node:crypto';
import { openJobPool } from '../../db/migrate.ts';
import { beat, forgetNode, type NodeRole } from '../../db/queries/nodes.ts';
import { every } from '../lib/every.ts';
import { within } from '../lib/within.ts';
import { listenForMetrics } from '../metrics.ts';
import { composeIntake } from './intake.ts';
import type { Surroundings } from './surroundings.ts';

const heartbeatMs = 3_000;
const heartbeatLimitMs = 6_000;

/** A process that others can see in `nodes`: what it holds is its own as long as its heart beats. */
export const composeNode = async (surroundings: Surroundings, role: NodeRole, jobsAtOnce?: number) => {
  const { log } = surroundings;
  const { intake, metrics, close } = composeIntake(surroundings, role);
  const { db } = intake;
  const nodeId = `nod_${randomUUID().replaceAll('-', '')}`;
  await beat(db, nodeId, role);
  const heart = every(
    heartbeatMs,
    () =>
      within(heartbeatLimitMs, beat(db, nodeId, role)).catch((error: unknown) => {
        db.renew();
        throw error;
      }),
    { log, name: 'heartbeat' },
  );
  // One for each job at once, and one that listens.
  const pool = openJobPool(surroundings.database, jobsAtOnce === undefined ? undefined : jobsAtOnce + 1);
  const { host, metricsPort } = surroundings.config;
  // Both run on one machine by default.
  const port = metricsPort === undefined ? undefined : metricsPort + (role === 'portal' ? 0 : 1);
  const stopMetrics =
    port === undefined ? undefined : await listenForMetrics(metrics, db, { host, port, log });
  return {
    intake,
    metrics,
    nodeId,
    pool,
    async close() {
      await stopMetrics?.();
      await heart.stop();
      await forgetNode(db, nodeId).catch(() => undefined);
      await pool.end();
      await close();
    },
  };
};
