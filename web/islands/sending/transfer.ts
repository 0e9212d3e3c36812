import { DetailedError, Upload } from 'tus-js-client/lib/browser/index.js';
import type { SendSetup } from '../../components/send/setup.ts';
import { fingerprint, nameOf, type Traits, uploadIdOf } from '../../sending/paths.ts';
import { type Problem, problemFrom } from '../../sending/reply.ts';
import { isWorthRetrying, retryDelaysMs } from '../../sending/retry.ts';
import type { Opened } from './api.ts';

export interface TransferEvents {
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
  /** Ends it here and on the server. */
  cancel(): void;
  /** Undefined until the server has given it one. */
  uploadId(): string | undefined;
}

export const startTransfer = (
  setup: SendSetup,
  opened: Opened,
  file: File,
  traits: Traits,
  events: TransferEvents,
): Transfer => {
  const endpoint = new URL(setup.uploadsPath, location.href).href;
  let creating = false;
  let ending: 'pause' | 'cancel' | undefined;
  let startedOver = false;

  const problemOf = (error: Error): Problem => {
    const response = error instanceof DetailedError ? error.originalResponse : null;
    if (error instanceof DetailedError)
      return problemFrom(response?.getStatus() ?? 0, response?.getBody() ?? '', {
        failureWords: setup.failureWords,
        unreachable: setup.messages.unreachable,
        internal: setup.messages.internal,
      });
    // tus reports trouble with the file itself, before any request, as a plain error.
    return { code: '', words: setup.messages.rule.unreadable, status: 0 };
  };

  const upload = new Upload(file, {
    endpoint,
    headers: { Authorization: `Bearer ${opened.credential}` },
    metadata: metadataOf(traits),
    fingerprint: () => Promise.resolve(fingerprint(opened.submissionId, traits)),
    removeFingerprintOnSuccess: true,
    retryDelays: [...retryDelaysMs],
    onBeforeRequest: (request) => {
      creating = request.getMethod() === 'POST';
    },
    onUploadUrlAvailable: () => {
      creating = false;
      // Without this, tus-js-client begins a second upload whenever asking for the offset is answered with an
      // error, a 503 of a restart included: what has been sent would be lost, and the file be there twice.
      upload.options.endpoint = null;
      if (ending !== undefined) void upload.abort(ending === 'cancel').catch(() => undefined);
    },
    onShouldRetry: (error) => {
      creating = false;
      const problem = problemOf(error);
      if (ending !== undefined || !isWorthRetrying(problem.status, problem.code)) return false;
      events.onInterrupted(problem);
      return true;
    },
    onProgress: (sentBytes) => events.onProgress(sentBytes),
    onSuccess: () => events.onArrived(),
    onError: (error) => {
      creating = false;
      if (ending !== undefined) return;
      const problem = problemOf(error);
      if (problem.code === 'upload.complete') return events.onArrived();
      const isGone = upload.url !== null && (problem.status === 404 || problem.status === 410);
      if (isGone && problem.code !== 'upload.lost' && !startedOver) return startOver();
      events.onFailed(problem);
    },
  });

  const begin = () => {
    creating = upload.url === null;
    upload.start();
  };

  const startOver = () => {
    startedOver = true;
    upload.url = null;
    upload.options.endpoint = endpoint;
    begin();
  };

  /** While the upload is being made its address is not known yet: it is stopped as soon as it is. */
  const stop = (how: 'pause' | 'cancel') => {
    ending = how;
    if (!creating) void upload.abort(how === 'cancel').catch(() => undefined);
  };

  const start = async () => {
    const [previous] = await upload.findPreviousUploads().catch(() => []);
    if (previous !== undefined) {
      upload.resumeFromPreviousUpload(previous);
      upload.options.endpoint = null;
    }
    if (ending === undefined) begin();
  };
  void start();

  return {
    pause: () => stop('pause'),
    cancel: () => stop('cancel'),
    resume: () => {
      if (ending === 'cancel') return;
      const stillCreating = creating && ending === 'pause';
      ending = undefined;
      if (!stillCreating) begin();
    },
    nudge: () => {
      if (ending !== undefined) return;
      void upload.abort().then(begin);
    },
    uploadId: () => (upload.url === null ? undefined : uploadIdOf(upload.url)),
  };
};

const metadataOf = (traits: Traits): Record<string, string> => ({
  filename: nameOf(traits.path),
  ...(traits.path.includes('/') ? { relativePath: traits.path } : {}),
  ...(traits.type === '' ? {} : { filetype: traits.type }),
  lastModified: String(traits.modifiedMs),
});
