import { z } from 'zod';
import { isFailure } from '../lib/failure.ts';
import { failureOf, unexpected } from './errors.ts';
import type { Call, Http } from './http.ts';
import { callOcs, jsonOf } from './ocs.ts';
import type { Capabilities, Nextcloud, ServerStatus, UserInfo } from './types.ts';

/** Who the account is, and what its server is and can do. */
export function createAccount(
  http: Http,
): Pick<Nextcloud, 'status' | 'capabilities' | 'me' | 'userById' | 'acceptsPassword' | 'directLink'> {
  return {
    status: (options) => askStatus(http, options?.signal),
    capabilities: (options) =>
      callOcs(http, { method: 'GET', path: '/cloud/capabilities', signal: options?.signal }, capabilities),
    me: (options) => callOcs(http, { method: 'GET', path: '/cloud/user', signal: options?.signal }, userInfo),
    userById: (id, options) =>
      callOcs(
        http,
        { method: 'GET', path: `/cloud/users/${encodeURIComponent(id)}`, signal: options?.signal },
        userInfo,
      ),
    async acceptsPassword(password, options) {
      const form = { password, context: 'sharing' };
      const path = '/apps/password_policy/api/v1/validate';
      const call = { method: 'POST', path, form, secrets: [password], signal: options?.signal } as const;
      try {
        return (await callOcs(http, call, judged)).passed;
      } catch (error) {
        if (isFailure(error, 'nextcloud.not-found')) return true;
        throw error;
      }
    },
    async directLink(fileId, options) {
      const form = { fileId: String(fileId), expirationTime: String(options.expiresInSeconds) };
      const path = '/apps/dav/api/v1/direct';
      const link = await callOcs(http, { method: 'POST', path, form, signal: options.signal }, directLink);
      return link.url;
    },
  };
}

const askStatus = async (http: Http, signal: AbortSignal | undefined): Promise<ServerStatus> => {
  const call: Call = { method: 'GET', path: '/status.php', auth: 'none', signal };
  const reply = await http.text(call);
  if (reply.status !== 200) throw failureOf(reply, http.about(call));
  const parsed = status.safeParse(jsonOf(reply));
  if (!parsed.success)
    throw unexpected(http.about(call), 'this is no Nextcloud: the base URL is probably wrong');
  const { installed, maintenance, versionstring, productname } = parsed.data;
  return { installed, maintenance, version: versionstring, productName: productname };
};

const status = z.object({
  installed: z.boolean(),
  maintenance: z.boolean(),
  versionstring: z.string(),
  productname: z.string().catch('Nextcloud'),
});

const judged = z.object({ passed: z.boolean() });

const directLink = z.object({ url: z.string() });

/** What a server leaves out, or says in another form, is taken as absent or off. */
const text = z.string().min(1).optional().catch(undefined);
const flag = z.boolean().catch(false);
const lowerCase = z
  .array(z.string())
  .catch([])
  .transform((names) => names.map((name) => name.toLowerCase()));
/** PHP writes an empty object as `[]`. */
const part = <T extends z.ZodRawShape>(shape: T) =>
  z.preprocess(
    (value) => (typeof value === 'object' && !Array.isArray(value) ? (value ?? {}) : {}),
    z.object(shape),
  );

const bytes = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

const quota = part({ free: bytes, used: bytes, total: bytes }).transform((said) => ({
  freeBytes: atLeastNothing(said.free),
  usedBytes: atLeastNothing(said.used) ?? undefined,
  totalBytes: atLeastNothing(said.total),
}));

/** Negative numbers are words: -3 unlimited, -2 unknown, -1 not computed. */
const atLeastNothing = (value: number | undefined): number | null =>
  value === undefined || value < 0 ? null : value;

/** What `/cloud/user` tells. */
export const userInfo: z.ZodType<UserInfo> = z
  .object({
    id: z.string(),
    displayname: text,
    'display-name': text,
    email: text,
    quota,
    groups: z.array(z.string()).catch([]),
    language: text,
  })
  .transform((data) => ({
    id: data.id,
    displayName: data.displayname ?? data['display-name'] ?? data.id,
    email: data.email,
    quota: data.quota,
    groups: data.groups,
    language: data.language,
  }));

const announced = { maxPartBytes: 100 * 1024 * 1024, maxParallel: 5 };

const policy = part({
  minLength: z.number().optional().catch(undefined),
  enforceNonCommonPassword: flag,
  enforceNumericCharacters: flag,
  enforceSpecialCharacters: flag,
  enforceUpperLowerCase: flag,
  enforceHaveIBeenPwned: flag,
});

const sharing = part({
  api_enabled: flag,
  public: part({
    enabled: flag,
    password: part({ enforced: flag }),
    expire_date: part({ enabled: flag, enforced: flag, days: bytes }),
    upload_files_drop: flag,
  }),
  federation: part({ outgoing: flag }),
  sharebymail: part({ enabled: flag }),
});

const files = part({
  chunked_upload: part({
    max_size: z.number().positive().catch(announced.maxPartBytes),
    max_parallel_count: z.number().positive().catch(announced.maxParallel),
  }),
  forbidden_filenames: lowerCase,
  forbidden_filename_basenames: lowerCase,
  forbidden_filename_characters: z.array(z.string()).catch([]),
  forbidden_filename_extensions: lowerCase,
  windows_compatible_filenames: flag,
});

const capabilities: z.ZodType<Capabilities> = z
  .object({
    version: z.object({ string: z.string() }),
    capabilities: z.object({ files_sharing: sharing, files, password_policy: policy }),
  })
  .transform(({ version, capabilities: said }) => ({
    version: version.string,
    sharing: sharingOf(said.files_sharing),
    chunkedUpload: {
      maxPartBytes: said.files.chunked_upload.max_size,
      maxParallel: said.files.chunked_upload.max_parallel_count,
    },
    forbiddenNames: {
      forbiddenNames: said.files.forbidden_filenames,
      forbiddenBasenames: said.files.forbidden_filename_basenames,
      forbiddenExtensions: said.files.forbidden_filename_extensions,
      forbiddenCharacters: said.files.forbidden_filename_characters,
    },
    windowsCompatibleNames: said.files.windows_compatible_filenames,
    passwordPolicy: policyOf(said.password_policy),
  }));

const sharingOf = (said: z.infer<typeof sharing>): Capabilities['sharing'] => ({
  enabled: said.api_enabled,
  publicLinks: said.public.enabled,
  fileDrop: said.public.upload_files_drop,
  mailShares: said.sharebymail.enabled,
  passwordEnforced: said.public.password.enforced,
  expireDate: {
    enabled: said.public.expire_date.enabled,
    enforced: said.public.expire_date.enforced,
    days: said.public.expire_date.days,
  },
  outgoingFederation: said.federation.outgoing,
});

const policyOf = (said: z.infer<typeof policy>): Capabilities['passwordPolicy'] =>
  said.minLength === undefined
    ? undefined
    : {
        minLength: said.minLength,
        nonCommon: said.enforceNonCommonPassword,
        numeric: said.enforceNumericCharacters,
        special: said.enforceSpecialCharacters,
        upperLower: said.enforceUpperLowerCase,
        notPwned: said.enforceHaveIBeenPwned,
      };
