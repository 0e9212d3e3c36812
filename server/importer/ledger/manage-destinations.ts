import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Database } from '../../../db/client.ts';
import { isUniqueViolation } from '../../../db/errors.ts';
import { recordAudit } from '../../../db/queries/audit.ts';
import { recordWell } from '../../../db/queries/destination-guards.ts';
import {
  addDestination,
  changeDestination,
  findDestination,
  listDestinations,
  pauseDestination,
  removeDestination,
  resumeDestination,
} from '../../../db/queries/destinations.ts';
import type { AuditAction } from '../../../db/schema/index.ts';
import { Failure, isFailure } from '../../lib/failure.ts';
import type { Sealing } from '../../lib/sealing.ts';
import type { Words } from '../../lib/words.ts';
import type { CheckResult, DestinationModule } from '../destinations/destination.ts';
import type { OpenDestinations } from '../open-destinations.ts';
import type { LedgerActor } from './actor.ts';
import { problemsWith } from './rule-words.ts';

/** What managing destinations needs. */
export interface DestinationDesk {
  db: Database;
  sealing: Sealing;
  modules: ReadonlyMap<string, DestinationModule>;
  open: Pick<OpenDestinations, 'of' | 'tryOut'>;
}

export interface DestinationInput {
  kind: string;
  name: string;
  config: Record<string, unknown>;
  /** Replaces all of them; left out in a change: they stay. */
  secrets?: Record<string, string> | undefined;
  /** In a change: replaces these, and the others stay. */
  someSecrets?: Record<string, string> | undefined;
  /** In a change: takes these away, unless they are given anew. */
  removedSecrets?: readonly string[] | undefined;
  maxConcurrent?: number | undefined;
}

type Row = NonNullable<Awaited<ReturnType<typeof findDestination>>>;
type Counts = Awaited<ReturnType<typeof listDestinations>>[number]['counts'];

/** A destination as staff see it: which secrets it has, never what they are. */
export const describeDestination = (desk: DestinationDesk, row: Row, counts: Counts = {}) => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  config: row.config,
  secrets: Object.keys(openSecrets(desk.sealing, row.id, row.secretsSealed)),
  maxConcurrent: row.maxConcurrent,
  paused: row.pausedAt !== null,
  failing: row.restsUntil === null || row.restsUntil <= new Date() ? null : { restsUntil: row.restsUntil },
  createdAt: row.createdAt,
  deliveries: { waiting: 0, delivering: 0, delivered: 0, dead: 0, ...counts },
});

export type DescribedDestination = ReturnType<typeof describeDestination>;

export const allDestinations = async (desk: DestinationDesk): Promise<DescribedDestination[]> =>
  (await listDestinations(desk.db)).map(({ row, counts }) => describeDestination(desk, row, counts));

/** @throws Failure `destination.invalid` */
const requireConcurrent = (count: number): number => {
  if (Number.isInteger(count) && count >= 1 && count <= 64) return count;
  throw unfit([
    { en: 'maxConcurrent: a whole number, 1 to 64', ja: '同時に引き渡す数: 1～64の整数を入力してください' },
  ]);
};

const unfit = (problems: readonly Words[]): Failure =>
  new Failure('destination.invalid', {
    params: {
      problems: problems.map(({ en }) => en).join('; '),
      problemsJa: problems.map(({ ja }) => ja).join('／'),
    },
  });

/** @throws Failure `not-found` */
export const requireDestination = async (desk: DestinationDesk, id: string): Promise<Row> => {
  const row = await findDestination(desk.db, id);
  if (row === undefined) throw new Failure('not-found');
  return row;
};

/** @throws Failure `destination.invalid` that names what does not fit, `destination.name-taken` */
export const createDestination = async (
  desk: DestinationDesk,
  input: DestinationInput,
  actor: LedgerActor,
): Promise<DescribedDestination> => {
  const config = await requireFit(desk, input.kind, input.config, input.secrets ?? {});
  const name = requireName(input.name);
  return desk.db.transaction(async (tx) => {
    const row = await addDestination(tx, {
      kind: input.kind,
      name,
      config,
      ...(input.maxConcurrent !== undefined && { maxConcurrent: requireConcurrent(input.maxConcurrent) }),
    });
    if (row === undefined) throw new Failure('destination.name-taken', { params: { name } });
    const sealed = sealSecrets(desk.sealing, row.id, input.secrets);
    const made = sealed === undefined ? row : await changeDestination(tx, row.id, { secretsSealed: sealed });
    await audit(tx, 'destination.created', row.id, actor, { kind: input.kind, name });
    return describeDestination(desk, made ?? row);
  });
};

