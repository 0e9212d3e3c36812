import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** One project a kind of test; `npm test` runs all of them but e2e, which needs a browser. */
const project = (name: string, more: Record<string, unknown> = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    environment: 'node' as const,
    ...more,
  },
});

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    // Most of a test is waiting: one worker would leave a machine of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      // Generous: a machine that does much else is no failure.
      project('unit', { testTimeout: 30_000 }),
      project('contract', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('integration', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('faults', { testTimeout: 180_000, hookTimeout: 120_000, fileParallelism: false }),
      project('e2e', {
        testTimeout: 180_000,
        hookTimeout: 120_000,
        globalSetup: 'test/e2e/support/setup.ts',
      }),
    ],
  },
});
