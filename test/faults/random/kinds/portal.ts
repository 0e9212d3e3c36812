import { setTimeout as delay } from 'node:timers/promises';
import type { FaultKind } from './kind.ts';
import { seconds } from './kind.ts';

const ended = (name: string, weight: number, signal: 'SIGKILL' | 'SIGTERM'): FaultKind => ({
  name,
  weight,
  needs: ['node'],
  async start({ site }, dice, lastsMs) {
    const index = dice.whole(0, 1);
    const atOnce = dice.chance(0.4);
    if (!site.nodes.at(index).isUp) return undefined;
    await site.nodes.end(index, signal);
    const restarted = site.nodes.startAgain.bind(site.nodes, index);
    const again = atOnce ? 'at once' : `after ${seconds(lastsMs)}`;
    const words = `the ${site.nodes.nameOf(index)}, started again ${again}`;
    if (!atOnce) return { words, end: restarted };
    const restart = restarted();
    restart.catch(() => undefined);
    return { words, end: () => restart };
  },
});

const postgresKilled: FaultKind = {
  name: 'postgres killed',
  weight: 1.5,
  needs: ['postgres'],
  start({ site }) {
    site.postgres.kill();
    // It takes connections again before another such fault may begin.
    const end = async () => {
      for (;;) {
        const rows = await site.postgres.ask((sql) => sql`select 1`).catch(() => []);
        if (rows.length > 0) return;
        await delay(200);
      }
    };
    return Promise.resolve({ words: 'kill -9', end });
  },
};

const postgresStopped: FaultKind = {
  name: 'postgres stopped',
  weight: 1.5,
  needs: ['postgres'],
  async start({ site }) {
    await site.postgres.stop();
    return { words: 'and started again', end: () => site.postgres.startAgain() };
  },
};

/** What happens to the portal's own processes and its database. */
export const portalKinds: FaultKind[] = [
  ended('node killed', 4, 'SIGKILL'),
  ended('node ended', 3, 'SIGTERM'),
  postgresKilled,
  postgresStopped,
];
