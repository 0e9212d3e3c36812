import { Failure } from '../../../lib/failure.ts';
import {
  type Delivered,
  type Delivery,
  type DeliveryContext,
  type DeliveryFile,
  defineDestination,
  manifestOf,
  type RemoteFile,
} from '../destination.ts';
import { ensureBucket, mayRead } from './bucket.ts';
import { checkBaas } from './check.ts';
import { configSchema, kind, type MbaasConfig, secretsSchema } from './config.ts';
import { contentTypeOf } from './content-type.ts';
import { filesOf, type Meta } from './files.ts';
import { manifestPiece, readManifest, type Told } from './manifest.ts';
import { manifestId, namesOf } from './names.ts';
import { type Attempt, find, isOurs, marksOf, type Piece, type Placed, put } from './place.ts';
import { removeDelivered } from './remove.ts';
import { type Baas, openBaas } from './session.ts';
import { words } from './words.ts';

export const mbaas = defineDestination({
  kind,
  words,
  configSchema,
  secretsSchema,
  secretsGoTo: ['baseUrl'],
  create(config, secrets, { http }) {
    const baas = openBaas(config, secrets, http);
    return {
      // In a session of its own, so that what is looked at is the account as it is now.
      check: (signal) => checkBaas(config, () => openBaas(config, secrets, http), signal),
      probe: (delivery, context) => probe(baas, config, delivery, context),
      deliver: (delivery, context) => deliver(baas, config, delivery, context),
      remove: (delivered, signal) =>
        removeDelivered(
          filesOf(baas, config.bucket, signal),
          () => mayRead(baas, config, signal),
          delivered,
          placeOf(config),
        ),
      close: () => baas.close(),
    };
  },
});

/** A manifest of this delivery, and every file that it names there as ours, with its length. */
const probe = async (
  baas: Baas,
  config: MbaasConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered | undefined> => {
  const attempt = await attemptOf(baas, config, delivery, context);
  const { files } = attempt;
  const before = await manifestOfBefore(attempt, delivery);
  if (before === undefined) return undefined;
  const { manifest, told } = before;
  const remote: RemoteFile[] = [];
  for (const file of delivery.files) {
    context.signal.throwIfAborted();
    const seen = await files.meta(told.get(file.id) ?? '');
    if (seen === undefined || seen === 'closed') return undefined;
    if (!isOurs(seen, delivery.key, file.id) || !isWhole(seen, file)) return undefined;
    if (config.publish && typeof seen.publicUrl !== 'string') return undefined;
    remote.push(remoteOf(config, file, seen, true));
  }
  return deliveredOf(config, delivery, manifest, remote, true);
};

const deliver = async (
  baas: Baas,
  config: MbaasConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Delivered> => {
  const { signal } = context;
  const attempt = await attemptOf(baas, config, delivery, context);
  await attempt.names.keep();
  if (config.createBucket) await ensureBucket(baas, config, signal);

  const { told = new Map<string, string>() } = (await manifestOfBefore(attempt, delivery)) ?? {};
  const placed = new Map<string, Placed>();
  for (const file of delivery.files)
    placed.set(file.id, await put(attempt, filePiece(config, delivery, file, told)));

  // Nobody is shown a file of a delivery that may still fail.
  const remote: RemoteFile[] = [];
  let published = 0;
  for (const file of delivery.files) {
    const { meta, kept } = placed.get(file.id) ?? missing(file);
    const isToPublish = config.publish && typeof meta.publicUrl !== 'string';
    if (isToPublish) published += 1;
    const shown = isToPublish ? await publish(attempt, meta) : meta;
    remote.push(remoteOf(config, file, shown, kept));
  }

  const nameOf = (file: DeliveryFile) => placed.get(file.id)?.meta.filename ?? '';
  const content = manifestOf(delivery, nameOf, context.clock.now());
  const manifest = await put(attempt, manifestPiece(attempt.files, delivery, content, config.acl));
  const unchanged = published === 0 && [manifest, ...placed.values()].every(({ kept }) => kept);
  return deliveredOf(config, delivery, manifest.meta, remote, unchanged);
};

/** The manifest of an attempt that came to its end. */
const manifestOfBefore = async (attempt: Attempt, delivery: Delivery) => {
  const manifest = await find(attempt, manifestId);
  if (manifest === undefined) return undefined;
  const told = await readManifest(attempt.files, manifest.filename, delivery);
  return told === undefined ? undefined : { manifest, told };
};

const attemptOf = async (
  baas: Baas,
  config: MbaasConfig,
  delivery: Delivery,
  context: DeliveryContext,
): Promise<Attempt> => {
  let readable: Promise<boolean> | undefined;
  return {
    deliveryKey: delivery.key,
    files: filesOf(baas, config.bucket, context.signal),
    names: await namesOf(config, delivery, context),
    context,
    mayRead() {
      readable ??= mayRead(baas, config, context.signal);
      return readable;
    },
  };
};

const filePiece = (config: MbaasConfig, delivery: Delivery, file: DeliveryFile, told: Told): Piece => ({
  id: file.id,
  contentType: contentTypeOf(file.path),
  sizeBytes: file.sizeBytes,
  open: () => file.open(),
  options: { ...marksOf(delivery.key, file.id), sha256: file.sha256 },
  acl: config.acl,
  isWhole: (seen) => isWhole(seen, file),
  // A file that a manifest names was whole once.
  isUnfinished: (seen) => seen.length < file.sizeBytes && told.get(file.id) !== seen.filename,
  toldName: told.get(file.id),
});

/** The BaaS tells no hash: what was said of it when the file was made, and the length that it counted. */
const isWhole = (seen: Meta, { sizeBytes, sha256 }: DeliveryFile): boolean =>
  seen.length === sizeBytes && seen.options?.['sha256'] === sha256;

const publish = async ({ files, context }: Attempt, { filename }: Meta): Promise<Meta> => {
  context.signal.throwIfAborted();
  const meta = await files.publish(filename);
  if (typeof meta.publicUrl === 'string') return meta;
  throw new Failure('destination.unavailable', {
    retry: 'later',
    details: { name: filename, problem: 'it was published without an address' },
  });
};

const remoteOf = (config: MbaasConfig, file: DeliveryFile, meta: Meta, kept: boolean): RemoteFile => ({
  file: file.id,
  ...(typeof meta.id === 'string' ? { id: meta.id } : {}),
  path: meta.filename,
  ...(config.publish && typeof meta.publicUrl === 'string' ? { link: meta.publicUrl } : {}),
  sizeBytes: meta.length,
  verifiedBy: kept ? 'recorded-sha256-and-length' : 'sha256-while-sending-and-length',
});

/** As staff see it, and as it is found again when it is to be removed. */
const placeOf = ({ baseUrl, tenant, bucket }: MbaasConfig): string =>
  `${new URL(baseUrl).host}/${tenant}/${bucket}`;

const deliveredOf = (
  config: MbaasConfig,
  delivery: Delivery,
  manifest: Meta,
  remote: RemoteFile[],
  alreadyThere: boolean,
): Delivered => ({
  alreadyThere,
  remote,
  place: placeOf(config),
  details: { deliveryKey: delivery.key, manifest: manifest.filename },
});

const missing = (file: DeliveryFile): never => {
  throw new Error(`${file.id} was not placed`);
};
