import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { destinationModules } from '../importer/destinations/registry.ts';
import { describeKind } from '../importer/ledger/kinds.ts';
import {
  allDestinations,
  checkDestination,
  createDestination,
  type DestinationDesk,
  setPaused,
} from '../importer/ledger/manage-destinations.ts';
import { type CommandContext, withInstallation } from './surroundings.ts';
import { oneWord, parse, UsageError } from './usage.ts';

/** As the audit log names whoever sits at this machine. */
const actor = { name: 'system', teams: 'all' } as const;

const deskOf = ({ intake, destinations }: CommandContext): DestinationDesk => ({
  db: intake.db,
  sealing: intake.sealing,
  modules: destinationModules,
  open: destinations,
});

const marks = { good: 'ok     ', warning: 'warning', problem: 'PROBLEM' };

export const listDestinationsCommand = async (args: string[]): Promise<number> => {
  const { values } = parse(args, { json: { type: 'boolean', default: false } });
  return withInstallation(async (context) => {
    const all = await allDestinations(deskOf(context));
    if (values.json) {
      console.log(JSON.stringify(all, null, 2));
      return 0;
    }
    if (all.length === 0) console.log('There is no destination yet. Make one: uketori destination create');
    for (const { id, name, kind, paused, failing, deliveries } of all) {
      const state = paused
        ? 'paused'
        : failing === null
          ? 'in use'
          : `failing, left alone until ${failing.restsUntil.toISOString()}`;
      console.log(`${id}  ${name} (${kind}), ${state}`);
      const { waiting, delivering, delivered, dead } = deliveries;
      console.log(`  delivered ${delivered}, under way ${delivering}, waiting ${waiting}, given up ${dead}`);
    }
    return 0;
  });
};

/** What each kind wants to be told, as JSON Schema. */
export const listKindsCommand = (args: string[]): Promise<number> => {
  const { positionals } = parse(args, {});
  const [wanted] = positionals;
  if (wanted === undefined) {
    for (const { kind, words } of destinationModules.values())
      console.log(`${kind.padEnd(10)} ${words.title.en}`);
    return Promise.resolve(0);
  }
  const module = destinationModules.get(wanted);
  if (module === undefined)
    throw new UsageError(
      `There is no kind "${wanted}". There are: ${[...destinationModules.keys()].join(', ')}.`,
    );
  console.log(JSON.stringify(describeKind(module), null, 2));
  return Promise.resolve(0);
};

/** Secrets come from a file or from standard input, never from the command line: others can see that. */
export const createDestinationCommand = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, {
    name: { type: 'string' },
    config: { type: 'string', default: '{}' },
    secrets: { type: 'string' },
    concurrent: { type: 'string' },
  });
  const kind = oneWord(positionals, 'kind of destination');
  if (values.concurrent !== undefined && !/^[1-9]\d?$/.test(values.concurrent))
    throw new UsageError('--concurrent is a number of deliveries at once, from 1 to 99.');
  const config = objectIn('--config', values.config, z.record(z.string(), z.unknown()));
  const secrets =
    values.secrets === undefined
      ? undefined
      : objectIn('--secrets', readSecrets(values.secrets), z.record(z.string(), z.string()));
  return withInstallation(async (context) => {
    const made = await createDestination(
      deskOf(context),
      {
        kind,
        name: values.name ?? kind,
        config,
        secrets,
        maxConcurrent: values.concurrent === undefined ? undefined : Number(values.concurrent),
      },
      actor,
    );
    console.log(made.id);
    console.error(
      `${made.name} (${made.kind}) is set up. Look whether it is fit: uketori destination check ${made.id}`,
    );
    return 0;
  });
};

const readSecrets = (path: string): string => {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch {
    throw new UsageError(`--secrets ${path} can't be read. It is a JSON file, or - for standard input.`);
  }
};

const objectIn = <T>(option: string, text: string, schema: z.ZodType<T>): T => {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(
      `${option} is expected to be a JSON object${option === '--secrets' ? ' of texts' : ''}.`,
    );
  }
};

export const checkDestinationCommand = async (args: string[]): Promise<number> => {
  const { values, positionals } = parse(args, { lang: { type: 'string', default: 'en' } });
  const wanted = oneWord(positionals, 'destination (its id or name)');
  return withInstallation(async (context) => {
    const id = await idOf(context, wanted);
    const { fit, findings } = await checkDestination(deskOf(context), id);
    for (const { level, text } of findings)
      console.log(`${marks[level]}  ${values.lang === 'ja' ? text.ja : text.en}`);
    return fit ? 0 : 1;
  });
};

const pausing =
  (paused: boolean) =>
  async (args: string[]): Promise<number> => {
    const { positionals } = parse(args, {});
    const wanted = oneWord(positionals, 'destination (its id or name)');
    return withInstallation(async (context) => {
      await setPaused(deskOf(context), await idOf(context, wanted), paused, actor);
      console.log(paused ? 'Paused: its deliveries wait.' : 'Resumed: what has waited is delivered now.');
      return 0;
    });
  };

export const pauseDestinationCommand = pausing(true);
export const resumeDestinationCommand = pausing(false);

const idOf = async (context: CommandContext, wanted: string): Promise<string> => {
  const all = await allDestinations(deskOf(context));
  const found = all.find(({ id, name }) => id === wanted || name === wanted);
  if (found === undefined)
    throw new UsageError(`There is no destination "${wanted}". See: uketori destination list`);
  return found.id;
};
