import { segmentsOf } from './exchange.ts';
import type { Instance } from './instance.ts';
import { type OcsCall, OcsError, rateLimited } from './ocs-call.ts';
import {
  expiryDay,
  hashPassword,
  linkPermissions,
  linkShare,
  mailShare,
  passwordFits,
  type Refused,
  refusePassword,
  type ShareRow,
} from './share-rules.ts';
import { type FolderNode, type Node, pathOf, sizeOf } from './tree.ts';

const unknownShare = (): OcsError => new OcsError(404, 'Wrong share ID, share does not exist');
const unknownPath = (): OcsError => new OcsError(404, 'Wrong path, file/folder does not exist');

/** `…/api/v1/shares`, `…/shares/inherited` and `…/shares/{id}`. */
export const serveShares = async (call: OcsCall, rest: string): Promise<unknown> => {
  const { method } = call.exchange;
  if (rest === '') {
    if (method === 'POST') return createShare(call);
    if (method === 'GET') return listShares(call);
  } else if (rest === 'inherited') {
    if (method === 'GET') return listInherited(call);
  } else {
    if (method === 'GET') return [describe(call, ownShare(call, rest))];
    if (method === 'PUT') return updateShare(call, ownShare(call, rest));
    if (method === 'DELETE') return deleteShare(call, ownShare(call, rest));
  }
  throw new OcsError(998, 'Invalid query, please check the syntax.', 404);
};

const ownShare = ({ instance, signIn }: OcsCall, id: string): ShareRow => {
  const row = instance.shares.byId(id);
  if (row === undefined || row.owner !== signIn.user.id) throw unknownShare();
  return row;
};

const orThrow = <T>(value: T | Refused): T => {
  if (typeof value === 'object' && value !== null && 'status' in value) {
    throw new OcsError(value.status, value.message);
  }
  return value;
};

const nodeAt = ({ instance, signIn }: OcsCall, path: string): Node => {
  const node = instance.tree.find(instance.tree.rootOf(signIn.user.id), segmentsOf(path));
  if (node === undefined) throw unknownPath();
  return node;
};

const createShare = async (call: OcsCall): Promise<unknown> => {
  const { instance, signIn, parameters } = call;
  // Refused wishes count as well; a wish over the limit doesn't (measured on Nextcloud 32.0.1).
  if (!instance.shares.mayCreate(signIn.user, instance.options.sharesPerTenMinutes ?? 20)) return rateLimited;
  const path = parameters.get('path');
  if (path === undefined) throw new OcsError(404, 'Please specify a file or folder path');
  const node = nodeAt(call, path);
  const type = Number(parameters.get('shareType') ?? '-1');
  const isKnown = type === linkShare || (type === mailShare && instance.switches.mailShares);
  if (!isKnown) throw new OcsError(400, 'Unknown share type');
  const permissions = orThrow(
    linkPermissions(parameters.get('permissions'), parameters.get('publicUpload'), node.kind === 'file'),
  );
  if (permissions > 31) throw new OcsError(403, 'Valid permissions are required for sharing');
  const recipient = type === mailShare ? (parameters.get('shareWith') ?? '') : null;
  const sendsMail = recipient !== null && parameters.get('sendMail') !== 'false';
  if (recipient !== null) requireNewRecipient(instance, node, recipient, sendsMail);
  const password = parameters.get('password') ?? '';
  const row = instance.shares.add({
    type,
    owner: signIn.user.id,
    fileId: node.id,
    permissions: instance.switches.stubbornPermissions ?? permissions,
    password: passwordFrom(password),
    expiresOn: expiryFrom(call, parameters.get('expireDate') ?? '', 404),
    note: parameters.get('note') ?? '',
    label: parameters.get('label') ?? '',
    attributes: parameters.get('attributes') ?? null,
    hideDownload: false,
    recipient,
  });
  if (sendsMail) mailShareTo(instance, row, password);
  await instance.save();
  // The password of a mail share comes back as it was sent, once (measured on Nextcloud 32.0.1).
  const clear = recipient !== null && password !== '' ? { password } : {};
  return { ...describe(call, row), ...clear, mail_send: sendsMail ? 1 : 0 };
};

const mailShareTo = (instance: Instance, row: ShareRow, password: string): void => {
  const { id, token, note, recipient } = row;
  instance.mails.push({ to: recipient ?? '', shareId: id, token, note });
  if (password !== '') instance.mails.push({ to: recipient ?? '', shareId: id, password });
};

/** Ten in ten minutes for an account. A wrong password is 500, and the share stays. */
export const sendShareMail = async (call: OcsCall, id: string): Promise<unknown> => {
  const { instance, signIn, parameters } = call;
  if (!instance.shares.mayMail(signIn.user, instance.options.shareMailsPerTenMinutes ?? 10))
    return rateLimited;
  const row = ownShare(call, id);
  const password = parameters.get('password') ?? '';
  const isRight = row.password === null || passwordFits(row.password, password);
  if (!isRight || row.type !== mailShare)
    throw new OcsError(999, 'Error while sending mail notification', 500);
  mailShareTo(instance, row, row.password === null ? '' : password);
  return [];
};

const requireNewRecipient = (instance: Instance, node: Node, recipient: string, sendsMail: boolean): void => {
  if (sendsMail && !/^[^@\s]+@[^@\s]+$/.test(recipient))
    throw new OcsError(404, 'Please specify a valid email address');
  if (recipient === '') throw new OcsError(403, 'Share recipient should not be empty');
  const twice = instance.shares.all().some((row) => row.fileId === node.id && row.recipient === recipient);
  if (twice) throw new OcsError(403, 'Failed to create share.');
};

