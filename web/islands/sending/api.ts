import type { SendSetup } from '../../components/send/setup.ts';
import { type Problem, problemFrom } from '../../sending/reply.ts';
import type { Details, Opened, SubmissionStatus } from '../../sending/status.ts';

export type Reply<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The portal's own addresses for a submission. Nothing here throws: what went wrong is a `Problem`. */
export interface SubmissionApi {
  open(details: Details): Promise<Reply<Opened>>;
  status(opened: Opened): Promise<Reply<SubmissionStatus>>;
  finish(opened: Opened): Promise<Reply<SubmissionStatus>>;
  /** Takes an upload back that this page knows only by its id. */
  drop(opened: Opened, uploadId: string): Promise<void>;
}

/** For answers of a few hundred bytes. */
const replyTimeoutMs = 60_000;

export const createApi = (setup: SendSetup): SubmissionApi => {
  const fallback = {
    failureWords: setup.failureWords,
    unreachable: setup.messages.unreachable,
    internal: setup.messages.internal,
  };

  const ask = async <T>(
    path: string,
    method: string,
    credential?: string,
    body?: unknown,
  ): Promise<Reply<T>> => {
    try {
      const response = await fetch(path, {
        method,
        headers: {
          Accept: 'application/json',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(credential === undefined ? {} : { Authorization: `Bearer ${credential}` }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(replyTimeoutMs),
      });
      const text = await response.text();
      if (!response.ok) return { ok: false, problem: problemFrom(response.status, text, fallback) };
      return { ok: true, value: JSON.parse(text) as T };
    } catch {
      return { ok: false, problem: problemFrom(0, '', fallback) };
    }
  };

  const at = (opened: Opened): string => `${setup.submissionPath}/${encodeURIComponent(opened.submissionId)}`;
  return {
    open: (details) =>
      ask(setup.submissionsPath, 'POST', undefined, {
        ...details,
        language: setup.language,
        supplementOf: setup.supplement?.submissionId,
      }),
    status: (opened) => ask(at(opened), 'GET', opened.credential),
    finish: (opened) => ask(`${at(opened)}/finish`, 'POST', opened.credential, {}),
    async drop(opened, uploadId) {
      const reply = await fetch(`${setup.uploadsPath}/${encodeURIComponent(uploadId)}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${opened.credential}`, 'Tus-Resumable': '1.0.0' },
      }).catch(() => undefined);
      // What had arrived meanwhile is no upload any more: it is taken back.
      if (reply?.status === 403)
        await ask(
          `${at(opened)}/files/${encodeURIComponent(uploadId)}/take-back`,
          'POST',
          opened.credential,
          {},
        );
    },
  };
};
