import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Bench } from './bench.ts';
import type { RcloneJob, RcloneTask } from './children/rclone.ts';
import { type LoadFile, seededFiles } from './content.ts';
import { startChild } from './processes.ts';
import { cpuSeconds, idleBytes, watchMemory } from './processor.ts';
import { accountOf, type Sending, type Submitted, submit } from './rounds.ts';
import type { PortalProcess, Site } from './site.ts';
import { type Begun, sealSubmission } from './submission.ts';

export interface ImportRounds {
  /** One value a round. */
  rcloneMs: number[];
  importMs: number[];
  /** Most memory that the importer held above what it holds when idle. */
  aboveIdleBytes: number;
}

const pollMs = 10;
const importLimitMs = 300_000;

/** @returns whether rclone is installed; says so when it is not */
const hasRclone = async (bench: Bench, name: string): Promise<boolean> => {
  try {
    await promisify(execFile)('rclone', ['version']);
    return true;
  } catch {
    bench.say(`${name}: left out, because rclone is not installed`);
    return false;
  }
};

/** Seals a submission. @returns how long it took from then until everything of it was recorded as delivered, in ms */
export const sealAndImport = async (site: Site, portal: PortalProcess, begun: Begun): Promise<number> => {
  const startedAtMs = performance.now();
  await sealSubmission(portal.url, begun);
  while (!(await site.isImported(begun.submissionId))) {
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > importLimitMs) throw new Error(`waited ${importLimitMs} ms for an import`);
    // Often at first, then less, so that asking doesn't slow down what is waited for.
    await delay(Math.max(pollMs, waitedMs / 50));
  }
  return performance.now() - startedAtMs;
};

/**
 * Imports a submission to a folder and copies it to another with rclone, each first in every other round.
 * @returns undefined where there is no rclone
 */
export const alternateImports = async (
  bench: Bench,
  name: string,
  sending: Sending,
): Promise<ImportRounds | undefined> => {
  if (!(await hasRclone(bench, name))) return undefined;
  const site = await bench.site();
  return site.withImporter(async (portal, importer) => {
    const rounds: ImportRounds = { rcloneMs: [], importMs: [], aboveIdleBytes: 0 };
    await warmUpImporter(bench, site, portal);
    const idle = await idleBytes(importer.pid);
    for (let round = 1; round <= bench.rounds; round += 1) {
      const submitted = await submit(bench, site, portal, sending);
      let importCpu = 0;
      const copy = async () => {
        rounds.rcloneMs.push(await copyWithRclone(bench, submitted, sending.files));
      };
      const take = async () => {
        const cpuBefore = cpuSeconds(importer.pid);
        const watch = watchMemory(importer.pid);
        rounds.importMs.push(await importToFolder(bench, site, portal, submitted, sending.files));
        importCpu = cpuSeconds(importer.pid) - cpuBefore;
        rounds.aboveIdleBytes = Math.max(rounds.aboveIdleBytes, watch.stop().mostBytes - idle);
      };
      for (const way of round % 2 === 1 ? [copy, take] : [take, copy]) await way();
      await bench.cloud.remove(submitted.folder);
      const seconds = (ms: number | undefined) => `${((ms ?? Number.NaN) / 1000).toFixed(2)} s`;
      bench.say(
        `${name}, round ${round}: rclone ${seconds(rounds.rcloneMs.at(-1))}, import ${seconds(rounds.importMs.at(-1))}, ` +
          `processor ${importCpu.toFixed(2)} s, memory +${Math.round(rounds.aboveIdleBytes / 1e6)} MB`,
      );
    }
    return rounds;
  });
};

/** Imports a small file, so that no round pays for what is done once. */
const warmUpImporter = async (bench: Bench, site: Site, portal: PortalProcess): Promise<void> => {
  const files = seededFiles('warm-up', 1, 1024 * 1024);
  const sending = { files, atOnce: 1, duringCreation: false, watched: false };
  const submitted = await submit(bench, site, portal, sending);
  await importToFolder(bench, site, portal, submitted, files);
  await bench.cloud.remove(submitted.folder);
};

const importToFolder = async (
  bench: Bench,
  site: Site,
  portal: PortalProcess,
  { begun }: Submitted,
  files: readonly LoadFile[],
): Promise<number> => {
  await bench.settle();
  const ms = await sealAndImport(site, portal, begun);
  await requireFiles(join(site.importedTo, `${begun.receiptNumber} Bench`), files);
  return ms;
};

const copyWithRclone = async (
  bench: Bench,
  { begun, folder }: Submitted,
  files: readonly LoadFile[],
): Promise<number> => {
  const target = join(bench.dir, `rclone-${begun.receiptNumber}`);
  const job: RcloneJob = { account: accountOf(bench), folder, target };
  const child = await startChild<RcloneTask>(bench.processes, 'rclone', job);
  try {
    await bench.settle();
    const ms = await child.go();
    await requireFiles(target, files);
    return ms;
  } finally {
    await child.end();
  }
};

/** That a folder holds these files, each with its own bytes. It is removed: the next round has a fresh one. */
const requireFiles = async (folder: string, files: readonly LoadFile[]): Promise<void> => {
  for (const { name, sha256 } of files) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, name)), hash);
    if (hash.digest('hex') !== sha256) throw new Error(`${name} in ${folder} has a wrong SHA-256`);
  }
  await rm(folder, { recursive: true });
};
