import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../lib/log.ts';
import type { ChildMessage } from './process.ts';
import { StartError } from './surroundings.ts';

/** A process of ours that is started again when it ends by itself. */
export interface Child {
  stop(limitMs: number): Promise<void>;
}

const longestPauseMs = 30_000;
const steadyAfterMs = 60_000;

/** `server/main.ts`, or what it was compiled to. */
const mainPath = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));

/**
 * Starts `main <role>` and resolves when it is ready.
 * @throws StartError with its words when it can't start the first time
 */
export const keepChild = async (role: 'portal' | 'importer', log: Log): Promise<Child> => {
  let stopping = false;
  let pauseMs = 500;
  let current = start(role);
  await ready(current);

  const watch = (child: ChildProcess): void => {
    const startedMs = Date.now();
    child.once('exit', (code, signal) => {
      if (stopping) return;
      pauseMs = Date.now() - startedMs > steadyAfterMs ? 500 : Math.min(pauseMs * 2, longestPauseMs);
      log.error(
        { child: role, code, signal, againInMs: pauseMs },
        'a process ended by itself; it is started again',
      );
      setTimeout(() => {
        if (stopping) return;
        current = start(role);
        watch(current);
      }, pauseMs);
    });
  };
  watch(current);

  return {
    async stop(limitMs) {
      stopping = true;
      await endProcess(current, limitMs);
    },
  };
};

const start = (role: string): ChildProcess =>
  fork(mainPath, [role], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if ('ready' in message) resolve();
      else reject(new StartError(message.failed));
    });
    child.once('exit', (code) =>
      reject(new StartError(`A process ended before it was ready (exit code ${code}).`)),
    );
  });

/** Asks a process to end, and ends it when it has not after a while. */
export const endProcess = (child: ChildProcess, limitMs: number): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
