import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryIn } from './body.ts';

interface Common {
  /** Stays the same when the node is moved. */
  id: number;
  owner: string;
  name: string;
  parent: FolderNode | undefined;
  etag: string;
  modifiedS: number;
}

export interface FileNode extends Common {
  kind: 'file';
  bytes: number;
  /** As the client sent it: never verified. */
  checksum: string | undefined;
  uploadedS: number;
}

export interface FolderNode extends Common {
  kind: 'folder';
  children: Map<string, Node>;
}

export type Node = FileNode | FolderNode;

/** A node as it is kept in the state file; `path` is empty for an account's root. */
export interface SavedNode {
  id: number;
  owner: string;
  path: string;
  etag: string;
  modifiedS: number;
  file?: { bytes: number; checksum?: string; uploadedS: number };
}

export interface NewContent {
  bytes: number;
  modifiedS?: number;
  checksum?: string;
}

/** `a.txt` where it is free, else `a (2).txt` and so on, as a file drop chooses. */
export const freeName = (folder: FolderNode, wanted: string): string => {
  const dot = wanted.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
  const numbered = /^(.*) \((\d+)\)$/.exec(stem);
  const base = numbered?.[1] ?? stem;
  let name = wanted;
  for (let n = Number(numbered?.[2] ?? 1) + 1; folder.children.has(name); n++) {
    name = `${base} (${n})${extension}`;
  }
  return name;
};

export const pathOf = (node: Node): string =>
  node.parent === undefined ? '' : `${pathOf(node.parent)}/${node.name}`;

export const sizeOf = (node: Node): number =>
  node.kind === 'file'
    ? node.bytes
    : [...node.children.values()].reduce((sum, child) => sum + sizeOf(child), 0);

export const isWithin = (node: Node, folder: Node): boolean =>
  node === folder || (node.parent !== undefined && isWithin(node.parent, folder));

export function* walk(node: Node): Generator<Node> {
  yield node;
  if (node.kind === 'folder') for (const child of node.children.values()) yield* walk(child);
}

/**
 * The accounts' files: names, ids, etags and times in memory, contents in `<root>/files/<account>/…`.
 * Every change but the copy of a folder is made in one turn of the event loop: nobody sees it half done.
 */
export class Tree {
  readonly #root: string;
  readonly #nowMs: () => number;
  readonly #roots = new Map<string, FolderNode>();
  readonly #byId = new Map<number, Node>();
  #lastId: number;

  constructor(root: string, nowMs: () => number, lastId: number) {
    this.#root = join(root, 'files');
    this.#nowMs = nowMs;
    this.#lastId = lastId;
  }

  get lastId(): number {
    return this.#lastId;
  }

  rootOf(owner: string): FolderNode {
    const known = this.#roots.get(owner);
    if (known !== undefined) return known;
    return this.#openRoot(owner, this.#nextId(), shortTag(), this.#nowS());
  }

  byId(id: number): Node | undefined {
    return this.#byId.get(id);
  }

  find(from: FolderNode, names: readonly string[]): Node | undefined {
    let node: Node | undefined = from;
    for (const name of names) node = node?.kind === 'folder' ? node.children.get(name) : undefined;
    return node;
  }

