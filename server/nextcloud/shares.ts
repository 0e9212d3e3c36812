import { z } from 'zod';
import { Failure, isFailure } from '../lib/failure.ts';
import type { Http } from './http.ts';
import { callOcs, type OcsCall } from './ocs.ts';
import { createPublicProbe } from './public-probe.ts';
import {
  type CallOptions,
  type NewShare,
  permission,
  type Share,
  type ShareAttribute,
  type ShareChanges,
  type Shares,
  shareType,
} from './types.ts';

const root = '/apps/files_sharing/api/v1/shares';

/** The sharing API. Nothing here sends `publicUpload`: with it a folder is open for reading (measured on Nextcloud 32.0.1). */
export function createShares(http: Http): Shares {
  const one = (id: string): string => `${root}/${encodeURIComponent(id)}`;
  const list = (path: string, query: Record<string, string>, options?: CallOptions): Promise<Share[]> =>
    callOcs(
      http,
      { method: 'GET', path: `${path}?${new URLSearchParams(query).toString()}`, signal: options?.signal },
      z.array(share),
    );
  const send = (call: Omit<OcsCall, 'secrets'>, password: string | null | undefined): Promise<Share> =>
    callOcs(http, { ...call, secrets: [password ?? ''] }, shareAlone);

  return {
    create: async (input, options) =>
      send(
        { method: 'POST', path: root, form: creationForm(input), signal: options?.signal },
        input.password,
      ),
    get: (id, options) =>
      callOcs(http, { method: 'GET', path: one(id), signal: options?.signal }, shareAlone),
    update: async (id, changes, options) =>
      send(
        { method: 'PUT', path: one(id), form: changesForm(changes), signal: options?.signal },
        changes.password,
      ),
    async remove(id, options) {
      try {
        await callOcs(http, { method: 'DELETE', path: one(id), signal: options?.signal }, z.unknown());
        return 'removed';
      } catch (error) {
        if (isFailure(error, 'nextcloud.not-found')) return 'absent';
        throw error;
      }
    },
    async sendMail(id, password, options) {
      const form: Record<string, string> = password === undefined ? {} : { password };
      const call = { method: 'POST', path: `${one(id)}/send-email`, form, signal: options?.signal } as const;
      await callOcs(http, { ...call, secrets: [password ?? ''] }, z.unknown());
    },
    listOn: (path, options) => list(root, { path, reshares: 'true' }, options),
    listInherited: (path, options) => list(`${root}/inherited`, { path }, options),
    probePublicReading: createPublicProbe(http),
  };
}

const creationForm = (input: NewShare): Record<string, string> => ({
  path: input.path,
  ...(input.recipient === undefined
    ? { shareType: String(shareType.publicLink) }
    : { shareType: String(shareType.mail), shareWith: input.recipient, sendMail: 'false' }),
  permissions: String(permission.create),
  ...(input.password === undefined ? {} : { password: input.password }),
  ...expiryForm(input.expireDate),
  ...(input.label === undefined ? {} : { label: input.label }),
  ...(input.note === undefined ? {} : { note: input.note }),
  ...(input.attributes === undefined ? {} : { attributes: JSON.stringify(input.attributes) }),
});

const changesForm = (changes: ShareChanges): Record<string, string> => ({
  ...(changes.permissions === undefined ? {} : { permissions: String(changes.permissions) }),
  ...expiryForm(changes.expireDate),
  ...(changes.password === undefined ? {} : { password: changes.password ?? '' }),
  ...(changes.note === undefined ? {} : { note: changes.note }),
  ...(changes.label === undefined ? {} : { label: changes.label }),
});

const expiryForm = (day: string | null | undefined): Record<string, string> =>
  day === undefined ? {} : { expireDate: day === null ? '' : dateOf(day) };

const dateOf = (date: string): string => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date))
    throw new Failure('nextcloud.rejected', { details: { reason: 'an expiry date is YYYY-MM-DD', date } });
  return date;
};

const number = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Of what the server tells, only this is kept: not the password's hash, which a link's `share_with` is too. */
const share: z.ZodType<Share> = z
  .object({
    id: z.union([z.string(), z.number()]).transform(String),
    share_type: number,
    permissions: number,
    token: text,
    url: text,
    path: z.string(),
    uid_owner: z.string(),
    item_source: number,
    share_with: z.string().nullish(),
    expiration: z.string().nullish(),
    note: text,
    label: text,
    password: z.string().nullish(),
    attributes: z.unknown().optional(),
  })
  .transform((data) => ({
    id: data.id,
    type: data.share_type,
    permissions: data.permissions,
    token: data.token,
    url: data.url,
    path: data.path,
    ownerUser: data.uid_owner,
    folderFileId: data.item_source,
    recipient: data.share_type === shareType.mail ? (data.share_with ?? undefined) : undefined,
    expiration: data.expiration?.slice(0, 10) ?? null,
    note: data.note,
    label: data.label,
    hasPassword: (data.password ?? '') !== '',
    attributes: attributesOf(data.attributes),
  }));

/** One share comes bare when it is made or changed, and in a list of one when it is asked for. */
const shareAlone: z.ZodType<Share> = z.union([share, z.tuple([share]).transform(([only]) => only)]);

const attributeList = z.array(z.object({ scope: z.string(), key: z.string(), value: z.unknown() }));

/** A JSON string, or null. One that can't be read counts as none: nothing depends on it. */
const attributesOf = (attributes: unknown): ShareAttribute[] => {
  if (typeof attributes !== 'string') return [];
  try {
    return attributeList.parse(JSON.parse(attributes));
  } catch {
    return [];
  }
};
