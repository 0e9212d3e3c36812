import { beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLog } from '../../../server/lib/log.ts';

/** Handlers that the process would have. */
let handlers: Map<string, (error?: unknown) => void>;
let ends: ReturnType<typeof vi.fn<() => void>>;

/** A fresh copy: whether the process ends is state of the module. */
const freshProcess = () => import('../../../server/start/process.ts');

beforeEach(() => {
  vi.resetModules();
  vi.restoreAllMocks();
  handlers = new Map();
  const keep = (name: string | symbol, handler: () => void) => {
    handlers.set(String(name), handler);
    return process;
  };
  vi.spyOn(process, 'on').mockImplementation(keep);
  vi.spyOn(process, 'once').mockImplementation(keep);
  ends = vi.fn<() => void>();
  vi.spyOn(process, 'exit').mockImplementation(ends as unknown as typeof process.exit);
});

const databaseHasGone = Object.assign(new Error('terminating connection'), { code: '57P01' });

describe('an error that nobody caught', () => {
  test('ends the process', async () => {
    (await freshProcess()).guardProcess(silentLog, () => undefined);
    handlers.get('uncaughtException')?.(new Error('a mistake'));
    expect(ends).toHaveBeenCalledWith(1);
  });

  test('does not when it says that the database has gone', async () => {
    (await freshProcess()).guardProcess(silentLog, () => undefined);
    handlers.get('uncaughtException')?.(databaseHasGone);
    expect(ends).not.toHaveBeenCalled();
  });

  test('does not when the process has been asked to end: it ends in good order', async () => {
    const { guardProcess, onEnd } = await freshProcess();
    guardProcess(silentLog, () => undefined);
    let done = (): void => undefined;
    const end = vi.fn<() => Promise<void>>(
      () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    );
    onEnd(end);
    handlers.get('SIGTERM')?.();
    handlers.get('SIGTERM')?.();
    handlers.get('uncaughtException')?.(new Error('a mistake'));
    expect(end).toHaveBeenCalledOnce();
    expect(ends).not.toHaveBeenCalled();
    done();
    await vi.waitFor(() => expect(ends).toHaveBeenCalledExactlyOnceWith(0));
  });

  test('an end that never comes is cut off after nine seconds', async () => {
    vi.useFakeTimers();
    const { onEnd } = await freshProcess();
    onEnd(() => new Promise(() => undefined));
    handlers.get('SIGTERM')?.();
    await vi.advanceTimersByTimeAsync(8_999);
    expect(ends).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toHaveBeenCalledWith(0);
    vi.useRealTimers();
  });
});