  diskPath(node: Node): string {
    return join(this.#root, node.owner, pathOf(node));
  }

  makeFolder(parent: FolderNode, name: string): FolderNode {
    const folder: FolderNode = {
      kind: 'folder',
      ...this.#common(parent, name, shortTag(), this.#nowS()),
      children: new Map(),
    };
    mkdirSync(this.diskPath(folder), { recursive: true });
    this.#attach(folder);
    return folder;
  }

  /** Takes a written temporary file over under its name; a file that is there keeps its id. */
  putFile(parent: FolderNode, name: string, temporary: string, content: NewContent): FileNode {
    const there = parent.children.get(name);
    const file: FileNode =
      there?.kind === 'file'
        ? there
        : {
            kind: 'file',
            ...this.#common(parent, name, '', 0),
            bytes: 0,
            checksum: undefined,
            uploadedS: 0,
          };
    renameSync(temporary, this.diskPath(file));
    file.etag = fileTag(file.id, this.#nowS());
    file.bytes = content.bytes;
    file.modifiedS = content.modifiedS ?? this.#nowS();
    file.uploadedS = this.#nowS();
    file.checksum = content.checksum;
    this.#attach(file);
    return file;
  }

  /** What a cut PUT leaves of a file that was there: the fragment, which the listing doesn't notice. */
  spoil(file: FileNode, fragment: string): void {
    if (existsSync(fragment)) renameSync(fragment, this.diskPath(file));
  }

  /** Corrects what the listing says of a file; a server does so when the file is read. */
  measure(file: FileNode): void {
    const { size } = statSync(this.diskPath(file));
    if (size === file.bytes) return;
    file.bytes = size;
    file.etag = fileTag(file.id, this.#nowS());
  }

  move(node: Node, parent: FolderNode, name: string): void {
    const before = this.diskPath(node);
    node.parent?.children.delete(node.name);
    this.#touch(node.parent);
    node.parent = parent;
    node.name = name;
    renameSync(before, this.diskPath(node));
    this.#attach(node);
  }

  /** A copy has ids of its own and no checksum (measured on Nextcloud 32.0.1). */
  async copy(node: Node, parent: FolderNode, name: string): Promise<Node> {
    if (node.kind === 'folder') {
      const folder = this.makeFolder(parent, name);
      for (const child of node.children.values()) await this.copy(child, folder, child.name);
      return folder;
    }
    const temporary = temporaryIn(this.diskPath(parent));
    await copyFile(this.diskPath(node), temporary);
    return this.putFile(parent, name, temporary, { bytes: node.bytes, modifiedS: node.modifiedS });
  }

  remove(node: Node): void {
    rmSync(this.diskPath(node), { recursive: true, force: true });
    node.parent?.children.delete(node.name);
    this.#touch(node.parent);
    for (const gone of walk(node)) this.#byId.delete(gone.id);
  }

  removeRoot(owner: string): void {
    const root = this.#roots.get(owner);
    if (root === undefined) return;
    this.remove(root);
    this.#roots.delete(owner);
  }

  save(): SavedNode[] {
    return [...this.#roots.values()].flatMap((root) => [...walk(root)].map(saved));
  }

  /** What was saved and is still on the disk comes back; parents are saved before their children. */
  restore(nodes: readonly SavedNode[]): void {
    for (const node of nodes) {
      const names = node.path.split('/').filter((name) => name !== '');
      const name = names.pop();
      if (name === undefined) {
        this.#openRoot(node.owner, node.id, node.etag, node.modifiedS);
        continue;
      }
      const parent = this.find(this.rootOf(node.owner), names);
      const onDisk = statSync(join(this.#root, node.owner, node.path), { throwIfNoEntry: false });
      if (parent?.kind !== 'folder' || onDisk === undefined) continue;
      const { id, owner, etag, modifiedS } = node;
      const common = { id, owner, name, parent, etag, modifiedS };
      const back: Node =
        node.file === undefined
          ? { kind: 'folder', ...common, children: new Map() }
          : { kind: 'file', ...common, ...node.file, checksum: node.file.checksum };
      parent.children.set(name, back);
      this.#byId.set(id, back);
    }
  }

  #openRoot(owner: string, id: number, etag: string, modifiedS: number): FolderNode {
    const root: FolderNode = {
      kind: 'folder',
      id,
      owner,
      name: '',
      parent: undefined,
      etag,
      modifiedS,
      children: new Map(),
    };
    mkdirSync(join(this.#root, owner), { recursive: true });
    this.#roots.set(owner, root);
    this.#byId.set(id, root);
    return root;
  }

  #common(parent: FolderNode, name: string, etag: string, modifiedS: number): Common {
    return { id: this.#nextId(), owner: parent.owner, name, parent, etag, modifiedS };
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #attach(node: Node): void {
    node.parent?.children.set(node.name, node);
    this.#byId.set(node.id, node);
    this.#touch(node.parent);
  }

  /** A change below a folder shows in its etag and time, up to the root. */
  #touch(folder: FolderNode | undefined): void {
    for (let at = folder; at !== undefined; at = at.parent) {
      at.etag = shortTag();
      at.modifiedS = this.#nowS();
    }
  }

  #nowS(): number {
    return Math.floor(this.#nowMs() / 1000);
  }
}

/** Another content in the same second has the same etag, whatever its size (measured on Nextcloud 32.0.1). */
const fileTag = (id: number, timeS: number): string =>
  createHash('md5').update(`${id} ${timeS}`).digest('hex');
const shortTag = (): string => randomBytes(7).toString('hex').slice(1);

const saved = (node: Node): SavedNode => {
  const { id, owner, etag, modifiedS } = node;
  const common = { id, owner, path: pathOf(node), etag, modifiedS };
  if (node.kind === 'folder') return common;
  const { bytes, checksum, uploadedS } = node;
  return { ...common, file: { bytes, uploadedS, ...(checksum === undefined ? {} : { checksum }) } };
};
