import { startStandin } from '../../standins/nextcloud/standin.ts';
import type { CloudAccount } from '../cloud.ts';
import { serveBench } from './serve.ts';

export interface StandinTask {
  job: { root: string };
  told: CloudAccount;
  result: never;
}

/** What a request costs on a real server, and how many it serves at a time (measured on Nextcloud 32.0.1). */
const costs = { requestCostMs: 50, workers: 12 };

/** The stand-in for Nextcloud as a process of its own. */
serveBench<StandinTask>(async ({ root }) => {
  const standin = await startStandin({ root, sharesPerTenMinutes: Number.POSITIVE_INFINITY, ...costs });
  const { id: user, appPassword } = standin.user;
  return {
    told: { url: standin.url, user, appPassword },
    run: () => Promise.reject(new Error('the stand-in has nothing to run')),
    close: () => standin.close(),
  };
});
