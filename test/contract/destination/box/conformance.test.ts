import { testDestination } from '../conformance.ts';
import { boxHarness } from './harness.ts';

testDestination(boxHarness);
