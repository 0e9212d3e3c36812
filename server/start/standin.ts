import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/config.ts';
import { StartError, standinDir, standinPort } from './surroundings.ts';

/** Starts the demo's stand-in for Nextcloud, a process of its own on loopback. @throws StartError */
export const startStandin = async (config: Config): Promise<ChildProcess> => {
  const path = fileURLToPath(
    new URL(`../../test/standins/nextcloud/main${extname(import.meta.url)}`, import.meta.url),
  );
  const child = fork(path, ['--root', standinDir(config), '--port', String(standinPort(config))], {
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  const { stdout } = child;
  if (stdout === null) throw new StartError('The stand-in for Nextcloud has no output.');
  await new Promise<void>((resolve, reject) => {
    createInterface(stdout).once('line', () => resolve());
    child.once('exit', () =>
      reject(
        new StartError(
          `The stand-in for Nextcloud could not start. Is port ${standinPort(config)} taken? It uses the one after PORT.`,
        ),
      ),
    );
  });
  return child;
};
