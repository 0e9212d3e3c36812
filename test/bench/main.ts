import { cpus, networkInterfaces } from 'node:os';
import { inspect, parseArgs } from 'node:util';
import { type Bench, type Group, openBench } from './bench.ts';
import { importLarge } from './groups/import-large.ts';
import { importSmall } from './groups/import-small.ts';
import { large } from './groups/large.ts';
import { phone } from './groups/phone.ts';
import { resent } from './groups/resent.ts';
import { sealToDelivered } from './groups/seal-to-delivered.ts';
import { slow } from './groups/slow.ts';
import { small } from './groups/small.ts';
import { ten } from './groups/ten.ts';
import { Processes } from './processes.ts';
import { asTable, type GroupName, groupNames, groupsFor, rowsOf, type Values } from './rows.ts';

/**
 * What the portal costs on top of Nextcloud: ratios within one run, for times mean nothing on another machine.
 *   npm run bench -- [--only large,small,ten,slow,resent,import-small,import-large,seal-to-delivered,phone] [--rounds 3] [--quick]
 *   npm run --silent bench -- --json > result.json
 * Measured is the portal as it is built, against the Nextcloud that NEXTCLOUD_URL, NEXTCLOUD_USER and
 * NEXTCLOUD_APP_PASSWORD name (an app password, not the login's), or else against the stand-in. A bar that is missed
 * is a result; what breaks, or arrives changed, makes the exit code 1. Whatever was made is removed at the end.
 * About 7 GB must be free where Nextcloud stores, and 2 GB in the temporary folder. Linux only: it reads /proc.
 */

const groups: Record<GroupName, Group> = {
  large,
  small,
  ten,
  slow,
  resent,
  'import-small': importSmall,
  'import-large': importLarge,
  'seal-to-delivered': sealToDelivered,
  phone,
};

interface Options {
  only: GroupName[];
  rounds: number;
  quick: boolean;
  json: boolean;
}

const readOptions = (): Options => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { quick, json } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: expected a whole number from 1');
  const only = values.only === undefined ? [...groupNames] : groupsFor(values.only.split(','));
  return { only, rounds, quick, json };
};

/** Runs group after group; one that breaks doesn't keep the others from being measured. */
const measure = async (bench: Bench, names: readonly GroupName[]): Promise<Values> => {
  const values: Values = {};
  for (const name of names) {
    try {
      Object.assign(values, await groups[name](bench));
    } catch (error) {
      if (bench.processes.stopped !== undefined) throw error;
      process.exitCode = 1;
      bench.say(`${name} broke: ${inspect(error)}`);
    }
  }
  return values;
};

const isOnThisMachine = (url: string): boolean => {
  const hostname = new URL(url).hostname.replaceAll(/[[\]]/g, '');
  const own = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  return hostname === 'localhost' || own.includes(hostname);
};

/** What figures depend on, besides the portal. */
const surroundings = (bench: Bench): string => {
  const [cpu] = cpus();
  const where = isOnThisMachine(bench.cloud.url) ? 'on this machine' : 'on another machine';
  const how = bench.quick ? 'QUICK: SMALL SIZES, NO MEASUREMENT' : `medians of ${bench.rounds} rounds`;
  return `${bench.server}, ${where}; ${cpus().length} × ${cpu?.model ?? 'processor'}; node ${process.version}; ${how}`;
};

const report = (bench: Bench, values: Values, json: boolean): void => {
  const rows = rowsOf(values);
  if (!json) {
    console.log(`${surroundings(bench)}\n\n${asTable(rows)}`);
    return;
  }
  const server = bench.quick ? `${bench.server} (quick: no measurement)` : bench.server;
  console.log(JSON.stringify({ server, rows }));
};

const main = async (): Promise<void> => {
  const options = readOptions();
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: it runs on Linux only');
  const processes = new Processes();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      process.exitCode = 130;
      processes.stop(`${signal}: cleaning up`);
    });
  const bench = await openBench(options, processes);
  try {
    bench.say(surroundings(bench));
    report(bench, await measure(bench, options.only), options.json);
  } finally {
    for (const problem of await bench.close()) {
      process.exitCode ??= 1;
      bench.say(`not cleaned up: ${problem}`);
    }
  }
};

try {
  await main();
} catch (error) {
  process.exitCode ??= 1;
  console.error(error instanceof Error ? error.message : error);
}
