import type { Bench } from './bench.ts';
import type { PutJob, PutTask } from './children/put.ts';
import type { TusJob, TusResult, TusTask } from './children/tus.ts';
import { type LoadFile, seededFiles } from './content.ts';
import { startChild } from './processes.ts';
import { idleBytes, watchMemory } from './processor.ts';
import type { PortalProcess, Site } from './site.ts';
import { type Begun, beginSubmission } from './submission.ts';

/** What is sent in each round, the one way and the other. */
export interface Sending {
  files: LoadFile[];
  atOnce: number;
  duringCreation: boolean;
  /** Whether Nextcloud is asked when the files are there. */
  watched: boolean;
}

export interface Rounds {
  /** One value a round. */
  directMs: number[];
  portal: TusResult[];
  /** Most memory that the portal held above what it holds when idle. */
  aboveIdleBytes: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
};

/** Sends a small file each way, so that no round pays for what is done once. @returns the portal's idle memory */
export const warmUp = async (bench: Bench, site: Site, portal: PortalProcess): Promise<number> => {
  const files = seededFiles('warm-up', 1, 1024 * 1024);
  const sending = { files, atOnce: 1, duringCreation: false, watched: true };
  await directly(bench, site, sending);
  await throughPortal(bench, site, portal, sending);
  return idleBytes(portal.pid);
};

/** Direct and through the portal in turn, on a portal process of its own. */
export const alternate = async (bench: Bench, name: string, sending: Sending): Promise<Rounds> => {
  const site = await bench.site();
  return site.withPortal(async (portal) => {
    const rounds: Rounds = { directMs: [], portal: [], aboveIdleBytes: 0 };
    const idle = await warmUp(bench, site, portal);
    for (let round = 1; round <= bench.rounds; round += 1) {
      const directMs = await directly(bench, site, sending);
      const watch = watchMemory(portal.pid);
      const result = await throughPortal(bench, site, portal, sending);
      const aboveIdleBytes = watch.stop().mostBytes - idle;
      rounds.directMs.push(directMs);
      rounds.portal.push(result);
      rounds.aboveIdleBytes = Math.max(rounds.aboveIdleBytes, aboveIdleBytes);
      bench.say(`${name}, round ${round}: ${inWords(directMs, result, aboveIdleBytes)}`);
    }
    return rounds;
  });
};

const inWords = (directMs: number, result: TusResult, aboveIdleBytes: number): string => {
  const { acknowledged, visible, stored, sentAgain } = result;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const moments = [
    `direct ${seconds(directMs)}`,
    `acknowledged ${seconds(acknowledged.ms)}`,
    ...(visible === undefined ? [] : [`visible ${seconds(visible.ms)}`]),
    `stored ${seconds(stored.ms)}`,
    `processor ${stored.cpuSeconds.toFixed(2)} s`,
    `memory +${Math.round(aboveIdleBytes / 1e6)} MB`,
    ...Object.entries(sentAgain).map(([what, times]) => `sent again after ${what}: ${times}`),
  ];
  return moments.join(', ');
};

/**
 * Into a folder beside those of submissions, for what a PUT costs grows with the depth of its place, and with shares.
 * @returns how long it took to put all files into Nextcloud without the portal, in ms
 */
const directly = async (bench: Bench, site: Site, { files, atOnce }: Sending): Promise<number> => {
  const folder = `${site.folder}/direct`;
  await bench.cloud.makeFolder(folder);
  const job: PutJob = { account: accountOf(bench), folder, files, atOnce };
  const child = await startChild<PutTask>(bench.processes, 'put', job);
  try {
    await bench.settle();
    return await child.go();
  } finally {
    await child.end();
    await bench.cloud.remove(folder);
  }
};

/** One submission, removed again. @throws Error also when what arrived is not what was sent */
const throughPortal = async (
  bench: Bench,
  site: Site,
  portal: PortalProcess,
  sending: Sending,
): Promise<TusResult> => {
  const { folder, result } = await submit(bench, site, portal, sending);
  await bench.cloud.remove(folder);
  return result;
};

/** A submission whose files are stored and which is not finished. */
export interface Submitted {
  begun: Begun;
  /** In Nextcloud. */
  folder: string;
  result: TusResult;
}

/** @throws Error also when what arrived is not what was sent; nothing of it is left then */
export const submit = async (
  bench: Bench,
  site: Site,
  portal: PortalProcess,
  { files, atOnce, duringCreation, watched }: Sending,
): Promise<Submitted> => {
  const begun = await beginSubmission(portal.url, site.token, 'Bench');
  const { submissionId, credential, receiptNumber } = begun;
  const folder = `${site.folder}/${receiptNumber} Bench`;
  const job: TusJob = {
    portal: { url: portal.url, pid: portal.pid },
    submissionId,
    credential,
    files,
    atOnce,
    duringCreation,
    ...(watched ? { seen: { account: accountOf(bench), folder } } : {}),
  };
  const child = await startChild<TusTask>(bench.processes, 'tus', job);
  try {
    await bench.settle();
    const result = await child.go();
    await requireContent(bench, folder, files, result);
    await bench.untilNoParts(result.files.map(({ uploadId }) => uploadId));
    return { begun, folder, result };
  } catch (error) {
    await bench.cloud.remove(folder);
    throw error;
  } finally {
    await child.end();
  }
};

/** Every file's hash as the portal tells it, and one of the files read back. */
const requireContent = async (
  bench: Bench,
  folder: string,
  files: readonly LoadFile[],
  result: TusResult,
): Promise<void> => {
  for (const [n, { name, sha256 }] of files.entries())
    if (result.files[n]?.sha256 !== sha256) throw new Error(`the portal tells a wrong SHA-256 of ${name}`);
  const sample = files[Math.floor(Math.random() * files.length)];
  if (sample === undefined) throw new Error('nothing was sent');
  if ((await bench.cloud.sha256(`${folder}/${sample.name}`)) !== sample.sha256)
    throw new Error(`what lies in Nextcloud as ${sample.name} has a wrong SHA-256`);
};

export const accountOf = ({ cloud: { url, user, appPassword, userId } }: Bench) => ({
  url,
  user,
  appPassword,
  userId,
});
