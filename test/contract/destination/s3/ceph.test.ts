import { afterAll, beforeAll, describe } from 'vitest';
import { testDestination } from '../conformance.ts';
import { type Ceph, startCeph, withoutCeph } from './ceph.ts';
import { cephHarness } from './ceph-harness.ts';

const why = withoutCeph();
if (why !== undefined) console.warn(why);
describe.skipIf(why !== undefined)("with Ceph's object gateway", () => {
  let ceph: Ceph;
  beforeAll(async () => {
    ceph = await startCeph();
  }, 120_000);
  afterAll(() => ceph?.stop());
  testDestination(cephHarness(() => ceph));
});
