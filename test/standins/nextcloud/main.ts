import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StandinUser } from './options.ts';
import { startStandin } from './standin.ts';

/**
 * The stand-in as a process of its own, for the demo: `--root <folder>` and `--port <number>`. Prints one line of JSON
 * when it is ready, `{ready, url, root, users: [{id, loginPassword, appPassword, admin}]}`, and ends when its standard
 * input or its IPC channel does, or on SIGTERM. It has no control: nothing that it is sent can cause a fault.
 */
const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { root: { type: 'string' }, port: { type: 'string', default: '0' } },
  });
  if (values.root === undefined) throw new Error('--root is missing');
  const users = credentialsIn(values.root);
  const { url, root, close } = await startStandin({ root: values.root, port: Number(values.port), users });
  endWithParent(close);
  console.log(JSON.stringify({ ready: true, url, root, users }));
};

/** The same accounts and passwords on every start. */
const credentialsIn = (root: string): StandinUser[] => {
  const path = join(root, 'credentials.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StandinUser[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const users: StandinUser[] = [
    { id: 'uketori', displayName: 'Uketori demo', ...newPasswords() },
    { id: 'admin', displayName: 'Admin', admin: true, groups: ['admin'], ...newPasswords() },
  ];
  mkdirSync(root, { recursive: true });
  writeFileSync(path, JSON.stringify(users), { mode: 0o600 });
  return users;
};

const newPasswords = (): Pick<StandinUser, 'loginPassword' | 'appPassword'> => ({
  loginPassword: randomBytes(15).toString('base64url'),
  appPassword: randomBytes(54).toString('hex').slice(0, 72),
});

const endWithParent = (close: () => Promise<void>): void => {
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending ??= close().finally(() => process.exit());
  };
  process.once('SIGTERM', end);
  // Ctrl-C reaches the whole group; the parent decides when its children go.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', end);
  process.stdin.once('end', end).once('close', end).resume();
};

await main();
