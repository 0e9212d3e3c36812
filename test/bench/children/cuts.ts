import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beginSubmission } from '../submission.ts';
import { createUpload, RawPatch, type RawUpload, tusHeaders } from './patch.ts';
import { serveBench } from './serve.ts';

export interface CutsJob {
  portalUrl: string;
  token: string;
  bytesPerSecond: number;
  /** One submitter for each, all at the same time. */
  cutAfterMs: number[];
}

/** What was sent before the line was cut, and what the portal had of it. */
export interface Cut {
  sentBytes: number;
  offsetBytes: number;
}

export interface CutsTask {
  job: CutsJob;
  told: undefined;
  result: Cut[];
}

const fileBytes = 200 * 1024 * 1024;
const pieceBytes = 64 * 1024;
const headLimitMs = 30_000;

/** As a submitter who comes back at once. 423 means: not yet. */
const offsetOf = async (portalUrl: string, { path, credential }: RawUpload): Promise<number> => {
  const deadlineMs = performance.now() + headLimitMs;
  for (;;) {
    const { status, headers } = await fetch(`${portalUrl}${path}`, {
      method: 'HEAD',
      headers: tusHeaders(credential),
    });
    const offset = headers.get('upload-offset');
    if (status === 200 && offset !== null) return Number(offset);
    if (status !== 423 || performance.now() > deadlineMs) throw new Error(`no offset: ${status}`);
    await delay(50);
  }
};

const sendUntilCut = async (job: CutsJob, upload: RawUpload, cutAfterMs: number): Promise<Cut> => {
  const patch = new RawPatch(job.portalUrl, upload, fileBytes);
  const piece = randomBytes(pieceBytes);
  const startedAtMs = performance.now();
  for (let writtenBytes = 0; ; writtenBytes += pieceBytes) {
    const dueMs = (writtenBytes * 1000) / job.bytesPerSecond;
    if (dueMs > cutAfterMs) break;
    await delay(Math.max(0, startedAtMs + dueMs - performance.now()));
    if (patch.turnedAway !== undefined)
      throw new Error(`a PATCH was ended by the portal: ${patch.turnedAway}`);
    patch.write(piece);
  }
  await delay(Math.max(0, startedAtMs + cutAfterMs - performance.now()));
  patch.cut();
  return { sentBytes: patch.sentBytes, offsetBytes: await offsetOf(job.portalUrl, upload) };
};

/** Submitters whose line breaks in the middle of a PATCH. */
serveBench<CutsTask>(async (job) => {
  const uploads = await Promise.all(
    job.cutAfterMs.map(async (_, n) => {
      const { credential } = await beginSubmission(job.portalUrl, job.token, `Cut ${n}`);
      return createUpload(job.portalUrl, credential, 'cut.bin', fileBytes);
    }),
  );
  return {
    told: undefined,
    run: () => Promise.all(uploads.map((upload, n) => sendUntilCut(job, upload, job.cutAfterMs[n] ?? 0))),
  };
});
