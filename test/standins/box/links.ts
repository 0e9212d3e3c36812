import { randomBytes } from 'node:crypto';
import { BoxError } from './errors.ts';
import type { Item } from './tree.ts';

interface Asked {
  access?: string;
  password?: string | null;
  unshared_at?: string;
  vanity_name?: string;
  permissions?: { can_download?: boolean; can_preview?: boolean; can_edit?: boolean };
}

const bad = (): BoxError => new BoxError(400, 'bad_request');

/** Gives an item a shared link, or changes the one that it has: the address stays. By the rules of Box's description. */
export const share = (item: Item, asked: Asked, all: Iterable<Item>): void => {
  const { access = 'open', password, unshared_at, vanity_name, permissions = {} } = asked;
  const { can_download = access !== 'collaborators', can_preview = true, can_edit = false } = permissions;
  if (
    password !== undefined &&
    password !== null &&
    (access !== 'open' || !/^(?=.*[^a-z]).{8,}$/.test(password))
  )
    throw bad();
  if (access === 'collaborators' && Object.keys(permissions).length > 0) throw bad();
  if (!can_preview || (can_edit && (!can_download || item.type === 'folder'))) throw bad();
  if (unshared_at !== undefined && !(Date.parse(unshared_at) > Date.now())) throw bad();
  if (vanity_name !== undefined) {
    if (vanity_name.length < 12) throw bad();
    for (const other of all)
      if (other !== item && other.link?.vanity_name === vanity_name) throw new BoxError(409, 'conflict');
  }
  const vanity = vanity_name ?? item.link?.vanity_name ?? null;
  item.linkPassword = password === undefined ? item.linkPassword : (password ?? undefined);
  item.link = {
    url: item.link?.url ?? `https://app.box.com/s/${randomBytes(16).toString('hex')}`,
    vanity_name: vanity,
    vanity_url: vanity === null ? null : `https://example.app.box.com/v/${vanity}`,
    access,
    effective_access: access,
    effective_permission: can_edit ? 'can_edit' : can_download ? 'can_download' : 'can_preview',
    is_password_enabled: item.linkPassword !== undefined,
    unshared_at: unshared_at ?? item.link?.unshared_at ?? null,
    download_count: 0,
    preview_count: 0,
    permissions: { can_download, can_preview, can_edit },
  };
};
