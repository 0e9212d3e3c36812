import type { SendSetup } from '../../components/send/setup.ts';
import { type Problem, problemFrom } from '../../sending/reply.ts';
import type { Details, Opened, SubmissionStatus } from '../../sending/status.ts';

export type Reply<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The portal's own addresses for a submission. Nothing here throws: what went wrong is a `Problem`. */
export interface SubmissionApi {
  open(details: Details): Promise<Reply<Opened>>;
  status(opened: Opened): Promise<Reply<SubmissionStatus>>;
  /** @param uploads the ids of all that it is finished with: `submission.changed` when others are there, or one is not */
  finish(opened: Opened, uploads: readonly string[]): Promise<Reply<SubmissionStatus>>;
  /** Takes an upload away, and also the file that it has become. */
  drop(opened: Opened, uploadId: string): Promise<Reply<unknown>>;
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
          ...(method === 'DELETE' ? { 'Tus-Resumable': '1.0.0' } : {}),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(credential === undefined ? {} : { Authorization: `Bearer ${credential}` }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(replyTimeoutMs),
      });
      const text = await response.text();
      if (!response.ok) return { ok: false, problem: problemFrom(response.status, text, fallback) };
      return { ok: true, value: (text === '' ? undefined : JSON.parse(text)) as T };
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
    finish: (opened, uploads) => ask(`${at(opened)}/finish`, 'POST', opened.credential, { uploads }),
    async drop(opened, uploadId) {
      const id = encodeURIComponent(uploadId);
      const reply = await ask(`${setup.uploadsPath}/${id}`, 'DELETE', opened.credential);
      // What has become a file meanwhile is no upload any more: it is taken back.
      return !reply.ok && reply.problem.status === 403
        ? ask(`${at(opened)}/files/${id}/take-back`, 'POST', opened.credential, {})
        : reply;
    },
  };
};
