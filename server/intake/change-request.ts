import { isDeepStrictEqual } from 'node:util';
import type { Queryable } from '../../db/client.ts';
import { recordAudit } from '../../db/queries/audit.ts';
import { changeChecklist, itemsInUse } from '../../db/queries/checklist.ts';
import { moveNotices } from '../../db/queries/notices.ts';
import {
  addChangeToTell,
  answeredKeys,
  attachDestinations,
  detachDestinations,
  findRequest,
  type RequestRow,
  setRequest,
} from '../../db/queries/requests.ts';
import { lockRequest } from '../../db/queries/submissions.ts';
import { Failure } from '../lib/failure.ts';
import { hashPassword } from '../lib/passwords.ts';
import type { Actor, Intake } from './context.ts';
import { followChanges } from './follow-changes.ts';
import { findDestinations, findTeam, requireNotOver } from './open-request.ts';
import { contentOf, type RequestContent } from './request-content.ts';
import { requireGoodPassword } from './request-password.ts';
import { newRequestSchema, type RequestChange } from './rules/new-request.ts';

/** Also a closed one: its deadline is extended before it is reopened. */
export const mayChange = ({ state }: Pick<RequestRow, 'state'>): boolean => state !== 'draft';

/**
 * Changes a request, by the rules of a new one. What is sent already stays as it was sent: a checklist item that
 * files came for, and a question that was answered, can't be taken off.
 * @param made `from`: what the whole of `change` was made from. Only what is otherwise there is asked for, so that what
 *   somebody else has changed since then stays
 * @returns the names of what is otherwise now
 * @throws Failure `not-found`, `request.wrong-state`, `request.item-in-use`, `request.question-answered`, `input.invalid`,
 *   and as `requireGoodPassword`
 */
export const changeRequest = async (
  intake: Intake,
  requestId: string,
  change: RequestChange,
  actor: Actor,
  made: { from?: RequestContent } = {},
): Promise<string[]> => {
  const { password, ...wanted } = change;
  const asked = made.from === undefined ? wanted : otherwise(made.from, wanted);
  const destinationIds = asked.destinations && (await findDestinations(intake, asked.destinations));
  if (password !== undefined) await holdToPolicy(intake, requestId, password);
  const passwordHash = typeof password === 'string' ? await hashPassword(password) : null;
  const changed = await intake.db.transaction(async (tx) => {
    await lockRequest(tx, requestId);
    const request = await findRequest(tx, requestId);
    if (request === undefined) throw new Failure('not-found');
    if (!mayChange(request)) throw new Failure('request.wrong-state');
    const before = await contentOf(tx, request);
    const after = merged(before, asked);
    const changed = namesOfChanged(before, after);
    if (password !== undefined && (password !== null || request.passwordHash !== null))
      changed.push('password');
    if (changed.length === 0) return [];
    const of = { request, before, after, changed: new Set(changed) };
    await requirePossible(tx, of);
    if (of.changed.has('team')) await moveTo(tx, requestId, await findTeam(tx, after.team, actor));
    await write(tx, of, destinationIds);
    if (of.changed.has('password')) await setRequest(tx, requestId, { passwordHash });
    await recordAudit(tx, {
      actor: actor.name,
      address: actor.address,
      action: 'request.changed',
      subject: requestId,
      details: told(of),
    });
    return changed;
  });
  await followChanges(intake, requestId);
  return changed;
};

/** One that has none and is to have none is left alone. */
const holdToPolicy = async (intake: Intake, requestId: string, password: string | null): Promise<void> => {
  const request = await findRequest(intake.db, requestId);
  if (request !== undefined && (password !== null || request.passwordHash !== null))
    await requireGoodPassword(intake, request.accountId, password);
};

/** What Nextcloud has to be told of. */
const followed: readonly (keyof RequestContent)[] = ['deadline', 'graceMinutes', 'nextcloudPageAllowed'];

type After = Omit<RequestContent, 'items'> & {
  items: (Omit<RequestContent['items'][number], 'id'> & { id?: string | undefined })[];
};

interface Changing {
  request: RequestRow;
  before: RequestContent;
  after: After;
  changed: Set<string>;
}

