import { setTimeout as delay } from 'node:timers/promises';
import { Upload } from 'tus-js-client';
import type { SubmissionDescription } from '../../../server/intake/describe-submission.ts';
import { isFailure } from '../../../server/lib/failure.ts';
import { silentLog } from '../../../server/lib/log.ts';
import { createNextcloud } from '../../../server/nextcloud/index.ts';
import type { CloudAccount } from '../cloud.ts';
import { contentsOf, type LoadFile } from '../content.ts';
import { cpuSeconds } from '../processor.ts';
import { inParallel, serveBench } from './serve.ts';

export interface TusJob {
  portal: { url: string; pid: number };
  submissionId: string;
  credential: string;
  files: LoadFile[];
  atOnce: number;
  /** Whether a file's bytes come with its creation. */
  duringCreation: boolean;
  /** Where the files will be seen in Nextcloud, looked at until they are; left out: nobody looks. */
  seen?: { account: CloudAccount & { userId: string }; folder: string };
}

/** How long after the start, and what the portal had worked by then. */
export interface Moment {
  ms: number;
  cpuSeconds: number;
}

export interface TusResult {
  acknowledged: Moment;
  /** Every file has its full size in its place. */
  visible: Moment | undefined;
  /** The portal says so of every file. */
  stored: Moment;
  /** What had to be sent again, and how often: 'POST 503'. */
  sentAgain: Record<string, number>;
  /** In the order of the job's. */
  files: { uploadId: string; sha256: string | undefined }[];
}

export interface TusTask {
  job: TusJob;
  told: undefined;
  result: TusResult;
}

const retryDelaysMs = [0, 1_000, 3_000, 5_000, 10_000, 10_000, 10_000, 10_000];
const pollMs = 25;
const visibleLimitMs = 300_000;

/** Asks until it is so: often at first, then less, so that what asks doesn't slow down what it waits for. */
const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  const startedAtMs = performance.now();
  while (!(await isSo())) {
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > visibleLimitMs)
      throw new Error(`waited ${visibleLimitMs} ms for every file to be ${what}`);
    await delay(Math.max(pollMs, waitedMs / 20));
  }
};

/** @returns the upload's id */
const send = (
  job: TusJob,
  file: LoadFile,
  content: Buffer,
  sentAgain: TusResult['sentAgain'],
): Promise<string> =>
  new Promise((resolve, reject) => {
    const upload = new Upload(content, {
      endpoint: `${job.portal.url}/uploads`,
      headers: { authorization: `Bearer ${job.credential}` },
      metadata: { filename: file.name },
      retryDelays: retryDelaysMs,
      uploadDataDuringCreation: job.duringCreation,
      onShouldRetry(error) {
        const status = error.originalResponse?.getStatus() ?? 0;
        const what = `${error.originalRequest?.getMethod() ?? '?'} ${status}`;
        sentAgain[what] = (sentAgain[what] ?? 0) + 1;
        return status < 400 || status >= 500 || [409, 423, 429].includes(status);
      },
      onError: reject,
      onSuccess: () => resolve(upload.url?.split('/').at(-1) ?? ''),
    });
    upload.start();
  });

const describe = async (job: TusJob): Promise<SubmissionDescription['files']> => {
  const headers = { authorization: `Bearer ${job.credential}` };
  const reply = await fetch(`${job.portal.url}/submissions/${job.submissionId}`, { headers });
  if (!reply.ok) throw new Error(`no description: ${reply.status} ${await reply.text()}`);
  return ((await reply.json()) as SubmissionDescription).files;
};

/** @throws Error when one of them never will be */
const areStored = async (job: TusJob, uploadIds: readonly string[]): Promise<boolean> => {
  const states = new Map((await describe(job)).map(({ uploadId, state }) => [uploadId, state]));
  return uploadIds.every((id) => {
    const state = states.get(id);
    if (state === undefined || state === 'failed' || state === 'abandoned')
      throw new Error(`an upload that was acknowledged is ${state ?? 'unknown'}`);
    return state === 'stored';
  });
};

/** Looks into the folder where they belong, if they are to be looked for. */
const lookerAt = ({ seen, files }: TusJob): (() => Promise<boolean>) | undefined => {
  if (seen === undefined) return undefined;
  const nextcloud = createNextcloud({ ...seen.account, baseUrl: new URL(seen.account.url), log: silentLog });
  return async () => {
    const entries = await nextcloud.files.list(seen.folder).catch((error: unknown) => {
      if (isFailure(error, 'nextcloud.not-found')) return [];
      throw error;
    });
    const sizes = new Map(entries.map(({ name, sizeBytes }) => [name, sizeBytes]));
    return files.every(({ name, sizeBytes }) => sizes.get(name) === sizeBytes);
  };
};

/** Sends files with tus-js-client, as a submitter's page does. */
serveBench<TusTask>(async (job) => {
  const { portal, files } = job;
  const contents = contentsOf(files);
  const areVisible = lookerAt(job);
  return {
    told: undefined,
    async run() {
      const sentAgain: TusResult['sentAgain'] = {};
      const uploadIds: string[] = [];
      const cpuBefore = cpuSeconds(portal.pid);
      const startedAtMs = performance.now();
      const now = (): Moment => ({
        ms: performance.now() - startedAtMs,
        cpuSeconds: cpuSeconds(portal.pid) - cpuBefore,
      });
      await inParallel(files, job.atOnce, async (file, n) => {
        uploadIds[n] = await send(job, file, contents[n] ?? Buffer.alloc(0), sentAgain);
      });
      const acknowledged = now();
      if (areVisible !== undefined) await until('visible', areVisible);
      const visible = areVisible && now();
      await until('stored', () => areStored(job, uploadIds));
      const stored = now();
      const hashes = new Map((await describe(job)).map(({ uploadId, sha256 }) => [uploadId, sha256]));
      const told = uploadIds.map((uploadId) => ({ uploadId, sha256: hashes.get(uploadId) }));
      return { acknowledged, visible, stored, sentAgain, files: told };
    },
  };
});
