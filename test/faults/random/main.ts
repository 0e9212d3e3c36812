import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runRandomFaults, type Summary } from './run.ts';

/**
 * Many uploads and a random schedule of faults; at the end everything that was acknowledged must be there, once, and
 * nothing else may be left.
 *   npm run faults -- [--seed 1] [--minutes 3] [--clients 10] [--logs FOLDER]
 *   npm run --silent faults -- --json > result.json
 * Against the stand-in, or the Nextcloud that NEXTCLOUD_URL, NEXTCLOUD_USER and NEXTCLOUD_APP_PASSWORD name (one share
 * is made, in a folder of its own, which is removed at the end). What happens is told on standard error; what the
 * portals and the way to Nextcloud have logged goes to the folder, if one is named. The exit code is 1 when something
 * was found. A seed decides what clients send and which faults come when; what they meet is up to
 * the machine.
 */

interface Options {
  seed: number;
  minutes: number;
  clients: number;
  json: boolean;
  logs: string | undefined;
}

const readOptions = (): Options => {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '3' },
      clients: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      logs: { type: 'string' },
    },
  });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const minutes = Number(values.minutes);
  const clients = Number(values.clients);
  if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed: expected a whole number from 0');
  if (!(minutes >= 1.5)) throw new Error('--minutes: expected a number from 1.5');
  if (!Number.isInteger(clients) || clients < 1) throw new Error('--clients: expected a whole number from 1');
  return { seed, minutes, clients, json: values.json, logs: values.logs };
};

const leastEndMs = 60_000;
/** Beyond what it should take: a client that is not done then never will be. */
const moreMs = 4 * 60_000;

const tableOf = (summary: Summary): string => {
  const { findings, faults, ...values } = summary;
  const rows = Object.entries(values).map(([name, value]) => `${name.padEnd(22)} ${String(value)}`);
  const kinds = Object.entries(faults).map(([name, count]) => `  ${name.padEnd(20)} ${count}`);
  const found = findings.map(({ what, atSeconds, times }) => `  ${atSeconds} s, ${times} times: ${what}`);
  return [...rows, 'faults', ...kinds, `findings               ${findings.length}`, ...found].join('\n');
};

const main = async (): Promise<void> => {
  const { seed, minutes, clients, json, logs } = readOptions();
  const endMs = Math.max(leastEndMs, (minutes * 60_000) / 4);
  const given = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => given.abort(new Error(`${signal}: cleaning up`)));
  const summary = await runRandomFaults({
    seed,
    faultsMs: minutes * 60_000 - endMs,
    endMs: endMs + moreMs,
    clients,
    environment: process.env,
    write: (line) => console.error(line),
    signal: given.signal,
    logs,
  });
  console.log(json ? JSON.stringify(summary, null, 2) : tableOf(summary));
  process.exitCode = summary.findings.length > 0 ? 1 : 0;
};

try {
  await main();
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
}
