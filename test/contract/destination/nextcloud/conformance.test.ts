import { vi } from 'vitest';
import { testDestination } from '../conformance.ts';
import { isReal, nextcloudHarness } from './harness.ts';

// A busy real server takes a third of a second for each of some hundred requests.
if (isReal) vi.setConfig({ testTimeout: 180_000 });

testDestination(nextcloudHarness);