/** @throws Failure `not-found`, `destination.invalid`, `destination.name-taken` */
export const updateDestination = async (
  desk: DestinationDesk,
  id: string,
  input: Partial<Omit<DestinationInput, 'kind'>>,
  actor: LedgerActor,
): Promise<DescribedDestination> => {
  const row = await requireDestination(desk, id);
  const { someSecrets = {}, removedSecrets = [] } = input;
  const kept =
    input.secrets === undefined
      ? without(openSecrets(desk.sealing, id, row.secretsSealed), [
          ...Object.keys(someSecrets),
          ...removedSecrets,
        ])
      : {};
  const secrets = { ...kept, ...(input.secrets ?? someSecrets) };
  const config = await requireFit(desk, row.kind, input.config ?? row.config, secrets);
  requireSameAddress(desk, row, config, Object.keys(kept));
  const name = input.name === undefined ? row.name : requireName(input.name);
  const sealed = sealSecrets(desk.sealing, id, secrets);
  return desk.db.transaction(async (tx) => {
    const changed = await changeDestination(tx, id, {
      // Always both: beside another change, secrets could else end up with an address that they were not given for.
      config,
      secretsSealed: sealed ?? null,
      name,
      ...(input.maxConcurrent !== undefined && { maxConcurrent: requireConcurrent(input.maxConcurrent) }),
    }).catch((error: unknown) => {
      if (isUniqueViolation(error)) throw new Failure('destination.name-taken', { params: { name } });
      throw error;
    });
    if (changed === undefined) throw new Failure('not-found');
    await audit(tx, 'destination.changed', id, actor, { changed: Object.keys(input) });
    return describeDestination(desk, changed);
  });
};

/** @throws Failure `not-found` */
export const setPaused = (
  desk: DestinationDesk,
  id: string,
  paused: boolean,
  actor: LedgerActor,
): Promise<void> =>
  desk.db.transaction(async (tx) => {
    if ((await findDestination(tx, id)) === undefined) throw new Failure('not-found');
    const changed = paused ? await pauseDestination(tx, id) : await resumeDestination(tx, id);
    if (changed) await audit(tx, paused ? 'destination.paused' : 'destination.resumed', id, actor);
  });

/**
 * @throws Failure `not-found`; `destination.in-use` while a request uses it that is open or still being sent to,
 * `destination.busy` while deliveries to it are not over: `params.count` says how many
 */
export const dropDestination = (desk: DestinationDesk, id: string, actor: LedgerActor): Promise<void> =>
  desk.db.transaction(async (tx) => {
    const outcome = await removeDestination(tx, id);
    if (outcome === 'absent') throw new Failure('not-found');
    if (outcome !== 'removed')
      throw outcome.requests.length > 0
        ? new Failure('destination.in-use', { params: { count: outcome.requests.length } })
        : new Failure('destination.busy', { params: { count: outcome.waiting } });
    await audit(tx, 'destination.removed', id, actor);
  });

/** Looks whether deliveries would succeed. What can't even be opened is a finding too. @throws Failure `not-found` */
export const checkDestination = async (
  desk: DestinationDesk,
  id: string,
  signal?: AbortSignal,
): Promise<CheckResult> => {
  const row = await requireDestination(desk, id);
  try {
    const result = await desk.open.of(row).check(signal);
    // Mended, as far as can be told: what waits for it need not wait out its rest.
    if (result.fit) await recordWell(desk.db, id);
    return result;
  } catch (error) {
    if (!isFailure(error)) throw error;
    const why = JSON.stringify(error.details.problems ?? error.code);
    const text = {
      en: `It can't be looked at as it is set up: ${why}.`,
      ja: `この設定では確認できません：${why}`,
    };
    return { fit: false, findings: [{ level: 'problem', text }] };
  }
};

