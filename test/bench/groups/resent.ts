import type { Bench, Group } from '../bench.ts';
import type { Cut, CutsJob, CutsTask } from '../children/cuts.ts';
import { startChild } from '../processes.ts';
import { warmUp } from '../rounds.ts';

const bytesPerSecond = 1_000_000;
/** At no whole number of anything that the portal might do regularly. */
const cutAfterMs = [21_300, 23_450, 25_110, 26_870, 29_730];
const MiB = 1024 * 1024;

/** What must be sent again after a line has broken: the worst of several cuts. */
export const resent: Group = async (bench) => {
  const site = await bench.site();
  return site.withPortal(async (portal) => {
    await warmUp(bench, site, portal);
    const cuts = await sendAndCut(bench, {
      portalUrl: portal.url,
      token: site.token,
      bytesPerSecond,
      cutAfterMs: cutAfterMs.map((ms) => (bench.quick ? ms / 5 : ms)),
    });
    const lost = cuts.map(({ sentBytes, offsetBytes }) => (sentBytes - offsetBytes) / MiB);
    bench.say(`resent: ${lost.map((mebibytes) => mebibytes.toFixed(2)).join(', ')} MiB`);
    if (cuts.some(({ sentBytes }) => sentBytes === 0)) throw new Error('nothing was sent before a cut');
    return { resent: Math.max(...lost) };
  });
};

const sendAndCut = async (bench: Bench, job: CutsJob): Promise<Cut[]> => {
  const child = await startChild<CutsTask>(bench.processes, 'cuts', job);
  try {
    return await child.go();
  } finally {
    await child.end();
  }
};
