import type { IncomingMessage, ServerResponse } from 'node:http';
import { aclOrDefault, allows, demand } from './acl.ts';
import { jsonOf, refusal, sendJson } from './reply.ts';
import type { Acl, Bucket, State, User } from './state.ts';

/** What is below `/buckets/file`. */
export const serveBuckets = async (
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  user: User | undefined,
  name: string | undefined,
): Promise<void> => {
  if (name === undefined) {
    const readable = [...state.buckets.values()].filter(({ acl }) => allows(acl, user, 'r'));
    return sendJson(response, 200, { results: readable.map(shown) });
  }
  const known = state.buckets.get(name);
  if (request.method === 'GET') {
    if (known === undefined) throw refusal(404, 'No such bucket');
    demand(known.acl, user, 'r');
    return sendJson(response, 200, shown(known));
  }
  if (request.method !== 'PUT') throw refusal(405, 'Method Not Allowed');
  const said = await jsonOf(request);
  const bucket = known === undefined ? made(state, user, name, said) : changed(known, user, said);
  state.buckets.set(name, bucket);
  sendJson(response, 200, shown(bucket));
};

const made = (state: State, user: User | undefined, name: string, said: Record<string, unknown>): Bucket => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_]{0,39}$/.test(name)) throw refusal(400, 'Invalid bucket name');
  demand(state.options.rootContentAcl, user, 'c');
  const everybody = [user === undefined ? 'g:anonymous' : 'g:authenticated'];
  return {
    name,
    description: typeof said['description'] === 'string' ? said['description'] : '',
    acl:
      said['ACL'] === undefined
        ? { ...aclOrDefault(undefined, user), r: everybody, w: [] }
        : aclOrDefault(said['ACL'], user),
    contentAcl: (said['contentACL'] as Acl | undefined) ?? { r: everybody, w: everybody },
    files: new Map(),
  };
};

const changed = (known: Bucket, user: User | undefined, said: Record<string, unknown>): Bucket => {
  for (const key of ['description', 'ACL', 'contentACL'])
    if (said[key] === undefined) throw refusal(400, `${key} is missing`);
  demand(known.acl, user, 'admin');
  return {
    ...known,
    description: String(said['description']),
    acl: { ...(said['ACL'] as Acl), ...(known.acl.owner === undefined ? {} : { owner: known.acl.owner }) },
    contentAcl: said['contentACL'] as Acl,
  };
};

const shown = ({ name, description, acl, contentAcl }: Bucket) => ({
  name,
  description,
  ACL: acl,
  contentACL: contentAcl,
  noAcl: false,
});
