import ssh2 from 'ssh2';
import { z } from 'zod';
import { templateSchema } from '../template.ts';

export const kind = 'sftp';

export const configSchema = z.object({
  host: z.string().regex(/^[^\s/@]{1,253}$/, { error: 'expected a name or an address, without a port' }),
  port: z.int().min(1).max(65_535).default(22),
  user: z.string().min(1),
  /** As the server calls it; one that doesn't begin with `/` is looked for where the user arrives. */
  directory: z.string().regex(/^[^\0]+$/, { error: 'expected the name of a folder' }),
  /** Below `directory`. */
  template: templateSchema('{request}/{receipt}', { ownFolder: true }),
  /**
   * Fingerprints of the keys that the server may show, as `ssh-keygen -l` prints them, with spaces between. Without one nothing
   * is delivered, and the check tells which it saw.
   */
  hostKey: z
    .string()
    .regex(/^(SHA256:[A-Za-z0-9+/]{43}=?(\s+|$))*$/, {
      error: 'expected fingerprints that begin with SHA256:, with spaces between',
    })
    .default(''),
  /** Without a byte either way. */
  timeoutSeconds: z.int().min(1).max(3600).default(60),
});

export type SftpConfig = z.output<typeof configSchema>;

export const secretsSchema = z
  .strictObject({
    password: z.string().min(1).optional(),
    /** In OpenSSH's own form or the older PEM ones; the library reads no PKCS#8. */
    privateKey: z.string().min(1).optional(),
    /** Of the private key. */
    passphrase: z.string().min(1).optional(),
  })
  .refine(({ password, privateKey }) => password !== undefined || privateKey !== undefined, {
    error: 'expected a password, a privateKey or both',
  })
  .refine(({ privateKey, passphrase }) => privateKey === undefined || isReadable(privateKey, passphrase), {
    path: ['privateKey'],
    error: "expected a private key in OpenSSH's form that the passphrase, if there is one, opens",
  });

export type SftpSecrets = z.output<typeof secretsSchema>;

const isReadable = (privateKey: string, passphrase: string | undefined): boolean => {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  const keys = Array.isArray(parsed) ? parsed : [parsed];
  return keys.every((key) => !(key instanceof Error) && key.isPrivateKey());
};

export const fingerprintsOf = ({ hostKey }: SftpConfig): string[] =>
  hostKey
    .split(/\s+/)
    .filter((fingerprint) => fingerprint !== '')
    .map((fingerprint) => fingerprint.replace(/=$/, ''));
