import { testDestination } from '../conformance.ts';
import { findHarness, newHarness } from './harness.ts';

testDestination(newHarness);
testDestination(findHarness);
