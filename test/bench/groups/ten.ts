import type { Group } from '../bench.ts';
import { alternate, median } from '../rounds.ts';

const MiB = 1024 * 1024;
const count = 10;

/** Ten files at once: the same bytes under ten names. */
export const ten: Group = async (bench) => {
  const file = await bench.file((bench.quick ? 16 : 300) * MiB);
  const files = Array.from({ length: count }, (_, n) => ({ ...file, name: `random-${n}.bin` }));
  const sending = { files, atOnce: count, duringCreation: false, watched: true };
  const { directMs, portal, aboveIdleBytes } = await alternate(bench, 'ten', sending);
  return {
    'ten-visible': median(portal.map(({ visible }) => visible?.ms ?? Number.NaN)) / median(directMs),
    'memory-ten': aboveIdleBytes / 1e6,
  };
};
