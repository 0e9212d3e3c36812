import { z } from 'zod';
import type { Delivery } from '../destination.ts';
import type { BoxApi } from './api.ts';
import type { SharedLinkConfig } from './config.ts';
import { failureOfBox, read } from './failures.ts';

/** A shared link as it shall be. */
export interface WantedLink {
  config: SharedLinkConfig;
  password: string | undefined;
}

export interface Item {
  type: 'files' | 'folders';
  id: string;
}

const itemSchema = z.object({
  shared_link: z
    .object({
      url: z.string(),
      vanity_url: z.string().nullish(),
      vanity_name: z.string().nullish(),
      access: z.string(),
      is_password_enabled: z.boolean(),
      permissions: z.object({ can_download: z.boolean(), can_edit: z.boolean() }).nullish(),
    })
    .nullish(),
});
type Link = NonNullable<z.output<typeof itemSchema>['shared_link']>;

/** The address of an item's shared link, if it has one. */
export const findLink = async (api: BoxApi, item: Item, signal: AbortSignal): Promise<string | undefined> => {
  const link = await readLink(api, item, signal);
  return link && addressOf(link);
};

/**
 * Gives an item its shared link. One that is as wanted already is left alone, its end too; one that is not is set anew:
 * its address stays the same.
 */
export const ensureLink = async (
  api: BoxApi,
  item: Item,
  wanted: WantedLink,
  { delivery, now, signal }: { delivery: Delivery; now: Date; signal: AbortSignal },
): Promise<{ address: string; made: boolean }> => {
  const { config, password } = wanted;
  const vanityName = config.vanityName?.replace('{number}', delivery.receiptNumber);
  const there = await readLink(api, item, signal);
  if (there !== undefined && fits(there, wanted, vanityName))
    return { address: addressOf(there), made: false };
  const permissions = {
    can_download: config.canDownload,
    can_preview: config.canPreview,
    can_edit: config.canEdit,
  };
  const reply = await api.call({
    method: 'PUT',
    url: { at: 'api', path: `${pathOf(item)}?fields=shared_link` },
    body: {
      json: {
        shared_link: {
          access: config.access,
          password,
          unshared_at: config.days === undefined ? undefined : inDays(now, config.days),
          vanity_name: vanityName,
          permissions: Object.values(permissions).some((value) => value !== undefined)
            ? permissions
            : undefined,
        },
      },
    },
    signal,
  });
  if (reply.status !== 200) throw failureOfBox(reply, 'make a shared link');
  const { shared_link } = read(itemSchema.required({ shared_link: true }), reply, 'make a shared link');
  if (shared_link === null || shared_link === undefined) throw failureOfBox(reply, 'make a shared link');
  return { address: addressOf(shared_link), made: true };
};

const pathOf = ({ type, id }: Item): string => `/${type}/${encodeURIComponent(id)}`;

const readLink = async (api: BoxApi, item: Item, signal: AbortSignal): Promise<Link | undefined> => {
  const path = `${pathOf(item)}?fields=shared_link`;
  const reply = await api.call({ method: 'GET', url: { at: 'api', path }, signal });
  if (reply.status !== 200) throw failureOfBox(reply, 'look at a shared link');
  return read(itemSchema, reply, 'look at a shared link').shared_link ?? undefined;
};

const fits = (link: Link, { config, password }: WantedLink, vanityName: string | undefined): boolean => {
  const same = (wanted: boolean | undefined, there: boolean | undefined) =>
    wanted === undefined || wanted === there;
  return (
    link.access === config.access &&
    link.is_password_enabled === (password !== undefined) &&
    same(config.canDownload, link.permissions?.can_download) &&
    same(config.canEdit, link.permissions?.can_edit) &&
    (vanityName === undefined || vanityName === link.vanity_name)
  );
};

const addressOf = (link: Link): string => link.vanity_url ?? link.url;

/** Box wants whole seconds. */
const inDays = (now: Date, days: number): string =>
  `${new Date(now.getTime() + days * 24 * 3600_000).toISOString().slice(0, 19)}Z`;
