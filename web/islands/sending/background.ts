/** What the page asks of its worker (`islands/background.ts`). */
export interface BackgroundTask {
  id: number;
  kind: 'hash' | 'fingerprint' | 'picture';
  file: File;
}

export interface BackgroundAnswer {
  id: number;
  /** A hash, a small picture, or nothing: the file can't be read, or is no picture. */
  result: string | Blob | undefined;
}

export const pieceBytes = 1024 * 1024;
/** Pixels of a small picture's sides: sharp at 48 on a phone's screen. */
export const pictureEdge = 144;

/** Work beside the page. Whatever goes wrong, also with the worker itself, is `undefined`: nothing depends on it. */
export interface Background {
  /** SHA-256, in hexadecimal digits. */
  hash(file: File): Promise<string | undefined>;
  /** Of samples of it, quickly even where it is large: in hexadecimal digits. */
  fingerprint(file: File): Promise<string | undefined>;
  /** An object URL of a small picture; whoever asked revokes it. */
  picture(file: File): Promise<string | undefined>;
}

/** The worker starts with the first task. @param address of its script */
export const createBackground = (address: string | undefined): Background => {
  const waiting = new Map<number, (result: BackgroundAnswer['result']) => void>();
  let worker: Worker | undefined;
  let lastId = 0;
  let isBroken = address === undefined;

  const breakDown = () => {
    isBroken = true;
    worker?.terminate();
    for (const answer of waiting.values()) answer(undefined);
    waiting.clear();
  };
  const spawn = (path: string): Worker => {
    const spawned = new Worker(path);
    spawned.addEventListener('error', breakDown);
    spawned.addEventListener('message', ({ data }: MessageEvent<BackgroundAnswer>) => {
      waiting.get(data.id)?.(data.result);
      waiting.delete(data.id);
    });
    return spawned;
  };
  const ask = (kind: BackgroundTask['kind'], file: File): Promise<BackgroundAnswer['result']> =>
    new Promise((resolve) => {
      if (isBroken || address === undefined) {
        resolve(undefined);
        return;
      }
      try {
        worker ??= spawn(address);
        lastId += 1;
        waiting.set(lastId, resolve);
        worker.postMessage({ id: lastId, kind, file } satisfies BackgroundTask, []);
      } catch {
        breakDown();
      }
    });

  const askForText = async (kind: BackgroundTask['kind'], file: File): Promise<string | undefined> => {
    const result = await ask(kind, file);
    return typeof result === 'string' ? result : undefined;
  };

  return {
    hash: (file) => askForText('hash', file),
    fingerprint: (file) => askForText('fingerprint', file),
    async picture(file) {
      const result = await ask('picture', file);
      return result instanceof Blob ? URL.createObjectURL(result) : undefined;
    },
  };
};
