import { z } from 'zod';
import { Failure } from '../../../lib/failure.ts';
import { templateSchema } from '../template.ts';

export const kind = 'box';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The token goes to every one of these: never in clear, except to this machine itself. */
export const isFitAddress = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname));
};

const address = (preset: string) =>
  z
    .string()
    .default(preset)
    .refine((text) => isFitAddress(text) && !/[?#]/.test(text), { error: 'expected an https address' })
    .transform((text) => text.replace(/\/+$/, ''));

const id = z.string().regex(/^\d{1,30}$/, { error: 'expected the digits of an id' });

/** Whom the application acts as: its own service account (`enterprise`), or one user. */
const subject = z.strictObject({ kind: z.enum(['enterprise', 'user']), id });

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('developer-token') }),
  z.strictObject({ kind: z.literal('ccg'), clientId: z.string().min(1).optional(), subject }),
  z.strictObject({
    kind: z.literal('jwt'),
    clientId: z.string().min(1).optional(),
    /** Box's name for the public key. */
    publicKeyId: z.string().min(1),
    subject,
  }),
]);
export type AuthConfig = z.output<typeof auth>;

/** Box's own rules (`shared_link`), so that a link that it would refuse is refused here. */
const sharedLink = z
  .strictObject({
    of: z.enum(['folder', 'file']),
    access: z.enum(['open', 'company', 'collaborators']),
    /** From the delivery on. Left out: no end. */
    days: z.int().min(1).max(3650).optional(),
    canDownload: z.boolean().optional(),
    /** Box allows nothing else. */
    canPreview: z.literal(true).optional(),
    canEdit: z.boolean().optional(),
    /** The last part of the address, with `{number}` for the receipt number. */
    vanityName: z
      .string()
      .max(100)
      .regex(/^[A-Za-z0-9_-]*\{number\}[A-Za-z0-9_-]*$/, {
        error: 'expected letters, digits, - and _, with {number} once: without, two deliveries would meet',
      })
      .optional(),
  })
  .refine(
    ({ access, canDownload, canEdit }) =>
      access !== 'collaborators' || (canDownload ?? canEdit) === undefined,
    {
      error: 'expected no permissions where only collaborators may open the link',
    },
  )
  .refine(({ canEdit, canDownload, of }) => canEdit !== true || (canDownload === true && of === 'file'), {
    error: 'expected canEdit only for files, and with canDownload',
  })
  .refine(({ vanityName, of }) => vanityName === undefined || of === 'folder', {
    error: 'expected vanityName only for a folder: several files would want the same one',
  });
export type SharedLinkConfig = z.output<typeof sharedLink>;

export const configSchema = z
  .strictObject({
    /** Of the folder that everything goes below. */
    folderId: id,
    template: templateSchema('{request}/{receipt}/{name}'),
    auth,
    sharedLink: sharedLink.optional(),
    /** For other zones of Box, and for tests. */
    urls: z
      .strictObject({
        api: address('https://api.box.com/2.0'),
        upload: address('https://upload.box.com/api/2.0'),
        /** Where `/token` is. */
        account: address('https://api.box.com/oauth2'),
        /** What staff open in a browser. */
        app: address('https://app.box.com'),
      })
      .prefault({}),
  })
  .refine(({ template, sharedLink: link }) => link?.of !== 'folder' || hasOwnFolder(template), {
    path: ['sharedLink', 'of'],
    error: 'expected a template that gives each submission a folder of its own, or a link of each file',
  });
export type BoxConfig = z.output<typeof configSchema>;

/** Whether nobody else's files lie in the folder of a submission. */
export const hasOwnFolder = (template: string): boolean => {
  const folders = template.includes('{name}') ? template.slice(0, template.lastIndexOf('/') + 1) : template;
  return /\{(receipt|number)\}/.test(folders);
};

/** Which of them are needed depends on how Box is signed in to: see `requireSecrets`. */
export const secretsSchema = z.strictObject({
  developerToken: z.string().min(1).optional(),
  clientId: z.string().min(1).optional(),
  clientSecret: z.string().min(1).optional(),
  /** PEM, as Box hands it out. */
  privateKey: z.string().min(1).optional(),
  passphrase: z.string().min(1).optional(),
  /** Box wants eight characters, and among them a digit, a capital or one that is neither letter nor digit. */
  linkPassword: z
    .string()
    .min(8)
    .regex(/[^a-z]/, { error: 'expected a digit, a capital or another character' })
    .optional(),
});
export type BoxSecrets = z.output<typeof secretsSchema>;

/** @throws Failure `destination.rejected` where the secrets are not those that the configuration needs */
export const requireSecrets = (config: BoxConfig, secrets: BoxSecrets): void => {
  const problems: string[] = [];
  const want = (name: keyof BoxSecrets, there = secrets[name] !== undefined) => {
    if (!there) problems.push(`${name}: expected with ${config.auth.kind}`);
  };
  if (config.auth.kind === 'developer-token') want('developerToken');
  else {
    want('clientId', (config.auth.clientId ?? secrets.clientId) !== undefined);
    want('clientSecret');
    if (config.auth.kind === 'jwt') want('privateKey');
  }
  if (secrets.linkPassword !== undefined && config.sharedLink?.access !== 'open')
    problems.push('linkPassword: expected only with a shared link that is open');
  if (problems.length > 0) throw new Failure('destination.rejected', { details: { kind, problems } });
};
