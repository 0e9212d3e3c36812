import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkCapacity } from './capacity.ts';
import { Checks } from './checks.ts';
import { Client } from './client.ts';
import { Dice } from './dice.ts';
import { type Finding, Journal, type Tally, wordsOf } from './journal.ts';
import { cloudKinds } from './kinds/cloud.ts';
import type { Ground } from './kinds/kind.ts';
import { lineKinds } from './kinds/line.ts';
import { portalKinds } from './kinds/portal.ts';
import { standinKinds } from './kinds/standin.ts';
import { leftFolders, readLedger } from './ledger.ts';
import { planSubmission } from './plan.ts';
import { Schedule } from './schedule.ts';
import { becomes, openSite, type Site } from './site.ts';
import { Submission } from './submission.ts';
import { Refused } from './wire.ts';

export interface RunOptions {
  seed: number;
  /** How long faults come. */
  faultsMs: number;
  /** How long clients then have to come to their end. */
  endMs: number;
  clients?: number;
  /** May name a real Nextcloud. */
  environment: Record<string, string | undefined>;
  write: (line: string) => void;
  /** Where what was logged is kept. */
  logs?: string | undefined;
  /** Ends the run early. */
  signal?: AbortSignal;
}

export interface Summary extends Tally {
  seed: number;
  target: string;
  seconds: number;
  submissions: number;
  findings: Finding[];
}

const usualClients = 10;
/** Of all files of one client. */
const mostClientBytes = 2_000_000_000;
const smallBytes = 100_000;
const lookEveryMs = 400;
const lookMs = 10_000;
const removalMs = 45_000;
const sealMs = 90_000;
const mostEvidence = 20;

/** Many uploads, a random schedule of faults, and what must be true at the end. @throws Error when it can't be run */
export const runRandomFaults = async (options: RunOptions): Promise<Summary> => {
  const journal = new Journal(options.write);
  const site = await openSite(journal, options.environment);
  try {
    const run = new Run({ site, journal, signal: options.signal ?? new AbortController().signal }, options);
    await run.go().catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw error;
    });
    return {
      seed: options.seed,
      target: site.target.name,
      seconds: Math.round(journal.ms / 1000),
      submissions: run.submissions.length,
      ...journal.tally,
      findings: journal.findings,
    };
  } finally {
    if (options.logs !== undefined) await keepLogs(options.logs, site);
    await site.close();
  }
};

const keepLogs = async (folder: string, { nodes, proxy }: Site): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'portal.log'), `${nodes.linesAbout('').join('\n')}\n`);
  await writeFile(join(folder, 'nextcloud.log'), `${proxy.linesAbout('').join('\n')}\n`);
};

class Run {
  readonly submissions: Submission[] = [];
  readonly #ground: Ground;
  readonly #options: RunOptions;
  readonly #dice: Dice;
  /** No new submission begins. */
  #ending = false;
  /** What is not done is given up. */
  readonly #giveUp = new AbortController();

  constructor(ground: Ground, options: RunOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#dice = new Dice(options.seed);
  }

