import { randomBytes } from 'node:crypto';
import { describeUser } from './cloud.ts';
import { type OcsCall, OcsError, requireAdmin } from './ocs-call.ts';
import type { StandinUser } from './options.ts';

/** `/cloud/users/{id}`: one's own for all, any for administrators, who may also delete it. */
export const serveUser = async (call: OcsCall, id: string): Promise<unknown> => {
  const { instance, exchange, signIn } = call;
  const user = instance.accounts.user(id);
  // The statuscode tells which of the two it is.
  if (user === undefined) throw new OcsError(404, 'User does not exist');
  if (signIn.user.id !== id && signIn.user.admin !== true) throw new OcsError(998, '', 404);
  if (exchange.method === 'GET') return describeUser(instance, user);
  requireAdmin(call);
  if (exchange.method !== 'DELETE') throw new OcsError(998, 'Invalid query, please check the syntax.', 404);
  instance.tree.removeRoot(id);
  instance.accounts.remove(id);
  await instance.save();
  return [];
};

/** `POST /cloud/users`, for administrators: userid, password, quota (`1 MB`). */
export const addUser = async (call: OcsCall): Promise<unknown> => {
  const { instance, parameters } = call;
  requireAdmin(call);
  const id = parameters.get('userid') ?? '';
  if (id === '') throw new OcsError(101, 'Invalid username', 400);
  if (instance.accounts.user(id) !== undefined) throw new OcsError(102, 'User already exists', 400);
  const quotaBytes = bytesOf(parameters.get('quota') ?? 'none');
  const user: StandinUser = {
    id,
    loginPassword: parameters.get('password') ?? '',
    appPassword: randomBytes(36).toString('hex'),
    ...(quotaBytes === undefined ? {} : { quotaBytes }),
  };
  instance.accounts.add(user);
  instance.tree.rootOf(id);
  await instance.save();
  return { id };
};

const units: Record<string, number> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

const bytesOf = (quota: string): number | undefined => {
  const [, amount, unit = 'B'] = /^(\d+)(?: ?([KMG]?B))?$/.exec(quota) ?? [];
  return amount === undefined ? undefined : Number(amount) * (units[unit] ?? 1);
};
