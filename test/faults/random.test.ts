import { expect, test } from 'vitest';
import { runRandomFaults } from './random/run.ts';

const seed = Number(process.env.FAULTS_SEED ?? 20261126);

test(`random faults for a minute (seed ${seed}): whatever was acknowledged is there once, and nothing else is left`, async () => {
  const summary = await runRandomFaults({
    seed,
    faultsMs: 45_000,
    endMs: 300_000,
    clients: 8,
    environment: {},
    write: (line) => console.info(line),
  });
  expect(summary.findings).toEqual([]);
  // Otherwise nothing was at stake.
  expect(summary.completed).toBeGreaterThan(5);
  expect(summary.interruptions).toBeGreaterThan(5);
}, 600_000);