const passwordFrom = (sent: string): string | null => {
  if (sent === '') return null;
  const refused = refusePassword(sent);
  if (refused !== undefined) throw new OcsError(refused.status, refused.message);
  return hashPassword(sent);
};

/** What is no date at all is 404 where a share is made and 400 where one is changed. */
const expiryFrom = ({ instance, signIn }: OcsCall, sent: string, noDateStatus: number): string | null => {
  if (sent === '') return null;
  const day = expiryDay(sent, instance.nowMs(), signIn.user.timeZone ?? 'UTC');
  if (typeof day !== 'string' && day.status === 400) throw new OcsError(noDateStatus, day.message);
  return orThrow(day);
};

const changeable = [
  'permissions',
  'password',
  'publicUpload',
  'expireDate',
  'note',
  'label',
  'hideDownload',
  'attributes',
  'sendMail',
];

/** Each parameter is optional, empty values clear; everything is checked before anything is changed. */
const updateShare = async (call: OcsCall, row: ShareRow): Promise<unknown> => {
  const { instance, parameters } = call;
  if (!changeable.some((name) => parameters.has(name))) {
    throw new OcsError(400, 'Wrong or no update parameter given');
  }
  const [password, expireDate] = [parameters.get('password'), parameters.get('expireDate')];
  const changed: ShareRow = {
    ...row,
    permissions: newPermissions(call, row),
    password: password === undefined ? row.password : passwordFrom(password),
    expiresOn: expireDate === undefined ? row.expiresOn : expiryFrom(call, expireDate, 400),
    note: parameters.get('note') ?? row.note,
    label: parameters.get('label') ?? row.label,
    attributes: parameters.get('attributes') ?? row.attributes,
    hideDownload: parameters.has('hideDownload')
      ? parameters.get('hideDownload') === 'true'
      : row.hideDownload,
  };
  if (changed.permissions > 31) throw new OcsError(400, 'Failed to update share.');
  Object.assign(row, changed);
  await instance.save();
  return describe(call, row);
};

const newPermissions = ({ instance, parameters }: OcsCall, row: ShareRow): number => {
  if (!parameters.has('permissions') && !parameters.has('publicUpload')) return row.permissions;
  const isFile = instance.shares.nodeOf(row)?.kind === 'file';
  const wanted = orThrow(
    linkPermissions(parameters.get('permissions'), parameters.get('publicUpload'), isFile),
  );
  return instance.switches.stubbornPermissions ?? wanted;
};

const deleteShare = async ({ instance }: OcsCall, row: ShareRow): Promise<unknown> => {
  instance.shares.remove(row.id);
  await instance.save();
  return [];
};

const listShares = (call: OcsCall): unknown => {
  const path = call.parameters.get('path');
  const rows = call.instance.shares.all().filter((row) => row.owner === call.signIn.user.id);
  if (path === undefined) return rows.map((row) => describe(call, row));
  const node = nodeAt(call, path);
  return rows.filter((row) => row.fileId === node.id).map((row) => describe(call, row));
};

/** The shares of the folders above, nearest first, without the account's root. */
const listInherited = (call: OcsCall): unknown => {
  const node = nodeAt(call, call.parameters.get('path') ?? '');
  const found: object[] = [];
  for (let at: FolderNode | undefined = node.parent; at?.parent !== undefined; at = at.parent) {
    for (const row of call.instance.shares.all().filter((each) => each.fileId === at?.id)) {
      found.push({ ...describe(call, row), via_fileid: at.id, via_path: pathOf(at) });
    }
  }
  return found;
};

const describe = ({ instance, exchange, signIn }: OcsCall, row: ShareRow): object => {
  const node = instance.shares.nodeOf(row);
  if (node === undefined) throw unknownShare();
  const displayName = signIn.user.displayName ?? signIn.user.id;
  const isMail = row.type === mailShare;
  return {
    id: row.id,
    share_type: row.type,
    uid_owner: row.owner,
    displayname_owner: displayName,
    permissions: row.permissions,
    can_edit: true,
    can_delete: true,
    stime: row.createdAtS,
    parent: null,
    expiration: row.expiresOn === null ? null : `${row.expiresOn} 00:00:00`,
    token: row.token,
    uid_file_owner: row.owner,
    note: row.note,
    label: row.label,
    displayname_file_owner: displayName,
    path: pathOf(node),
    item_type: node.kind,
    item_permissions: node.kind === 'folder' ? 31 : 27,
    mimetype: node.kind === 'folder' ? 'httpd/unix-directory' : 'application/octet-stream',
    item_source: node.id,
    file_source: node.id,
    file_parent: node.parent?.id ?? null,
    file_target: isMail ? null : `/${node.name}`,
    item_size: sizeOf(node),
    item_mtime: node.modifiedS,
    share_with: isMail ? row.recipient : row.password,
    share_with_displayname: isMail ? row.recipient : '(Shared link)',
    password: row.password,
    send_password_by_talk: false,
    // Built from the server's own idea of its host; a mail share has none.
    ...(isMail ? {} : { url: `${exchange.origin}/s/${row.token}` }),
    mail_send: 0,
    hide_download: row.hideDownload ? 1 : 0,
    attributes: row.attributes,
  };
};
