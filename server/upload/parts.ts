/** A part as the ledger knows it. */
export interface ExpectedPart {
  startBytes: number;
  sizeBytes: number;
  epoch: number;
}

/** A part as Nextcloud lists it. */
export interface ListedPart {
  name: string;
  sizeBytes: number;
}

/** Folder in which Nextcloud collects the parts of an upload. */
export const uploadFolder = (uploadId: string): string => `uketori-${uploadId}`;

/**
 * `<16-digit start>-<epoch>`: Nextcloud puts parts together in the natural order of their names, and a writer that
 * was fenced off never writes over a part of its successor's.
 */
export const partName = (part: { startBytes: number; epoch: number }): string =>
  `${String(part.startBytes).padStart(16, '0')}-${part.epoch}`;

/**
 * What must change before the folder may be put together: `strays` are there and nobody acknowledged them (a fenced
 * writer's late part, a phantom of a broken body), `missing` were acknowledged and are not there, or not whole.
 */
export const compareParts = (
  expected: readonly ExpectedPart[],
  listed: readonly ListedPart[],
): { strays: string[]; missing: string[] } => {
  const sizes = new Map(listed.map((part) => [part.name, part.sizeBytes]));
  const names = new Set(expected.map(partName));
  return {
    strays: listed.map((part) => part.name).filter((name) => !names.has(name)),
    missing: expected.filter((part) => sizes.get(partName(part)) !== part.sizeBytes).map(partName),
  };
};

/** Whether the parts cover a file of this size without gap or overlap. */
export const coversWhole = (expected: readonly ExpectedPart[], sizeBytes: number): boolean => {
  let end = 0;
  for (const part of expected) {
    if (part.startBytes !== end) return false;
    end += part.sizeBytes;
  }
  return end === sizeBytes;
};