  async go(): Promise<void> {
    const { site, journal, signal } = this.#ground;
    const { seed, faultsMs } = this.#options;
    journal.say(`seed ${seed}, against ${site.target.name}: faults for ${Math.round(faultsMs / 1000)} s`);
    const clients = this.#allClients();
    const looking = this.#look();
    const kinds = [
      ...cloudKinds,
      ...portalKinds,
      ...lineKinds,
      ...(site.target.standin === undefined ? [] : standinKinds),
    ];
    await new Schedule(this.#ground, kinds, this.#dice.branch('faults'), faultsMs).run();
    this.#ending = true;
    signal.throwIfAborted();
    journal.say('no more faults: everything comes to its end');
    await this.#toTheEnd(clients);
    this.#giveUp.abort();
    await looking;
    for (const index of [0, 1]) await checkCapacity(site, index, journal);
    await this.#nothingIsLeft();
    this.#count();
    await new Checks(site, journal, this.submissions).run(signal);
    for (const index of [0, 1]) await site.nodes.end(index, 'SIGTERM');
  }

  async #allClients(): Promise<void> {
    const count = this.#options.clients ?? usualClients;
    await Promise.all(Array.from({ length: count }, (_, n) => this.#client(n)));
  }

  /** One submitter after the other, at one device. */
  async #client(n: number): Promise<void> {
    const { site, journal } = this.#ground;
    const dice = this.#dice.branch(`client ${n}`);
    const signal = AbortSignal.any([this.#ground.signal, this.#giveUp.signal]);
    const client = await Client.start(`client ${n}`, n % 2, { nodes: site.nodes, journal, signal });
    let restBytes = mostClientBytes;
    try {
      for (let round = 0; !this.#ending; round += 1) {
        const plan = planSubmission(dice.branch(`plan ${round}`), Math.max(restBytes, smallBytes));
        for (const { content } of plan.files) restBytes -= content.sizeBytes;
        await this.#submit(client, plan, dice.branch(`submission ${round}`));
        await delay(plan.pauseMs, undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) journal.found(`${client.name} broke: ${wordsOf(error)}`);
    } finally {
      await client.close();
    }
  }

  async #submit(client: Client, plan: ReturnType<typeof planSubmission>, dice: Dice): Promise<void> {
    const { journal } = this.#ground;
    let submission: Submission | undefined;
    try {
      submission = await Submission.begin(client, this.#ground.site.request.token);
      this.submissions.push(submission);
      await submission.send(plan, dice);
      if (submission.sealed !== undefined) journal.tally.sealed += 1;
    } catch (error) {
      const events = submission?.uploads.flatMap(({ plan, uploadId, events, outcome }) =>
        outcome === undefined ? [`${plan.name} ${uploadId}`, ...events.slice(-15)] : [],
      );
      // The others go on.
      if (error instanceof Refused) journal.found(`${client.name}: ${error.message}`, events);
      else if (this.#giveUp.signal.aborted)
        journal.found(`${client.name} did not come to its end (submission ${submission?.id})`, events);
      else throw error;
    }
  }

  /** As a page does that shows how far it is: beside the clients' lines, at either node. */
  async #look(): Promise<void> {
    const { nodes } = this.#ground.site;
    const dice = this.#dice.branch('looks');
    while (!this.#giveUp.signal.aborted && !this.#ground.signal.aborted) {
      await delay(lookEveryMs);
      const uploads = [...nodes.clients].flatMap((client) => [...client.uploads]);
      if (uploads.length === 0) continue;
      const { submission } = dice.pick(uploads);
      const floors = submission.uploads.map((upload) => ({
        upload,
        id: upload.uploadId,
        floorBytes: upload.acknowledged.highestBytes,
      }));
      const description = await submission
        .describeAt(nodes.at(dice.whole(0, 1)).port, AbortSignal.timeout(lookMs))
        .catch(() => undefined);
      for (const { upload, id, floorBytes } of floors) {
        const file = description?.files.find(({ uploadId }) => uploadId === id);
        // It may have begun again meanwhile, as another.
        if (file !== undefined && upload.uploadId === id) upload.heard(file.offsetBytes, floorBytes);
      }
    }
  }

  async #toTheEnd(clients: Promise<void>): Promise<void> {
    const { journal, signal } = this.#ground;
    // After a password was revoked, what was to be put together waits until it may be tried again.
    const moreMs = journal.tally.refusedSignIns.length > 0 ? 6 * 60_000 : 0;
    const late = new AbortController();
    const limit = delay(this.#options.endMs + moreMs, 'late', {
      signal: AbortSignal.any([late.signal, signal]),
    }).catch(() => 'over');
    const first = await Promise.race([clients, limit]);
    if (first === 'late') this.#giveUp.abort();
    await clients;
    late.abort();
    signal.throwIfAborted();
    journal.say('all clients are done');
  }

  /** First but for what can still be gone on with, and when the request is closed, of that too. */
  async #nothingIsLeft(): Promise<void> {
    const { site, journal } = this.#ground;
    const { postgres } = site;
    const told = await this.#foundLeft(new Set(), ({ state }) => state !== 'uploading');
    await site.closeRequest();
    journal.say('the request is closed');
    await becomes(sealMs, async () => {
      const { uploads, submissions } = await readLedger(postgres);
      const isWaiting = uploads.some(({ state }) => ['uploading', 'received'].includes(state));
      return !isWaiting && !submissions.some(({ state }) => ['open', 'finishing'].includes(state));
    });
    await this.#foundLeft(told, () => true);
  }

  /** Folders with parts of uploads that should have none any more, and soon have none. @returns those told so far */
  async #foundLeft(
    told: ReadonlySet<string>,
    isOver: (upload: { state: string }) => boolean,
  ): Promise<ReadonlySet<string>> {
    const { site, journal } = this.#ground;
    const left = async () =>
      (await leftFolders(site.postgres, await site.target.cloud.uploadFolders())).filter(
        (upload) => isOver(upload) && !told.has(upload.id),
      );
    await becomes(removalMs, async () => (await left()).length === 0);
    const found = await left();
    for (const { id, state } of found) {
      const evidence = [...site.nodes.linesAbout(id), ...site.proxy.linesAbout(id)];
      journal.found(`the parts of ${id} (${state}) are left in Nextcloud`, evidence.slice(-mostEvidence));
    }
    return new Set([...told, ...found.map(({ id }) => id)]);
  }

  #count(): void {
    const { tally } = this.#ground.journal;
    for (const { outcome, acknowledged } of this.submissions.flatMap(({ uploads }) => uploads)) {
      if (outcome === 'complete') tally.completed += 1;
      if (outcome === 'withdrawn') tally.withdrawn += 1;
      if (outcome === 'left') tally.left += 1;
      tally.acknowledgedBytes += acknowledged.highestBytes;
    }
  }
}
