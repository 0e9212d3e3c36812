import type { Group } from '../bench.ts';
import { alternate, median } from '../rounds.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** One large file. */
export const large: Group = async (bench) => {
  const file = await bench.file(bench.quick ? 64 * MiB : GiB);
  const sending = { files: [file], atOnce: 1, duringCreation: false, watched: true };
  const { directMs, portal, aboveIdleBytes } = await alternate(bench, 'large', sending);
  const ratio = (ms: readonly number[]) => median(ms) / median(directMs);
  const perGiB = (seconds: readonly number[]) => (median(seconds) * GiB) / file.sizeBytes;
  return {
    'large-acknowledged': ratio(portal.map(({ acknowledged }) => acknowledged.ms)),
    'large-visible': ratio(portal.map(({ visible }) => visible?.ms ?? Number.NaN)),
    'large-stored': ratio(portal.map(({ stored }) => stored.ms)),
    cpu: perGiB(portal.map(({ visible }) => visible?.cpuSeconds ?? Number.NaN)),
    'cpu-stored': perGiB(portal.map(({ stored }) => stored.cpuSeconds)),
    'memory-one': aboveIdleBytes / 1e6,
  };
};
