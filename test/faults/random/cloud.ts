import { createHash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';

/** An account on a Nextcloud. */
export interface CloudAccount {
  /** Without a slash at the end. */
  url: string;
  user: string;
  appPassword: string;
}

export interface CloudFile {
  /** Below the folder that was asked for. */
  path: string;
  sizeBytes: number;
  fileId: number;
}

interface Listed {
  href: string;
  propstat?: { prop?: Properties } | { prop?: Properties }[];
}

interface Properties {
  resourcetype?: unknown;
  getcontentlength?: string;
  fileid?: string;
  'trashbin-original-location'?: string;
}

const parser = new XMLParser({
  removeNSPrefix: true,
  parseTagValue: false,
  isArray: (name) => name === 'response',
});

const asked =
  '<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"><d:prop>' +
  '<d:resourcetype/><d:getcontentlength/><oc:fileid/><nc:trashbin-original-location/></d:prop></d:propfind>';

/** What lies in Nextcloud, seen without the product's own client and without the faults. Paths are user-relative. */
export class Cloud {
  readonly #account: CloudAccount;
  readonly #userId: string;
  readonly #authorization: string;

  private constructor(account: CloudAccount, userId: string, authorization: string) {
    this.#account = account;
    this.#userId = userId;
    this.#authorization = authorization;
  }

  static async open(account: CloudAccount): Promise<Cloud> {
    const authorization = `Basic ${Buffer.from(`${account.user}:${account.appPassword}`).toString('base64')}`;
    const reply = await fetch(`${account.url}/ocs/v2.php/cloud/user?format=json`, {
      headers: { authorization, 'ocs-apirequest': 'true' },
    });
    if (!reply.ok) throw new Error(`Nextcloud refuses the account: ${reply.status}`);
    const { ocs } = (await reply.json()) as { ocs: { data: { id: string } } };
    return new Cloud(account, ocs.data.id, authorization);
  }

  /** Every file below a folder, however deep. */
  async filesBelow(folder: string, below = ''): Promise<CloudFile[]> {
    const found: CloudFile[] = [];
    for (const { name, isFolder, properties } of await this.#list(this.#at('files', `${folder}${below}`))) {
      const path = `${below}/${name}`;
      if (isFolder) found.push(...(await this.filesBelow(folder, path)));
      else
        found.push({
          path: path.slice(1),
          sizeBytes: Number(properties.getcontentlength),
          fileId: Number(properties.fileid),
        });
    }
    return found;
  }

  /** Names of the files, not folders, directly in a folder. */
  async filesIn(folder: string): Promise<string[]> {
    const listed = await this.#list(this.#at('files', folder));
    return listed.filter(({ isFolder }) => !isFolder).map(({ name }) => name);
  }

  async sha256(path: string): Promise<string> {
    const reply = await fetch(this.#at('files', path), { headers: { authorization: this.#authorization } });
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    const hash = createHash('sha256');
    for await (const chunk of (reply.body ?? []) as AsyncIterable<Uint8Array>) hash.update(chunk);
    return hash.digest('hex');
  }

  /** Names of the folders in which parts of uploads are collected, everybody's. */
  async uploadFolders(): Promise<string[]> {
    return (await this.#list(this.#at('uploads', ''))).map(({ name }) => name);
  }

  /** With what lies in the trash bin of it. */
  async remove(folder: string): Promise<void> {
    await this.#remove(this.#at('files', folder));
    for (const { name, properties } of await this.#list(this.#at('trashbin', '/trash')))
      if (`/${properties['trashbin-original-location'] ?? ''}/`.startsWith(`${folder}/`))
        await this.#remove(this.#at('trashbin', `/trash/${name}`));
  }

  removeUploadFolder(name: string): Promise<void> {
    return this.#remove(this.#at('uploads', `/${name}`));
  }

  #at(collection: string, path: string): string {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    return `${this.#account.url}/remote.php/dav/${collection}/${encodeURIComponent(this.#userId)}${encoded}`;
  }

  /** What is in a folder; nothing where there is none. */
  async #list(url: string): Promise<{ name: string; isFolder: boolean; properties: Properties }[]> {
    const reply = await fetch(url, {
      method: 'PROPFIND',
      headers: { authorization: this.#authorization, depth: '1' },
      body: asked,
    });
    const text = await reply.text();
    if (reply.status === 404) return [];
    if (reply.status !== 207) throw new Error(`not listed: ${reply.status} for ${url}`);
    const { multistatus } = parser.parse(text) as { multistatus: { response?: Listed[] } };
    return (multistatus.response ?? []).slice(1).map(({ href, propstat }) => {
      const properties = [propstat ?? []].flat()[0]?.prop ?? {};
      const { resourcetype } = properties;
      return {
        name: decodeURIComponent(href.replace(/\/$/, '').split('/').at(-1) ?? ''),
        isFolder: typeof resourcetype === 'object' && resourcetype !== null && 'collection' in resourcetype,
        properties,
      };
    });
  }

  async #remove(url: string): Promise<void> {
    const headers = { authorization: this.#authorization, 'x-nc-skip-trashbin': 'true' };
    const reply = await fetch(url, { method: 'DELETE', headers });
    if (!reply.ok && reply.status !== 404) throw new Error(`not removed: ${reply.status} for ${url}`);
    await reply.arrayBuffer();
  }
}
