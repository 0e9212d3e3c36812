import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { BoxError, notFound } from './errors.ts';

/** As Box calls what a collaborator may do. */
export type Role = 'editor' | 'viewer uploader' | 'uploader' | 'viewer' | 'nobody';

export interface SharedLink {
  url: string;
  vanity_url: string | null;
  vanity_name: string | null;
  access: string;
  effective_access: string;
  effective_permission: string;
  is_password_enabled: boolean;
  unshared_at: string | null;
  download_count: number;
  preview_count: number;
  permissions: { can_download: boolean; can_preview: boolean; can_edit: boolean };
}

export interface Item {
  type: 'file' | 'folder';
  id: string;
  name: string;
  parent: Item | undefined;
  etag: number;
  status: 'active' | 'trashed';
  link: SharedLink | undefined;
  /** What the stand-in's own tests look at; Box never tells it. */
  linkPassword?: string | undefined;
  /** Of a file: where its bytes are, and what they are. */
  content?: Content;
}

export interface Content {
  path: string;
  sizeBytes: number;
  sha1: string;
  sha256: string;
}

export class Tree {
  readonly items = new Map<string, Item>();
  readonly root: Item;
  #nextId = 1000;

  constructor() {
    this.root = { type: 'folder', id: '0', name: 'All Files', parent: undefined, ...fresh };
    this.items.set('0', this.root);
  }

  folder(id: string): Item {
    const item = this.items.get(id);
    if (item?.type !== 'folder' || item.status !== 'active') throw notFound();
    return item;
  }

  file(id: string): Item & { content: Content } {
    const item = this.items.get(id);
    if (item?.type !== 'file' || item.content === undefined) throw notFound();
    return item as Item & { content: Content };
  }

  children(folder: Item): Item[] {
    return [...this.items.values()].filter(({ parent, status }) => parent === folder && status === 'active');
  }

  /** @throws BoxError `item_name_in_use`, with what has the name: of files one, of folders a list */
  requireFree(folder: Item, name: string, as: 'one' | 'list'): void {
    requireName(name);
    const other = this.children(folder).find((item) => item.name.toLowerCase() === name.toLowerCase());
    if (other === undefined) return;
    const conflict = mini(other);
    throw new BoxError(409, 'item_name_in_use', {
      contextInfo: { conflicts: as === 'one' ? conflict : [conflict] },
    });
  }

  add(folder: Item, name: string, content?: Content): Item {
    this.requireFree(folder, name, content === undefined ? 'list' : 'one');
    const id = String(this.#nextId++);
    const type = content === undefined ? 'folder' : 'file';
    const item: Item = {
      type,
      id,
      name,
      parent: folder,
      ...fresh,
      ...(content !== undefined && { content }),
    };
    this.items.set(id, item);
    return item;
  }

  replace(item: Item, content: Content): void {
    if (item.content !== undefined) rmSync(item.content.path, { force: true });
    item.content = content;
    item.etag += 1;
  }
}

const fresh = { etag: 0, status: 'active' as const, link: undefined };

/** From Box's list of errors; the `-` that it names as well is accepted everywhere. */
const requireName = (name: string): void => {
  if (name.length > 255) throw new BoxError(400, 'item_name_too_long');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[/\\<>:|?*\u0000-\u001F\u007F]|^\s|\s$|^\.{0,2}$/.test(name))
    throw new BoxError(400, 'item_name_invalid');
};

export const ancestorsOf = (item: Item): Item[] =>
  item.parent === undefined ? [] : [...ancestorsOf(item.parent), item.parent];

export const mini = (item: Item): Record<string, unknown> => ({
  type: item.type,
  id: item.id,
  sequence_id: String(item.etag),
  etag: String(item.etag),
  name: item.name,
  ...(item.content !== undefined && {
    sha1: item.content.sha1,
    file_version: { type: 'file_version', id: `9${item.id}`, sha1: item.content.sha1 },
  }),
});

/** With what is given only when it is asked for, and nothing else then. */
export const shown = (item: Item, fields: string[] | undefined, role: Role): Record<string, unknown> => {
  const may = mayOf(role);
  const full: Record<string, unknown> = {
    ...mini(item),
    size: item.content?.sizeBytes ?? 0,
    item_status: item.status,
    parent: item.parent && mini(item.parent),
    path_collection: {
      total_count: ancestorsOf(item).length,
      entries: ancestorsOf(item).map(mini),
    },
    shared_link: item.link ?? null,
    permissions: {
      can_upload: may.upload,
      can_download: may.download,
      can_share: may.share,
      can_set_share_access: may.edit,
      can_delete: may.edit,
      can_rename: may.edit,
      can_invite_collaborator: may.edit,
    },
    allowed_shared_link_access_levels: ['collaborators', 'open', 'company'],
  };
  const asked = fields ?? ['size', 'item_status', 'parent', 'path_collection', 'shared_link'];
  return {
    type: item.type,
    id: item.id,
    etag: String(item.etag),
    ...Object.fromEntries(asked.filter((name) => name in full).map((name) => [name, full[name]])),
  };
};

export const mayOf = (role: Role) => ({
  see: role !== 'nobody',
  upload: role === 'editor' || role === 'viewer uploader' || role === 'uploader',
  download: role === 'editor' || role === 'viewer uploader' || role === 'viewer',
  share: role === 'editor' || role === 'viewer uploader',
  edit: role === 'editor',
});

export const sha1Of = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');
