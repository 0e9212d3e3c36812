import { testDestination } from '../conformance.ts';
import { folderHarness } from './harness.ts';

testDestination(folderHarness);
