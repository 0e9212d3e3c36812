import { errorOf, UketoriError } from './problem.ts';

export interface Repeats {
  /** How often the same is asked again where that is safe. 0: never. */
  repeats: number;
  /** Who asks for more patience than this is not asked again. */
  longestPauseMs: number;
}

export interface Question {
  url: URL;
  init: RequestInit;
  /** Whether asking again does nothing twice. */
  repeatable: boolean;
}

/**
 * Asks, and where nothing can be done twice asks again: after a connection that broke, and after a refusal that may pass.
 * @returns the answer, read to its end
 * @throws UketoriError; what `fetch` throws; the reason of the signal
 */
export const ask = async (
  fetcher: typeof fetch,
  { url, init, repeatable }: Question,
  { repeats, longestPauseMs }: Repeats,
): Promise<{ status: number; type: string; bytes: Uint8Array }> => {
  const signal = init.signal ?? undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetcher(url, init);
      if (!response.ok) throw await errorOf(response);
      const type = response.headers.get('content-type') ?? '';
      return { status: response.status, type, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      const pauseMs = (error instanceof UketoriError ? error.retryAfterMs : undefined) ?? 250 * 2 ** attempt;
      const again = repeatable && attempt < repeats && mayPass(error) && pauseMs <= longestPauseMs;
      if (!again || signal?.aborted) throw error;
      await pause(pauseMs, signal);
    }
  }
};

/** What the portal calls `internal` may have been done by half. */
const mayPass = (error: unknown): boolean =>
  error instanceof UketoriError ? error.retry && error.status !== 500 : error instanceof TypeError;

/** @throws the reason of the signal */
export const pause = (durationMs: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, durationMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