/** @throws Failure `input.invalid` where what is new and what stays do not go together */
const merged = (before: RequestContent, change: Omit<RequestChange, 'password'>): After => {
  const items = change.items ?? before.items;
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const parsed = newRequestSchema.safeParse({
    ...before,
    ...given,
    items: items.map(withoutId),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Failure('input.invalid', {
      params: { field: issue?.path.join('.') ?? '' },
      details: { reason: issue?.message },
    });
  }
  const { password: _, folder: __, destinations, ...after } = parsed.data;
  // The same moment can be written in many ways.
  const deadline = after.deadline === null ? null : new Date(after.deadline).toISOString();
  return {
    ...after,
    deadline,
    destinations: destinations ?? [],
    items: after.items.map((item, index) => ({ ...item, id: items[index]?.id })),
  };
};

const otherwise = (from: RequestContent, wanted: Omit<RequestChange, 'password'>): typeof wanted => {
  const names = new Set(namesOfChanged(from, merged(from, wanted)));
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => names.has(name)));
};

const withoutId = (item: After['items'][number]): Omit<typeof item, 'id'> => {
  const { id: _, ...rest } = item;
  return rest;
};

const namesOfChanged = (before: RequestContent, after: After): string[] =>
  (Object.keys(before) as (keyof RequestContent)[]).filter((name) =>
    name === 'destinations'
      ? !isDeepStrictEqual(new Set(before.destinations), new Set(after.destinations))
      : // Without what is undefined, as the database gives it back.
        JSON.stringify(sorted(before[name])) !== JSON.stringify(sorted(after[name])),
  );

/** The same with the names of its parts in one order: jsonb keeps none. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
};

const requirePossible = async (tx: Queryable, { request, before, after, changed }: Changing) => {
  // One that has passed stays as long as nobody touches it.
  if (changed.has('deadline') || changed.has('graceMinutes')) requireNotOver(after);
  if (changed.has('items')) {
    const known = new Set(before.items.map(({ id }) => id));
    const kept = after.items.flatMap(({ id }) => id ?? []);
    if (kept.some((id) => !known.has(id)) || new Set(kept).size < kept.length)
      throw new Failure('input.invalid', { params: { field: 'items' } });
    const used = await itemsInUse(tx, request.id);
    const lost = before.items.find(({ id }) => !kept.includes(id) && used.has(id));
    if (lost !== undefined) throw new Failure('request.item-in-use', { params: { label: lost.label } });
  }
  if (changed.has('fields')) {
    const kept = new Set(after.fields.map(({ key }) => key));
    const gone = before.fields.filter(({ key }) => !kept.has(key));
    const answered = gone.length === 0 ? new Set() : await answeredKeys(tx, request.id);
    const lost = gone.find(({ key }) => answered.has(key));
    if (lost !== undefined) throw new Failure('request.question-answered', { params: { label: lost.label } });
  }
};

const write = async (
  tx: Queryable,
  { request, after, changed }: Changing,
  destinationIds: string[] | undefined,
): Promise<void> => {
  const { items, destinations: _, deadline, team: __, ...columns } = after;
  await setRequest(tx, request.id, {
    ...columns,
    deadlineAt: deadline === null ? null : new Date(deadline),
  });
  if (followed.some((name) => changed.has(name)))
    await addChangeToTell(tx, request.id, after.nextcloudPageAllowed);
  if (changed.has('items')) await changeChecklist(tx, request.id, items);
  if (destinationIds !== undefined) {
    await detachDestinations(tx, request.id, destinationIds);
    await attachDestinations(tx, request.id, destinationIds);
  }
};

/** Whoever is in the other team sees it from the next call on, with what is told of it. */
const moveTo = async (tx: Queryable, requestId: string, teamId: string): Promise<void> => {
  await setRequest(tx, requestId, { teamId });
  await moveNotices(tx, requestId, teamId);
};

/** What was and what is, of all that is short; of the rest that it was changed. */
const told = ({ before, after, changed }: Changing): Record<string, unknown> =>
  Object.fromEntries(
    [...changed].map((name) =>
      ['password', 'instructions', 'fields', 'items'].includes(name)
        ? [name, 'changed']
        : [name, { from: before[name as keyof RequestContent], to: after[name as keyof After] }],
    ),
  );
