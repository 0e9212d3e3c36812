import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryFile,
  defineDestination,
  type Manifest,
  manifestOf,
  type RemoteFile,
} from '../destination.ts';
import { manifestBytes, manifestNameOf, pathIn, tells } from '../manifest.ts';
import { numbered, planPaths, safeName } from '../names.ts';
import { fillTemplate } from '../template.ts';
import { checkBucket } from './check.ts';
import { createS3Client } from './client.ts';
import { configSchema, kind, type S3Config, secretsSchema } from './config.ts';
import { asFailure, statusOf } from './failures.ts';
import {
  type Bucket,
  compare,
  isTaken,
  metadataOf,
  onlyIfFree,
  type Proof,
  putBytes,
  readManifest,
} from './objects.ts';
import { endUpload, type OpenUpload, upload } from './upload.ts';
import { words } from './words.ts';

/** Other objects of the same name that are stepped aside for, before it is called a conflict. */
const mostNumbers = 100;

export const s3 = defineDestination({
  kind,
  words,
  configSchema,
  secretsSchema,
  // Without an endpoint the region makes the host's name.
  secretsGoTo: ['endpoint', 'region'],
  create(config, secrets, { http }) {
    const client = createS3Client(config, secrets, http);
    const attempt = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      try {
        return await work();
      } catch (error) {
        throw asFailure(error);
      }
    };
    return {
      check: (signal = new AbortController().signal) =>
        attempt(() => checkBucket({ client, config, signal })),
      probe: (delivery, context) =>
        attempt(() => findWhole(bucketOf(client, config, context), delivery, context)),
      deliver: (delivery, context) =>
        attempt(() => write(bucketOf(client, config, context), delivery, context)),
      close() {
        client.destroy();
        return Promise.resolve();
      },
    };
  },
});

const bucketOf = (client: S3Client, config: S3Config, { signal }: DeliveryContext): Bucket => ({
  client,
  config,
  signal,
});

const checkpointSchema = z.object({
  place: z.array(z.string()).min(1),
  upload: z.object({ key: z.string(), id: z.string() }).optional(),
});

/**
 * The names before those of the files. Once chosen they are kept, so that a request whose title was changed in between is not
 * delivered twice.
 */
