import { z } from 'zod';
import type { Delivery, Manifest } from './destination.ts';
import { fold, safeName } from './names.ts';

/** More is not read: it is none of ours. */
export const manifestLimitBytes = 16 * 1024 * 1024;

/** One file's manifest has a name of its own: several of them share the folder of their submission. */
export const manifestNameOf = (delivery: Delivery): string =>
  delivery.per === 'submission' ? 'manifest.json' : `manifest-${delivery.files[0]?.id ?? ''}.json`;

export const manifestBytes = (manifest: Manifest): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);

const manifestShape = z.object({
  deliveryKey: z.string(),
  files: z.array(z.object({ id: z.string(), path: z.string(), sizeBytes: z.number(), sha256: z.string() })),
});

/** As much of a manifest that was found as we go by. */
export type KnownManifest = z.output<typeof manifestShape>;

/** @returns undefined where it is no manifest */
export const parseManifest = (text: string): KnownManifest | undefined => {
  try {
    const parsed = manifestShape.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Where a manifest says that a file is, seen from the manifest. Names that we never make are not followed, since anyone may
 * have written it: undefined.
 */
export const pathIn = (manifest: KnownManifest, fileId: string): string[] | undefined => {
  const segments = manifest.files.find(({ id }) => id === fileId)?.path.split('/') ?? [];
  return segments.length === 0 || segments.some((segment) => safeName(segment) !== segment)
    ? undefined
    : segments;
};

/** Whether a manifest that was found still says where the files are. */
export const tells = (found: KnownManifest, manifest: Manifest): boolean =>
  found.files.length === manifest.files.length &&
  manifest.files.every((file) =>
    found.files.some(
      (known) => known.id === file.id && fold(known.path) === fold(file.path) && known.sha256 === file.sha256,
    ),
  );
