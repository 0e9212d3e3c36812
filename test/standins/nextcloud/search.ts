import { type DavCall, davRoot } from './dav-call.ts';
import { segmentsOf } from './exchange.ts';
import { badRequest, notFound } from './failures.ts';
import { describeNode, sendMultistatus } from './properties.ts';
import { type Node, walk } from './tree.ts';
import { childOf, parseXml, type XmlElement } from './xml.ts';

/** SEARCH on `/remote.php/dav/` in its simple form: one scope, comparisons, one order, a limit. Throws `DavError`. */
export const search = async (call: DavCall, body: string): Promise<void> => {
  const query = childOf(parseXml(body), 'd:basicsearch');
  const scope = childOf(childOf(childOf(query, 'd:from'), 'd:scope'), 'd:href')?.text ?? '';
  const [area, owner, ...names] = segmentsOf(decodeURIComponent(scope));
  if (area !== 'files' || owner !== call.user.id) throw badRequest(`Search is only supported on 'files'`);
  const folder = call.instance.tree.find(call.instance.tree.rootOf(owner), names);
  if (folder === undefined) throw notFound(scope);
  const condition = childOf(query, 'd:where')?.children[0];
  const found = [...walk(folder)].filter(
    (node) => node !== folder && (condition === undefined || holds(node, condition)),
  );
  const limit = Number(childOf(childOf(query, 'd:limit'), 'd:nresults')?.text ?? Number.POSITIVE_INFINITY);
  const wanted = childOf(childOf(query, 'd:select'), 'd:prop')?.children.map((child) => child.name) ?? [];
  const resources = inOrder(found, childOf(childOf(query, 'd:orderby'), 'd:order'))
    .slice(0, limit)
    .map((node) => describeNode(call.instance, node, `${davRoot}/files/${owner}`));
  await sendMultistatus(call.exchange, resources, wanted);
};

const inOrder = (nodes: Node[], order: XmlElement | undefined): Node[] => {
  const property = childOf(order, 'd:prop')?.children[0]?.name;
  if (property === undefined) return nodes;
  const sign = childOf(order, 'd:descending') === undefined ? 1 : -1;
  return nodes.sort((a, b) => sign * compare(valueOf(a, property), valueOf(b, property)));
};

const holds = (node: Node, condition: XmlElement): boolean => {
  const { name, children } = condition;
  if (name === 'd:and') return children.every((child) => holds(node, child));
  if (name === 'd:or') return children.some((child) => holds(node, child));
  if (name === 'd:not') return !children.some((child) => holds(node, child));
  if (name === 'd:is-collection') return node.kind === 'folder';
  const property = childOf(condition, 'd:prop')?.children[0]?.name ?? '';
  const literal = childOf(condition, 'd:literal')?.text ?? '';
  const value = valueOf(node, property);
  if (name === 'd:like') return like(String(value), literal);
  const order = compare(value, literalFor(value, property, literal));
  if (name === 'd:eq') return order === 0;
  if (name === 'd:gt') return order > 0;
  if (name === 'd:gte') return order >= 0;
  if (name === 'd:lt') return order < 0;
  if (name === 'd:lte') return order <= 0;
  throw badRequest(`Unknown operator ${name}`);
};

const valueOf = (node: Node, property: string): number | string => {
  if (property === 'd:getlastmodified') return node.modifiedS;
  if (property === 'oc:fileid') return node.id;
  if (property === 'd:displayname') return node.name;
  if (property === 'd:getcontentlength' || property === 'oc:size')
    return node.kind === 'file' ? node.bytes : 0;
  if (property === 'nc:upload_time') return node.kind === 'file' ? node.uploadedS : 0;
  throw badRequest(`Property ${property} is not searchable`);
};

/** Times come as seconds or as a date. */
const literalFor = (value: number | string, property: string, literal: string): number | string => {
  if (typeof value === 'string') return literal;
  const isDate = property === 'd:getlastmodified' && !/^\d+$/.test(literal);
  return isDate ? Math.floor(Date.parse(literal) / 1000) : Number(literal);
};

const compare = (a: number | string, b: number | string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

const like = (value: string, pattern: string): boolean => {
  const escaped = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('%', '.*');
  return new RegExp(`^${escaped}$`, 'iu').test(value);
};
