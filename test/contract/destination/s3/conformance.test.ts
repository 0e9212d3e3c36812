import { testDestination } from '../conformance.ts';
import { s3Harness } from './harness.ts';

testDestination(s3Harness);
