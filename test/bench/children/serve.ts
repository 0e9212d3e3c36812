import { inspect } from 'node:util';

/** What passes between the bench and one kind of child. */
export interface Task {
  job: unknown;
  /** What it says when it is prepared. */
  told: unknown;
  result: unknown;
}

export type ToChild = { job: unknown } | { go: true };
/** `done`: the answer to what it was sent last. */
export type FromChild = { mark: string } | { done: unknown } | { failed: string };

export interface Prepared<T extends Task> {
  told: T['told'];
  /** Each time that the bench says go. */
  run(mark: (name: string) => void): Promise<T['result']>;
  /** Before the process ends. */
  close?(): Promise<unknown>;
}

/**
 * What a child does: prepares itself for its job, and runs it when it is told to, so that nothing is timed but the
 * job. It ends with the bench.
 */
export const serveBench = <T extends Task>(prepare: (job: T['job']) => Promise<Prepared<T>>): void => {
  const say = (message: FromChild) => process.send?.(message);
  let prepared: Prepared<T> | undefined;
  const answer = async (message: ToChild): Promise<void> => {
    if ('job' in message) prepared = await prepare(message.job);
    const done = 'job' in message ? prepared?.told : await prepared?.run((mark) => say({ mark }));
    say({ done });
  };
  const end = () => void (prepared?.close?.() ?? Promise.resolve()).finally(() => process.exit());
  process.on('message', (message: ToChild) => {
    answer(message).catch((error: unknown) => {
      say({ failed: inspect(error) });
    });
  });
  // Ctrl-C reaches the whole group; the bench decides when its children go.
  process.on('SIGINT', () => undefined);
  process.once('SIGTERM', end);
  process.once('disconnect', end);
};

/** Does a task for every item, so many at a time. */
export const inParallel = async <T>(
  items: readonly T[],
  atOnce: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> => {
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) await task(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};
