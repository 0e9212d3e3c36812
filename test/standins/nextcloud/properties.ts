import { escapeXml } from './escape.ts';
import { type Exchange, header, send } from './exchange.ts';
import { badRequest } from './failures.ts';
import { freeBytes, type Instance, longFileId } from './instance.ts';
import { type Node, pathOf, sizeOf } from './tree.ts';
import { childOf, element, namespaces, parseXml } from './xml.ts';

/** What PROPFIND and SEARCH tell of one thing: its address and its properties, as XML. */
export interface Resource {
  href: string;
  properties: Map<string, string>;
}

/** Those that come when none are named. */
const usual = new Set([
  'd:getlastmodified',
  'd:getcontentlength',
  'd:resourcetype',
  'd:quota-used-bytes',
  'd:quota-available-bytes',
  'd:getetag',
  'd:getcontenttype',
]);

/** Lower-case percent-encoding of all but unreserved characters and `()/:@` (measured on Nextcloud 32.0.1). */
export const encodeHref = (path: string): string =>
  encodeURIComponent(path)
    .replaceAll(/[!'*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
    .replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
    .replaceAll('%2f', '/')
    .replaceAll('%3a', ':')
    .replaceAll('%40', '@');

const contentTypes: Record<string, string> = {
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  zip: 'application/zip',
  mp4: 'video/mp4',
};

/** By the name's ending alone, as Nextcloud does. */
export const contentTypeOf = (name: string): string =>
  contentTypes[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';

export const httpDate = (timeS: number): string => new Date(timeS * 1000).toUTCString();

/** `base` is the address of the folder that `rootPath` stands for, without a slash at the end. */
export const describeNode = (instance: Instance, node: Node, base: string, rootPath = ''): Resource => {
  const owner = instance.accounts.user(node.owner);
  const path = encodeHref(base + pathOf(node).slice(rootPath.length));
  const properties = new Map([
    ['d:getlastmodified', httpDate(node.modifiedS)],
    ['d:getetag', `&quot;${node.etag}&quot;`],
    ['oc:fileid', String(node.id)],
    ['oc:id', longFileId(instance, node.id)],
    ['oc:size', String(sizeOf(node))],
    ['nc:creation_time', '0'],
    ['d:displayname', escapeXml(node.name === '' ? node.owner : node.name)],
    ['oc:owner-id', node.owner],
  ]);
  if (node.kind === 'folder') {
    const free = owner === undefined ? Number.POSITIVE_INFINITY : freeBytes(instance, owner);
    properties.set('d:resourcetype', '<d:collection/>');
    properties.set('oc:permissions', 'RGDNVCK');
    properties.set('d:quota-used-bytes', String(sizeOf(node)));
    properties.set('d:quota-available-bytes', free === Number.POSITIVE_INFINITY ? '-3' : String(free));
    return { href: `${path}/`, properties };
  }
  properties.set('d:resourcetype', '');
  properties.set('d:getcontentlength', String(node.bytes));
  properties.set('d:getcontenttype', contentTypeOf(node.name));
  properties.set('oc:permissions', 'RGDNVW');
  properties.set('nc:upload_time', String(node.uploadedS));
  if (node.checksum !== undefined) {
    const each = node.checksum.split(' ').map((one) => `<oc:checksum>${escapeXml(one)}</oc:checksum>`);
    properties.set('oc:checksums', each.join(''));
  }
  return { href: path, properties };
};

/** The names that a PROPFIND body asks for; nothing when it asks for the usual ones. Throws `DavError` 400. */
export const wantedProperties = (body: string): string[] | undefined => {
  if (body.trim() === '') return undefined;
  const root = parseXml(body);
  if (root.name !== 'd:propfind') throw badRequest('The body is no propfind');
  return childOf(root, 'd:prop')?.children.map((child) => child.name);
};

export type Depth = 0 | 1 | 'infinity';

/** Without the header it is 1. */
export const wantedDepth = (exchange: Exchange): Depth => {
  const value = header(exchange, 'depth');
  if (value === '0') return 0;
  return value === 'infinity' ? 'infinity' : 1;
};

export const sendMultistatus = (
  exchange: Exchange,
  resources: readonly Resource[],
  wanted: readonly string[] | undefined,
): Promise<void> => {
  const body = resources.map((resource) => response(resource, wanted)).join('');
  return send(
    exchange,
    207,
    { 'content-type': 'application/xml; charset=utf-8', dav: '1, 3, extended-mkcol, access-control' },
    `<?xml version="1.0"?>\n<d:multistatus ${namespaces}>${body}</d:multistatus>\n`,
  );
};

const response = ({ href, properties }: Resource, wanted: readonly string[] | undefined): string => {
  const names = wanted ?? [...properties.keys()].filter((name) => usual.has(name));
  const found = names.filter((name) => properties.has(name));
  const missing = names.filter((name) => !properties.has(name));
  const stats = [
    propstat(
      found.map((name) => element(name, properties.get(name) ?? '')),
      '200 OK',
    ),
    propstat(
      missing.map((name) => element(name, '')),
      '404 Not Found',
    ),
  ];
  return `<d:response><d:href>${escapeXml(href)}</d:href>${stats.join('')}</d:response>`;
};

const propstat = (elements: readonly string[], status: string): string =>
  elements.length === 0
    ? ''
    : `<d:propstat><d:prop>${elements.join('')}</d:prop><d:status>HTTP/1.1 ${status}</d:status></d:propstat>`;
