import type { Group } from '../bench.ts';
import { seededFiles } from '../content.ts';
import { alternateImports } from '../imports.ts';
import { median } from '../rounds.ts';

const fileBytes = 200_000;

/** A submission of many small files, to a folder. */
export const importSmall: Group = async (bench) => {
  const files = seededFiles(bench.root, bench.quick ? 20 : 200, fileBytes);
  const sending = { files, atOnce: 4, duringCreation: true, watched: false };
  const rounds = await alternateImports(bench, 'import-small', sending);
  if (rounds === undefined) return {};
  return { 'import-small': median(rounds.importMs) / median(rounds.rcloneMs) };
};