/** For what the secrets of a destination are sealed: another's can't be put in their place. */
const contextOf = (destinationId: string): string => `destination:${destinationId}`;

export const openSecrets = (
  sealing: Sealing,
  destinationId: string,
  secretsSealed: string | null,
): Record<string, string> =>
  secretsSealed === null
    ? {}
    : (JSON.parse(sealing.open(secretsSealed, contextOf(destinationId))) as Record<string, string>);

const without = (secrets: Record<string, string>, keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).filter(([key]) => !keys.includes(key)));

/** @returns undefined when there are none */
export const sealSecrets = (
  sealing: Sealing,
  destinationId: string,
  secrets: Record<string, string> | undefined,
): string | undefined =>
  secrets === undefined || Object.keys(secrets).length === 0
    ? undefined
    : sealing.seal(JSON.stringify(secrets), contextOf(destinationId));

/** @returns the configuration with its defaults written out, so that a later version's change nothing */
const requireFit = async (
  desk: DestinationDesk,
  kind: string,
  config: Record<string, unknown>,
  secrets: Record<string, string>,
): Promise<Record<string, unknown>> => {
  const { modules } = desk;
  const module = modules.get(kind);
  if (module === undefined)
    throw unfit([
      { en: `kind: ${[...modules.keys()].join(', ')}`, ja: `種類: ${[...modules.keys()].join('、')}` },
    ]);
  const { settings } = module.words;
  const problems = [
    ...unknownKeys(module, config).map((key) => ({
      en: `config.${key}: not known`,
      ja: `${key}: 不明な項目です`,
    })),
    ...problemsWith(module.configSchema, config, 'config', settings),
    ...problemsWith(module.secretsSchema, secrets, 'secrets', settings),
  ];
  if (problems.length > 0) throw unfit(problems);
  const whole = module.configSchema.parse(config) as Record<string, unknown>;
  await desk.open.tryOut({ kind, config: whole, secrets }).catch((error: unknown) => {
    if (!isFailure(error)) throw error;
    const found = error.details.problems;
    const text = Array.isArray(found) ? found.join('; ') : error.code;
    throw unfit([{ en: text, ja: text }]);
  });
  return whole;
};

/**
 * Secrets that are kept go where they went when they were given: else whoever may change a destination could have them sent
 * to a server of theirs.
 * @throws Failure `destination.invalid`
 */
const requireSameAddress = (
  { modules }: DestinationDesk,
  row: Row,
  config: Record<string, unknown>,
  kept: readonly string[],
): void => {
  const module = modules.get(row.kind);
  const before = (module?.configSchema.safeParse(row.config).data ?? row.config) as Record<string, unknown>;
  const changed = module?.secretsGoTo.filter((key) => !isDeepStrictEqual(before[key], config[key])) ?? [];
  if (changed.length === 0 || kept.length === 0) return;
  const labelOf = (key: string): string => module?.words.settings[key]?.label.ja ?? key;
  throw unfit(
    changed.map((key) => ({
      en: `secrets: to be given again when ${key} changes: ${kept.join(', ')}`,
      ja: `「${labelOf(key)}」を変更する場合は、認証情報を入力し直してください: ${kept.map(labelOf).join('、')}`,
    })),
  );
};

const unknownKeys = ({ configSchema }: DestinationModule, config: Record<string, unknown>): string[] => {
  const { properties } = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  return properties === undefined ? [] : Object.keys(config).filter((key) => !(key in properties));
};

const requireName = (name: string): string => {
  const clean = name.trim();
  if (clean === '' || clean.length > 100)
    throw unfit([{ en: 'name: 1 to 100 characters', ja: '名前: 1～100文字で入力してください' }]);
  return clean;
};

const audit = (
  tx: Parameters<typeof recordAudit>[0],
  action: AuditAction,
  subject: string,
  actor: LedgerActor,
  details: Record<string, unknown> = {},
): Promise<void> => recordAudit(tx, { actor: actor.name, action, subject, address: actor.address, details });
