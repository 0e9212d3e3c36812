import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { destinationModules } from '../../../server/importer/destinations/registry.ts';

test.each([...destinationModules.keys()])(
  '%s is put through the suite of all destinations, and has a README',
  (kind) => {
    expect(existsSync(join(import.meta.dirname, kind, 'conformance.test.ts'))).toBe(true);
    const room = join(import.meta.dirname, '../../../server/importer/destinations', kind);
    expect(existsSync(join(room, 'README.md'))).toBe(true);
  },
);
