import { z } from 'zod';

export const kind = 'webhook';

/** Names that belong to HTTP or to the message itself. */
const reserved =
  /^(webhook-.*|content-.*|host|connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

export const configSchema = z.object({
  /** http only for an address inside that this installation may call. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine(isPlain, { error: 'expected no user, password or #part in it' }),
  /**
   * When a delivery is done. `delivered`: the receiver has answered 2xx. `receiver`: it has also acknowledged the delivery
   * at the address that the message names, which it does when it has the files.
   */
  acknowledge: z.enum(['delivered', 'receiver']).default('delivered'),
  /** Name of one more header; its value is a secret. */
  header: z
    .string()
    .regex(/^[\w-]{1,64}$/, { error: 'expected letters, digits, - and _' })
    .refine((name) => !reserved.test(name), { error: 'expected a header that the message does not have' })
    .optional(),
});

const signingSecret = z.string().refine(isSigningSecret, {
  error: 'expected whsec_ and 24 to 64 random bytes in base64',
});

export const secretsSchema = z.strictObject({
  signingSecret,
  /** While the receiver changes over to a new one: messages are signed with both. */
  previousSigningSecret: signingSecret.optional(),
  headerValue: z
    .string()
    .regex(/^[!-~]([ -~]*[!-~])?$/, { error: 'expected visible ASCII characters' })
    .optional(),
});

export type WebhookConfig = z.output<typeof configSchema>;
export type WebhookSecrets = z.output<typeof secretsSchema>;

function isPlain(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, hash } = new URL(url);
  return username === '' && password === '' && hash === '';
}

function isSigningSecret(secret: string): boolean {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === encoded;
}
