import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { formOf, keep } from './body.ts';
import type { Box } from './box.ts';
import { BoxError, notFound } from './errors.ts';
import type { Exchange, Reply } from './exchange.ts';
import { share } from './links.ts';
import { type Content, type Item, mayOf, sha1Of, shown } from './tree.ts';

const largestBytes = 50 * 1024 * 1024;

type Route = (box: Box, exchange: Exchange, ...ids: string[]) => Promise<Reply> | Reply;

const insufficient = () => new BoxError(403, 'access_denied_insufficient_permissions');

const fieldsOf = ({ call }: Exchange): string[] | undefined => call.query.get('fields')?.split(',');

const folderToWriteTo = (box: Box, id: string | undefined): Item => {
  const folder = box.tree.folder(id ?? '');
  const may = mayOf(box.roleIn(folder));
  if (!may.see) throw notFound();
  if (!may.upload) throw insufficient();
  return folder;
};

const fileIn = (box: Box, id: string, right: 'see' | 'download' | 'upload'): Item & { content: Content } => {
  const file = box.tree.file(id);
  const may = mayOf(box.roleIn(file));
  if (!may.see) throw notFound();
  if (!may[right]) throw insufficient();
  return file;
};

const preflight: Route = (box, exchange) => {
  const { name, parent, size } = exchange.call.body as {
    name: string;
    parent: { id: string };
    size?: number;
  };
  const folder = folderToWriteTo(box, parent.id);
  box.tree.requireFree(folder, name, 'one');
  box.requireRoom(size ?? 0);
  return { status: 200, body: { upload_url: `${box.url}/upload/2.0/files/content`, upload_token: null } };
};

/** The form of an upload, refused where the attributes come after the file. */
const readUpload = ({ request, bytes }: Exchange): { attributes: UploadAttributes; bytes: Buffer } => {
  const form = formOf(bytes, request.headers['content-type'] ?? '');
  const [first, second] = form;
  if (first?.name !== 'attributes' || second?.name !== 'file' || second.filename === undefined)
    throw new BoxError(400, 'metadata_after_file_contents');
  const attributes = JSON.parse(first.bytes.toString('utf8')) as UploadAttributes;
  if (second.bytes.length > largestBytes) throw new BoxError(413, 'request_entity_too_large');
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && md5 !== sha1Of(second.bytes)) throw new BoxError(400, 'bad_digest');
  return { attributes, bytes: second.bytes };
};

interface UploadAttributes {
  name: string;
  parent?: { id: string };
}

const newPath = (box: Box) => join(box.dir, `file-${randomBytes(8).toString('hex')}`);

const uploadFile: Route = async (box, exchange) => {
  const { attributes, bytes } = readUpload(exchange);
  const folder = folderToWriteTo(box, attributes.parent?.id);
  box.requireRoom(bytes.length);
  const content = await keep(bytes, newPath(box));
  return placed(box, folder, attributes.name, content);
};

const placed = (box: Box, folder: Item, name: string, content: Content): Reply => {
  const file = box.tree.add(folder, name, content);
  return { status: 201, body: { total_count: 1, entries: [shown(file, everything, 'editor')] } };
};

const everything = ['name', 'size', 'sha1', 'item_status', 'parent'];

const uploadVersion: Route = async (box, exchange, id = '') => {
  const { bytes } = readUpload(exchange);
  const file = fileIn(box, id, 'upload');
  const wanted = exchange.request.headers['if-match'];
  if (wanted !== undefined && wanted !== String(file.etag)) throw new BoxError(412, 'precondition_failed');
  box.tree.replace(file, await keep(bytes, newPath(box)));
  return { status: 201, body: { total_count: 1, entries: [shown(file, everything, 'editor')] } };
};

const makeFolder: Route = (box, exchange) => {
  const { name, parent } = exchange.call.body as { name: string; parent: { id: string } };
  const folder = folderToWriteTo(box, parent.id);
  return { status: 201, body: shown(box.tree.add(folder, name), undefined, 'editor') };
};

const getFolder: Route = (box, exchange, id = '') => {
  const folder = box.tree.folder(id);
  if (!mayOf(box.roleIn(folder)).see) throw notFound();
  return { status: 200, body: shown(folder, fieldsOf(exchange), box.roleIn(folder)) };
};

const getFile: Route = (box, exchange, id = '') => {
  const file = fileIn(box, id, 'see');
  if (file.status === 'trashed') throw new BoxError(404, 'trashed');
  return { status: 200, body: shown(file, fieldsOf(exchange), box.roleIn(file)) };
};

