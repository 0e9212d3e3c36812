import { describe } from 'vitest';
import { testDestination } from '../conformance.ts';
import { sftpHarness } from './harness.ts';
import { withoutSshd } from './sshd.ts';

const why = withoutSshd();
if (why !== undefined) console.warn(why);
describe.skipIf(why !== undefined)("with OpenSSH's server", () => {
  testDestination(sftpHarness);
});
