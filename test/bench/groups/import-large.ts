import type { Group } from '../bench.ts';
import { alternateImports } from '../imports.ts';
import { median } from '../rounds.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** One large file, to a folder: as quick as a copy that is neither hashed nor synced. */
export const importLarge: Group = async (bench) => {
  const file = await bench.file(bench.quick ? 64 * MiB : GiB);
  const sending = { files: [file], atOnce: 1, duringCreation: false, watched: false };
  const rounds = await alternateImports(bench, 'import-large', sending);
  if (rounds === undefined) return {};
  return {
    'import-large': median(rounds.importMs) / median(rounds.rcloneMs),
    'memory-import': rounds.aboveIdleBytes / 1e6,
  };
};