const putLink: Route = (box, exchange, type = '', id = '') => {
  const body = exchange.call.body as { shared_link: Parameters<typeof share>[1] };
  const item = type === 'folders' ? box.tree.folder(id) : fileIn(box, id, 'see');
  const may = mayOf(box.roleIn(item));
  if (!may.share || (body.shared_link.password !== undefined && !may.edit)) throw insufficient();
  share(item, body.shared_link, box.tree.items.values());
  return { status: 200, body: shown(item, fieldsOf(exchange), box.roleIn(item)) };
};

const getContent: Route = (box, _exchange, id = '') => {
  const file = fileIn(box, id, 'download');
  const key = randomBytes(16).toString('hex');
  box.downloads.set(key, file.content.path);
  return { status: 302, headers: { location: `${box.url}/dl/${key}` } };
};

const beginSession: Route = (box, exchange) => {
  const { folder_id, file_name, file_size } = exchange.call.body as {
    folder_id: string;
    file_name: string;
    file_size: number;
  };
  const folder = folderToWriteTo(box, folder_id);
  box.tree.requireFree(folder, file_name, 'one');
  box.requireRoom(file_size);
  const session = box.sessions.begin(folder, file_name, file_size);
  const url = `${box.url}/upload/2.0/files/upload_sessions/${session.id}`;
  return {
    status: 201,
    body: {
      id: session.id,
      type: 'upload_session',
      session_expires_at: new Date(Date.now() + 7 * 24 * 3600_000).toISOString(),
      part_size: session.partBytes,
      total_parts: Math.ceil(file_size / session.partBytes),
      num_parts_processed: 0,
      session_endpoints: {
        upload_part: url,
        commit: `${url}/commit`,
        abort: url,
        list_parts: `${url}/parts`,
        status: url,
        log_event: `${url}/log`,
      },
    },
  };
};

const putPart: Route = async (box, { request }, id = '') => {
  const part = await box.sessions.addPart(box.sessions.of(id), request.headers, request);
  return { status: 200, body: { part } };
};

const listParts: Route = (box, { call }, id = '') => {
  const all = [...box.sessions.of(id).parts.values()];
  const offset = Number(call.query.get('offset') ?? 0);
  const limit = Math.min(Number(call.query.get('limit') ?? 100), box.sessions.options.pageLength);
  return {
    status: 200,
    body: { total_count: all.length, offset, limit, entries: all.slice(offset, offset + limit) },
  };
};

const commit: Route = (box, exchange, id = '') => {
  const { parts } = exchange.call.body as { parts: { part_id: string }[] };
  const session = box.sessions.of(id);
  const content = box.sessions.commit(session, exchange.request.headers['digest'], parts);
  if (content === undefined)
    return { status: 202, headers: { 'retry-after': String(box.commitAfterSeconds) } };
  const reply = placed(box, session.folder, session.name, content);
  box.sessions.open.delete(session.id);
  return reply;
};

const endSession: Route = (box, _exchange, id = '') => {
  box.sessions.open.delete(box.sessions.of(id).id);
  return { status: 204 };
};

const me: Route = (box) => ({
  status: 200,
  body: {
    type: 'user',
    id: '17738362',
    name: 'Uketori',
    login: 'AutomationUser_1_abc@boxdevedition.com',
    space_amount: box.spaceBytes,
    space_used: box.usedBytes(),
    max_upload_size: 53_687_091_200,
  },
});

/** By address, method and path; the first that fits. */
export const routes: readonly [at: 'api' | 'upload', method: string, path: RegExp, route: Route][] = [
  ['api', 'OPTIONS', /^\/files\/content$/, preflight],
  ['api', 'GET', /^\/users\/me$/, me],
  ['api', 'POST', /^\/folders$/, makeFolder],
  ['api', 'GET', /^\/folders\/(\d+)$/, getFolder],
  ['api', 'GET', /^\/files\/(\d+)$/, getFile],
  ['api', 'GET', /^\/files\/(\d+)\/content$/, getContent],
  ['api', 'PUT', /^\/(files|folders)\/(\d+)$/, putLink],
  ['upload', 'POST', /^\/files\/content$/, uploadFile],
  ['upload', 'POST', /^\/files\/(\d+)\/content$/, uploadVersion],
  ['upload', 'POST', /^\/files\/upload_sessions$/, beginSession],
  ['upload', 'PUT', /^\/files\/upload_sessions\/(\w+)$/, putPart],
  ['upload', 'GET', /^\/files\/upload_sessions\/(\w+)\/parts$/, listParts],
  ['upload', 'POST', /^\/files\/upload_sessions\/(\w+)\/commit$/, commit],
  ['upload', 'DELETE', /^\/files\/upload_sessions\/(\w+)$/, endSession],
];
