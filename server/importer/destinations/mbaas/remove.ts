import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import type { Delivered } from '../destination.ts';
import type { Files } from './files.ts';
import { manifestId } from './names.ts';
import { isOurs, unreadable } from './place.ts';

const detailsSchema = z.object({ deliveryKey: z.string(), manifest: z.string() });

/**
 * Takes away what a delivery's result names, the manifest first: what is left of it then does not look whole. What
 * has the name of a file and isn't ours by its meta, stays.
 */
export const removeDelivered = async (
  files: Files,
  mayRead: () => Promise<boolean>,
  { details, place, remote }: Delivered,
  here: string,
): Promise<void> => {
  // The destination was pointed elsewhere since: what is there is not found gone because it is not here.
  if (place !== here)
    throw new Failure('destination.rejected', {
      details: { problem: 'it was delivered to another place', place },
    });
  const parsed = detailsSchema.safeParse(details);
  if (!parsed.success)
    throw new Failure('destination.rejected', { details: { problem: 'the result names no delivery' } });
  const { deliveryKey, manifest } = parsed.data;
  const pieces = remote.map(({ file, path }) => ({ id: file, name: path }));
  for (const { id, name } of [{ id: manifestId, name: manifest }, ...pieces]) {
    if (name === undefined) continue;
    const seen = await files.meta(name);
    if (seen === 'closed' && !(await mayRead())) throw unreadable();
    if (seen === undefined || seen === 'closed' || !isOurs(seen, deliveryKey, id)) continue;
    const hidden = typeof seen.publicUrl === 'string' ? await files.unpublish(seen) : seen;
    if (hidden !== undefined) await files.remove(hidden);
  }
};
