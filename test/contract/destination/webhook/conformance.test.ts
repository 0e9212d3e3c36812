import { testDestination } from '../conformance.ts';
import { webhookHarness } from './harness.ts';

testDestination(webhookHarness);
