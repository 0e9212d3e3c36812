import { z } from 'zod';
import { templateSchema } from '../template.ts';

export const kind = 's3';

export const configSchema = z.object({
  /** Left out: Amazon's own. */
  endpoint: z.url({ protocol: /^https?$/, error: 'expected an address with http:// or https://' }).optional(),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/, { error: 'expected a region such as ap-northeast-1' }),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'expected the name of a bucket' }),
  /** Before every key, as it stands. */
  prefix: z
    .string()
    .regex(/^([^/\p{Cc}]+\/)*$/u, { error: 'expected nothing, or names that each end with /' })
    .refine((prefix) => Buffer.byteLength(prefix) <= 300, { error: 'expected at most 300 bytes' })
    .default(''),
  template: templateSchema('{request}/{receipt}/{name}', { ownFolder: true }),
  /** The bucket in the path, not in the host's name: most systems that are not Amazon's want it so. */
  forcePathStyle: z.boolean().default(false),
  /** False for a system that refuses `If-None-Match`: then somebody else's object is seen only by looking first. */
  conditionalWrites: z.boolean().default(true),
  storageClass: z
    .enum([
      'STANDARD',
      'STANDARD_IA',
      'ONEZONE_IA',
      'INTELLIGENT_TIERING',
      'REDUCED_REDUNDANCY',
      'GLACIER_IR',
      'EXPRESS_ONEZONE',
    ])
    .optional(),
  serverSideEncryption: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse']).optional(),
  /** For `aws:kms`; left out: the bucket's own. */
  kmsKeyId: z.string().min(1).optional(),
});

export type S3Config = z.output<typeof configSchema>;

export const secretsSchema = z.strictObject({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  /** For credentials that end by themselves: deliveries fail when they have. */
  sessionToken: z.string().min(1).optional(),
});

export type S3Secrets = z.output<typeof secretsSchema>;
