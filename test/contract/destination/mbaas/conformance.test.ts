import { testDestination } from '../conformance.ts';
import { mbaasHarness } from './harness.ts';

testDestination(mbaasHarness);
