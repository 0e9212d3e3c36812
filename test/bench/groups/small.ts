import type { Group } from '../bench.ts';
import { seededFiles } from '../content.ts';
import { alternate, median } from '../rounds.ts';

const fileBytes = 200_000;
const atOnce = 4;

/** Many small files, some at a time: files per second against those put directly. */
export const small: Group = async (bench) => {
  const files = seededFiles(bench.root, bench.quick ? 40 : 400, fileBytes);
  const sending = { files, atOnce, duringCreation: true, watched: false };
  const { directMs, portal } = await alternate(bench, 'small', sending);
  const ratio = (ms: readonly number[]) => median(directMs) / median(ms);
  return {
    small: ratio(portal.map(({ acknowledged }) => acknowledged.ms)),
    'small-stored': ratio(portal.map(({ stored }) => stored.ms)),
  };
};
