import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import { type Acl, anonymous, authenticated, type MbaasConfig } from './config.ts';
import { failureOf, read } from './failures.ts';
import type { Baas, Session } from './session.ts';

const list = z.array(z.string()).nullish();

const bucketSchema = z.object({
  contentACL: z.object({ r: list, w: list, c: list, u: list, d: list }).nullish(),
});

/** Who may do what with the files in a bucket, as long as each file's own ACL allows it as well. */
export type ContentAcl = NonNullable<z.output<typeof bucketSchema>['contentACL']>;

export type BucketSeen = { contentAcl: ContentAcl } | 'absent' | 'closed';

export const lookAtBucket = async (
  baas: Baas,
  { bucket }: MbaasConfig,
  signal: AbortSignal,
): Promise<BucketSeen> => {
  const reply = await baas.call({ method: 'GET', path: ['buckets', 'file', bucket] }, signal);
  if (reply.status === 404) return 'absent';
  if (reply.status === 403) return 'closed';
  if (reply.status !== 200) throw failureOf(reply, 'look at the bucket');
  return { contentAcl: read(reply, bucketSchema, 'look at the bucket').contentACL ?? {} };
};

/**
 * Makes the bucket where there is none. The BaaS has one call for making and changing: a bucket of that name that is
 * made between the look and the call would get these rights, if this account may change it.
 */
export const ensureBucket = async (baas: Baas, config: MbaasConfig, signal: AbortSignal): Promise<void> => {
  if ((await lookAtBucket(baas, config, signal)) !== 'absent') return;
  const { userId } = await baas.session(signal);
  const json = {
    description: 'Uketori',
    ACL: { r: config.acl.r, w: [], c: [], u: [], d: [], admin: [] },
    contentACL: rightsFor(userId, config.acl),
  };
  const body = () => Promise.resolve({ json });
  const reply = await baas.call({ method: 'PUT', path: ['buckets', 'file', config.bucket], body }, signal);
  // 409: a twin is making it.
  if (reply.status !== 200 && reply.status !== 409) throw failureOf(reply, 'make the bucket');
};

/** A bucket's files have no owner by its own lists: the account must be named in each. */
const rightsFor = (userId: string, { r, w, u, d, admin }: Acl) => ({
  r: distinct([userId, ...r]),
  w: [],
  c: [userId],
  u: distinct([userId, ...w, ...u, ...admin]),
  d: distinct([userId, ...w, ...d]),
});

const distinct = (names: string[]): string[] => [...new Set(names)];

/** What an account may do in a bucket. */
export const rightsIn = (acl: ContentAcl, { userId, groups }: Session) => {
  const names = new Set([userId, anonymous, authenticated, ...groups.map((group) => `g:${group}`)]);
  const among = (...lists: (string[] | null | undefined)[]) =>
    lists.some((members) => members?.some((member) => names.has(member)));
  return {
    create: among(acl.c, acl.w),
    read: among(acl.r),
    update: among(acl.u, acl.w),
    remove: among(acl.d, acl.w),
  };
};

/** A file that can't be there: what is answered for it tells whether others could be seen. */
export const mayRead = async (baas: Baas, { bucket }: MbaasConfig, signal: AbortSignal): Promise<boolean> => {
  const path = ['files', bucket, `uketori-${crypto.randomUUID()}`, 'meta'];
  const reply = await baas.call({ method: 'GET', path }, signal);
  if (reply.status === 403) return false;
  if (reply.status === 404) return true;
  throw reply.status === 200
    ? new Failure('destination.rejected', {
        details: { problem: 'files that are not there are answered for' },
      })
    : failureOf(reply, 'look at a file');
};
