import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { escapeXml } from './escape.ts';
import { DavError } from './failures.ts';

const prefixes: Record<string, string> = {
  'DAV:': 'd',
  'http://owncloud.org/ns': 'oc',
  'http://nextcloud.org/ns': 'nc',
};

export const namespaces =
  'xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"';

/** `name` carries the server's own prefix (`d:getetag`), or `{namespace}name` where it has none. */
export interface XmlElement {
  name: string;
  children: XmlElement[];
  text: string;
}

type Raw = Record<string, unknown>;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: true,
});

/** Throws `DavError` 400 on what is no XML. */
export const parseXml = (text: string): XmlElement => {
  if (XMLValidator.validate(text) !== true) {
    throw new DavError(400, 'Sabre\\DAV\\Exception\\BadRequest', 'The body is not well-formed XML');
  }
  const roots = (parser.parse(text) as Raw[]).filter((raw) => !tagOf(raw).startsWith('?'));
  const root = roots[0];
  if (root === undefined) throw new DavError(400, 'Sabre\\DAV\\Exception\\BadRequest', 'Empty body');
  return convert(root, {});
};

const tagOf = (raw: Raw): string => Object.keys(raw).find((key) => key !== ':@') ?? '';

const convert = (raw: Raw, outer: Record<string, string>): XmlElement => {
  const tag = tagOf(raw);
  const scope = { ...outer };
  for (const [key, value] of Object.entries((raw[':@'] ?? {}) as Record<string, string>)) {
    if (key === 'xmlns') scope[''] = value;
    else if (key.startsWith('xmlns:')) scope[key.slice('xmlns:'.length)] = value;
  }
  const inner = (raw[tag] ?? []) as Raw[];
  return {
    name: qualify(tag, scope),
    children: inner.filter((child) => tagOf(child) !== '#text').map((child) => convert(child, scope)),
    text: inner.map((child) => (typeof child['#text'] === 'string' ? child['#text'] : '')).join(''),
  };
};

const qualify = (tag: string, scope: Record<string, string>): string => {
  const colon = tag.indexOf(':');
  const namespace = scope[colon === -1 ? '' : tag.slice(0, colon)] ?? '';
  const local = tag.slice(colon + 1);
  const prefix = prefixes[namespace];
  return prefix === undefined ? `{${namespace}}${local}` : `${prefix}:${local}`;
};

export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

/** An element by its prefixed name; `content` is XML already. */
export const element = (name: string, content: string): string => {
  const foreign = /^\{(.*)\}(.+)$/.exec(name);
  if (foreign === null) return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
  const [, namespace = '', local = ''] = foreign;
  return `<x1:${local} xmlns:x1="${escapeXml(namespace)}">${content}</x1:${local}>`;
};