const placeOf = async (
  config: S3Config,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<{ place: string[]; left?: OpenUpload | undefined }> => {
  const kept = checkpointSchema.safeParse(await context.checkpoint.load());
  if (kept.success) return { place: kept.data.place, left: kept.data.upload };
  return { place: fillTemplate(config.template, delivery).folders.map(safeName) };
};

const keyOf = ({ config }: Bucket, ...names: string[]): string => config.prefix + names.join('/');

const findWhole = async (
  bucket: Bucket,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered | undefined> => {
  const { place } = await placeOf(bucket.config, delivery, context);
  const found = await readManifest(bucket, keyOf(bucket, ...place, manifestNameOf(delivery)));
  if (found === 'absent' || found.manifest?.deliveryKey !== delivery.key) return undefined;
  const remote: RemoteFile[] = [];
  for (const file of delivery.files) {
    const path = pathIn(found.manifest, file.id);
    if (path === undefined) return undefined;
    const key = keyOf(bucket, ...place, ...path);
    const proof = await compare(bucket, key, file);
    if (proof === 'absent' || proof === 'other') return undefined;
    remote.push(remoteOf(file, key, proof));
  }
  return { alreadyThere: true, remote, place: addressOf(bucket, place) };
};

const remoteOf = (file: DeliveryFile, key: string, proof: Proof): RemoteFile => ({
  file: file.id,
  path: key,
  sizeBytes: file.sizeBytes,
  verifiedBy: proof,
});

const addressOf = (bucket: Bucket, place: string[]): string =>
  `s3://${bucket.config.bucket}/${keyOf(bucket, ...place)}/`;

const write = async (bucket: Bucket, delivery: Delivery, context: DeliveryContext): Promise<Delivered> => {
  const { place, left } = await placeOf(bucket.config, delivery, context);
  if (left !== undefined) await endUpload(bucket, left);
  await context.checkpoint.save({ place });
  const manifestName = manifestNameOf(delivery);
  const { nameOf } = fillTemplate(bucket.config.template, delivery);
  const plan = planPaths(delivery.files, { reservedNames: [manifestName], nameOf });
  const paths = new Map<string, string>();
  const remote: RemoteFile[] = [];
  let allKept = true;
  for (const file of delivery.files) {
    context.signal.throwIfAborted();
    const { folders, name } = plan.of(file.id);
    const keyFor = (candidate: string) => keyOf(bucket, ...place, ...folders, candidate);
    const names = candidates(name, (other) => plan.isTaken(folders, other));
    const placed = await putFile(bucket, file, names, keyFor, {
      metadata: metadataOf(delivery, file),
      onBegun: (open) => context.checkpoint.save({ place, upload: open }),
    });
    plan.take(folders, placed.name);
    paths.set(file.id, [...folders, placed.name].join('/'));
    remote.push(remoteOf(file, keyFor(placed.name), placed.proof));
    allKept &&= placed.kept;
  }
  const manifest = manifestOf(delivery, (file) => paths.get(file.id) ?? '', context.clock.now());
  const outcome = await putManifest(bucket, keyOf(bucket, ...place, manifestName), manifest);
  return { alreadyThere: allKept && outcome === 'kept', remote, place: addressOf(bucket, place) };
};

/** A file's name, and those with a number that no other file of the delivery has. */
const candidates = (name: string, isTaken: (name: string) => boolean): string[] =>
  Array.from({ length: mostNumbers }, (_, index) => numbered(name, index + 1)).filter(
    (candidate, index) => index === 0 || !isTaken(candidate),
  );

/**
 * Puts a file under its name, or keeps the object that is there with the same bytes. Where other bytes have the name, the next
 * free number is taken: what is there is never replaced.
 */
const putFile = async (
  bucket: Bucket,
  file: DeliveryFile,
  names: string[],
  keyFor: (name: string) => string,
  options: Parameters<typeof upload>[3],
): Promise<{ name: string; proof: Proof; kept: boolean }> => {
  for (const name of names) {
    const key = keyFor(name);
    // Looked at first: with many bytes to send it is costly to be refused at their end.
    let found = await compare(bucket, key, file);
    if (found === 'absent') {
      const sent = await upload(bucket, key, file, options);
      if (sent !== 'taken') return { name, proof: sent, kept: false };
      found = await compare(bucket, key, file);
      if (found === 'absent') throw passing('an object that was in the way is gone');
    }
    if (found !== 'other') return { name, proof: found, kept: true };
  }
  throw new Failure('destination.conflict', {
    details: { name: names[0], problem: 'too many other objects of that name' },
  });
};

const passing = (reason: string): Failure =>
  new Failure('destination.unavailable', { retry: 'later', details: { reason } });

/**
 * Writes the manifest, which is the mark that the delivery is whole. Only this delivery's own, when it no longer tells the
 * truth, is ever replaced.
 */
const putManifest = async (bucket: Bucket, key: string, manifest: Manifest): Promise<'placed' | 'kept'> => {
  const bytes = manifestBytes(manifest);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const more = { Metadata: { 'uketori-delivery': manifest.deliveryKey }, ContentType: 'application/json' };
  const found = await readManifest(bucket, key);
  if (found === 'absent')
    try {
      await putBytes(bucket, key, bytes, sha256, { ...more, ...onlyIfFree(bucket) });
      return 'placed';
    } catch (error) {
      if (isTaken(error)) throw passing('another attempt has written its manifest');
      throw error;
    }
  if (found.manifest?.deliveryKey !== manifest.deliveryKey)
    throw new Failure('destination.conflict', { details: { key, problem: 'another manifest is there' } });
  if (tells(found.manifest, manifest)) return 'kept';
  const onlyThis = bucket.config.conditionalWrites && found.etag !== undefined ? { IfMatch: found.etag } : {};
  try {
    await putBytes(bucket, key, bytes, sha256, { ...more, ...onlyThis });
  } catch (error) {
    if (statusOf(error) === 412) throw passing('another attempt has written its manifest');
    throw error;
  }
  return 'placed';
};
