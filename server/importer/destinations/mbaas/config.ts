import { z } from 'zod';
import { templateSchema } from '../template.ts';

export const kind = 'mbaas';

/** A group as `g:name`, or a user's id. */
const principal = z.string().regex(/^(g:[^/\p{Cc}]{1,100}|[A-Za-z0-9_.-]{1,100})$/u, {
  error: 'expected the id of a user, or g: and the name of a group',
});

const principals = z.array(principal).max(50).default([]);

/** Who may do what with a delivered file, beside the account that delivers it. Empty: nobody. */
const aclSchema = z
  .strictObject({ r: principals, w: principals, u: principals, d: principals, admin: principals })
  .prefault({});

export type Acl = z.output<typeof aclSchema>;

export const anonymous = 'g:anonymous';
export const authenticated = 'g:authenticated';

const fitsBaseUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
};

/** One line of printable ASCII: it goes into a header as it is. */
const headerValue = z.string().regex(/^[\x21-\x7e]{1,500}$/, { error: 'expected printable ASCII' });

export const configSchema = z.strictObject({
  /** As far as before `/1/`. */
  baseUrl: z.string().refine(fitsBaseUrl, { error: 'expected an http or https address without a query' }),
  tenant: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: 'expected the name or id of a tenant' }),
  appId: headerValue,
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_]{0,39}$/, {
    error: 'expected 1 to 40 letters, digits and _, not _ first',
  }),
  /** Whether a bucket that is missing is made with the first delivery. */
  createBucket: z.boolean().default(false),
  /** There are no folders in a bucket. */
  template: templateSchema('{number} {name}').refine(
    (template) => !template.includes('/') && template.includes('{name}') && !template.includes('{item}'),
    { error: 'expected one name without /, with {name} and without {item} in it' },
  ),
  acl: aclSchema,
  /** Whether every file gets an address under which anybody may read it. */
  publish: z.boolean().default(false),
  /** What was delivered is deleted so many days later. Left out: never. */
  retentionDays: z.int().min(1).max(36_500).optional(),
});

export type MbaasConfig = z.output<typeof configSchema>;

export const secretsSchema = z
  .strictObject({
    /** The application key. Not the master key: with it, no ACL holds. */
    appKey: headerValue,
    username: z.string().min(1).max(100).optional(),
    email: z.string().min(3).max(100).optional(),
    password: z.string().min(1).max(100),
  })
  .refine(({ username, email }) => (username === undefined) !== (email === undefined), {
    error: 'expected either username or email',
  });

export type MbaasSecrets = z.output<typeof secretsSchema>;
