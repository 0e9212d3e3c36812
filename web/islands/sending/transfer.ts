import { DetailedError, Upload } from 'tus-js-client/lib/browser/index.js';
import type { SendSetup } from '../../components/send/setup.ts';
import { nameOf, type Traits, uploadIdOf } from '../../sending/paths.ts';
import { type Problem, problemFrom } from '../../sending/reply.ts';
import { isWorthRetrying, retryDelaysMs } from '../../sending/retry.ts';
import type { Opened } from '../../sending/status.ts';
import type { Told } from './hashing.ts';

export interface TransferEvents {
  /** The portal has given it an id, by which it can be gone on with. */
  onNamed(uploadId: string): void;
  onProgress(sentBytes: number): void;
  /** Every byte is acknowledged. */
  onArrived(): void;
  /** An attempt failed; the next comes by itself. */
  onInterrupted(problem: Problem): void;
  /** It does not go on by itself. */
  onFailed(problem: Problem): void;
}

/** One file on its way. */
export interface Transfer {
  pause(): void;
  resume(): void;
  /** Drops the connection and goes on from where the server stands. */
  nudge(): void;
  /** Ends it here. @returns the upload that it has begun, as soon as that is known */
  cancel(): Promise<string | undefined>;
}

interface Run {
  /** Nothing has been asked of the server yet. */
  preparing: boolean;
  readonly setup: SendSetup;
  readonly events: TransferEvents;
  readonly endpoint: string;
  /** The request that makes the upload is out: until it is answered, the upload's address is not known. */
  creating: boolean;
  ending: 'pause' | 'cancel' | undefined;
  startedOver: boolean;
  /** Hears which upload a cancelled one had begun. */
  stopped(uploadId?: string): void;
}

/** What is sent. */
export interface Outgoing {
  file: File;
  traits: Traits;
  /** Waited for. */
  told: Promise<Told>;
  /** The upload that an earlier attempt or visit began. */
  uploadId: string | undefined;
}

/** Sends a file, and goes on through whatever may pass. Begins where an earlier attempt ended, if there was one. */
export const startTransfer = (
  setup: SendSetup,
  opened: Opened,
  { file, traits, told, uploadId }: Outgoing,
  events: TransferEvents,
): Transfer => {
  const endpoint = new URL(setup.uploadsPath, location.href).href;
  const run: Run = {
    preparing: true,
    setup,
    events,
    endpoint,
    creating: false,
    ending: undefined,
    startedOver: false,
    stopped: () => undefined,
  };
  const upload = new Upload(file, {
    endpoint,
    headers: { Authorization: `Bearer ${opened.credential}` },
    metadata: metadataOf(traits),
    // The portal remembers what was begun.
    storeFingerprintForResuming: false,
    retryDelays: [...retryDelaysMs],
    onBeforeRequest: (request) => {
      run.creating = request.getMethod() === 'POST';
    },
    onUploadUrlAvailable: () => gotAddress(run, upload),
    onShouldRetry: (error) => shouldRetry(run, error),
    onProgress: (sentBytes) => events.onProgress(sentBytes),
    onSuccess: () => events.onArrived(),
    onError: (error) => gaveUp(run, upload, error),
  });
  if (uploadId !== undefined) {
    upload.url = `${endpoint}/${encodeURIComponent(uploadId)}`;
    upload.options.endpoint = null;
  }
  void prepare(run, upload, told);
  return controlsOf(run, upload);
};

const controlsOf = (run: Run, upload: Upload): Transfer => ({
  pause() {
    run.ending = 'pause';
    // While the upload is being made it can't be named: it is stopped as soon as its address is known.
    if (!run.creating) void upload.abort().catch(() => undefined);
  },
  cancel() {
    run.ending = 'cancel';
    if (run.creating)
      return new Promise((resolve) => {
        run.stopped = resolve;
      });
    void upload.abort().catch(() => undefined);
    return Promise.resolve(upload.url === null ? undefined : uploadIdOf(upload.url));
  },
  resume() {
    if (run.ending !== 'pause') return;
    run.ending = undefined;
    if (!run.creating && !run.preparing) begin(run, upload);
  },
  nudge() {
    if (run.ending !== undefined || run.preparing) return;
    void upload.abort().then(() => begin(run, upload));
  },
});

const prepare = async (run: Run, upload: Upload, told: Promise<Told>): Promise<void> => {
  for (const [name, value] of Object.entries(await told))
    if (value !== undefined) upload.options.metadata = { ...upload.options.metadata, [name]: value };
  run.preparing = false;
  if (run.ending === undefined) begin(run, upload);
};

const begin = (run: Run, upload: Upload): void => {
  run.creating = upload.url === null;
  upload.start();
};

const gotAddress = (run: Run, upload: Upload): void => {
  run.creating = false;
  // Without this, tus-js-client begins a second upload whenever asking for the offset is answered with an error, a
  // 503 of a restart included: what has been sent would be lost, and the file be there twice.
  upload.options.endpoint = null;
  const uploadId = upload.url === null ? undefined : uploadIdOf(upload.url);
  if (uploadId !== undefined) run.events.onNamed(uploadId);
  if (run.ending === undefined) return;
  void upload.abort().catch(() => undefined);
  run.stopped(uploadId);
};

const shouldRetry = (run: Run, error: Error): boolean => {
  run.creating = false;
  const problem = problemOf(run, error);
  if (run.ending !== undefined || !isWorthRetrying(problem.status, problem.code)) return false;
  run.events.onInterrupted(problem);
  return true;
};

const gaveUp = (run: Run, upload: Upload, error: Error): void => {
  run.creating = false;
  if (run.ending !== undefined) {
    run.stopped();
    return;
  }
  const problem = problemOf(run, error);
  if (problem.code === 'upload.complete') {
    run.events.onArrived();
    return;
  }
  const isGone = upload.url !== null && (problem.status === 404 || problem.status === 410);
  if (!isGone || problem.code === 'upload.lost' || problem.code === 'request.closed' || run.startedOver) {
    run.events.onFailed(problem);
    return;
  }
  run.startedOver = true;
  upload.url = null;
  upload.options.endpoint = run.endpoint;
  begin(run, upload);
};

const problemOf = ({ setup }: Run, error: Error): Problem => {
  // tus reports trouble with the file itself, before any request, as a plain error.
  if (!(error instanceof DetailedError))
    return { code: '', words: setup.messages.rule.unreadable, status: 0 };
  const response = error.originalResponse;
  return problemFrom(response?.getStatus() ?? 0, response?.getBody() ?? '', {
    failureWords: setup.failureWords,
    unreachable: setup.messages.unreachable,
    internal: setup.messages.internal,
  });
};

const metadataOf = (traits: Traits): Record<string, string> => ({
  filename: nameOf(traits.path),
  ...(traits.path.includes('/') ? { relativePath: traits.path } : {}),
  ...(traits.type === '' ? {} : { filetype: traits.type }),
  ...(traits.slot === undefined ? {} : { item: traits.slot }),
  lastModified: String(traits.modifiedMs),
});
