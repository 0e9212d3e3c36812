import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SubmissionDescription } from '../../../server/intake/describe-submission.ts';
import { type Begun, beginSubmission } from '../submission.ts';
import { createUpload, RawPatch, type RawUpload } from './patch.ts';
import { inParallel, serveBench } from './serve.ts';

export interface SlowJob {
  portalUrl: string;
  /** Of the links by which they come, in turn. */
  tokens: string[];
  submitters: number;
  /** Of each of them. */
  bytesPerSecond: number;
  steadyMs: number;
}

export interface SlowResult {
  sentBytes: number;
  /** What the portal says, some seconds after all lines were cut. */
  acknowledgedBytes: number;
  /** Why the portal ended PATCHes under way, and how many. */
  turnedAway: Record<string, number>;
}

export interface SlowTask {
  job: SlowJob;
  told: undefined;
  result: SlowResult;
}

const fileBytes = 50 * 1024 * 1024;
const creationsAtOnce = 20;
/** All begin within this time. */
const rampMs = 5_000;
/** From one piece of a submitter to the next. */
const tickMs = 500;
const turnMs = 5;
const settleMs = 10_000;

interface Submitter {
  begun: Begun;
  upload: RawUpload;
  patch?: RawPatch;
}

/**
 * Writes the same small piece to one submitter after the other, so that each gets one in every tick and the ticks of
 * all are spread evenly in time. A line is opened when its turn comes the first time.
 */
const trickle = async (
  job: SlowJob,
  submitters: Submitter[],
  mark: (name: string) => void,
): Promise<void> => {
  const piece = randomBytes(Math.round((job.bytesPerSecond * tickMs) / 1000));
  const startedAtMs = performance.now();
  let isSteady = false;
  for (let turn = 0; ; ) {
    const passedMs = performance.now() - startedAtMs;
    if (passedMs >= rampMs && !isSteady) {
      isSteady = true;
      mark('steady');
    }
    if (passedMs >= rampMs + job.steadyMs) return;
    const open = Math.ceil(submitters.length * Math.min(1, passedMs / rampMs));
    for (const dueTurns = (passedMs / tickMs) * submitters.length; turn < dueTurns; turn += 1) {
      const index = turn % submitters.length;
      const submitter = submitters[index];
      if (submitter === undefined || index >= open) continue;
      submitter.patch ??= new RawPatch(job.portalUrl, submitter.upload, fileBytes);
      submitter.patch.write(piece);
    }
    await delay(turnMs);
  }
};

const acknowledgedBytes = async (job: SlowJob, { begun }: Submitter): Promise<number> => {
  const headers = { authorization: `Bearer ${begun.credential}` };
  const reply = await fetch(`${job.portalUrl}/submissions/${begun.submissionId}`, { headers });
  if (!reply.ok) throw new Error(`no description: ${reply.status} ${await reply.text()}`);
  const { files } = (await reply.json()) as SubmissionDescription;
  return files.reduce((sum, file) => sum + file.offsetBytes, 0);
};

/** Many submitters at a time, each over a thin line. Marks: `steady`, when all are there; `cut`, when none is any more. */
serveBench<SlowTask>(async (job) => {
  const submitters: Submitter[] = [];
  await inParallel(Array.from({ length: job.submitters }), creationsAtOnce, async (_, n) => {
    const begun = await beginSubmission(job.portalUrl, job.tokens[n % job.tokens.length] ?? '', `Slow ${n}`);
    const upload = await createUpload(job.portalUrl, begun.credential, 'slow.bin', fileBytes);
    submitters.push({ begun, upload });
  });
  return {
    told: undefined,
    async run(mark) {
      await trickle(job, submitters, mark);
      mark('cut');
      const turnedAway: Record<string, number> = {};
      for (const { patch } of submitters) {
        patch?.cut();
        const why = patch?.turnedAway;
        if (why !== undefined) turnedAway[why] = (turnedAway[why] ?? 0) + 1;
      }
      await delay(settleMs);
      const result = { sentBytes: 0, acknowledgedBytes: 0, turnedAway };
      for (const { patch } of submitters) result.sentBytes += patch?.sentBytes ?? 0;
      await inParallel(submitters, creationsAtOnce, async (submitter) => {
        const bytes = await acknowledgedBytes(job, submitter);
        result.acknowledgedBytes += bytes;
      });
      return result;
    },
  };
});
