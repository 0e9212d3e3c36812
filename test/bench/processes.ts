import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FromChild, Task, ToChild } from './children/serve.ts';

const endLimitMs = 15_000;

/** The processes of one run. */
export class Processes {
  readonly #running = new Set<ChildProcess>();
  #stopped: string | undefined;

  /** Why the run was given up, if it was. */
  get stopped(): string | undefined {
    return this.#stopped;
  }

  /** @param options `lasting`: not killed when the run is given up, because it is needed to clean up */
  fork(script: string, args: string[], options: ForkOptions & { lasting?: boolean } = {}): ChildProcess {
    if (this.#stopped !== undefined) throw new Error(this.#stopped);
    const child = fork(script, args, options);
    child.once('error', () => undefined);
    if (options.lasting !== true) {
      this.#running.add(child);
      child.once('exit', () => this.#running.delete(child));
    }
    return child;
  }

  /** Gives the run up: kills what runs, so that whoever waits for it fails, and lets nothing new begin. */
  stop(why: string): void {
    this.#stopped ??= why;
    for (const child of this.#running) child.kill('SIGKILL');
  }
}

/** Ends a child by SIGTERM, and by force when it takes too long. */
export const endProcess = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  const timer = new AbortController();
  const late = delay(endLimitMs, 'late', { signal: timer.signal }).catch(() => undefined);
  if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
  await ended;
  timer.abort();
};

/** A script of `children/` that has prepared itself, and does its job when it is told to. */
export interface Child<T extends Task> {
  readonly told: T['told'];
  /** @param onMark hears how far it has got @throws Error with the child's words, or when it ends */
  go(onMark?: (mark: string) => void): Promise<T['result']>;
  end(): Promise<void>;
}

/** Starts one and waits until it is prepared. @throws Error with the child's words, or when it ends */
export const startChild = async <T extends Task>(
  processes: Processes,
  name: string,
  job: T['job'],
  options: { lasting?: boolean } = {},
): Promise<Child<T>> => {
  const child = processes.fork(join(import.meta.dirname, 'children', `${name}.ts`), [], {
    ...options,
    execArgv: ['--import', import.meta.resolve('tsx')],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ask = (message: ToChild, onMark?: (mark: string) => void) =>
    new Promise<unknown>((resolve, reject) => {
      const settle = (act: () => void) => {
        child.off('message', hear);
        child.off('exit', gone);
        act();
      };
      const gone = () => settle(() => reject(new Error(processes.stopped ?? `${name} has ended`)));
      const hear = (said: FromChild) => {
        if ('mark' in said) onMark?.(said.mark);
        else if ('failed' in said) settle(() => reject(new Error(`${name}: ${said.failed}`)));
        else settle(() => resolve(said.done));
      };
      child.on('message', hear);
      child.once('exit', gone);
      if (child.connected) child.send(message);
      else gone();
    });
  try {
    const told = await ask({ job });
    return { told, go: (onMark) => ask({ go: true }, onMark), end: () => endProcess(child) };
  } catch (error) {
    await endProcess(child);
    throw error;
  }
};
