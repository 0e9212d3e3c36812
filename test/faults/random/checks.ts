import { createPublicKey, verify } from 'node:crypto';
import type { Description } from '../support/sender.ts';
import type { CloudFile } from './cloud.ts';
import type { Journal } from './journal.ts';
import { type FileRow, type Ledger, readLedger, type SubmissionRow, type UploadRow } from './ledger.ts';
import type { Site } from './site.ts';
import type { Submission } from './submission.ts';
import type { Upload } from './upload.ts';

const mostEvidence = 25;

/** What is compared at the end: what clients know, Postgres, Nextcloud, descriptions and receipts. */
export class Checks {
  readonly #site: Site;
  readonly #journal: Journal;
  readonly #submissions: readonly Submission[];
  /** By their path below the request's folder: files that somebody accounts for. */
  readonly #accounted = new Set<string>();

  constructor(site: Site, journal: Journal, submissions: readonly Submission[]) {
    this.#site = site;
    this.#journal = journal;
    this.#submissions = submissions;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { cloud } = this.#site.target;
    const ledger = await readLedger(this.#site.postgres);
    const stored = new Map(
      (await cloud.filesBelow(this.#site.request.folder)).map((file) => [file.path, file] as const),
    );
    const publicKey = await this.#publicKey();
    for (const row of ledger.submissions) {
      const submission = this.#submissions.find(({ id }) => id === row.id);
      await this.#checkSubmission(row, ledger, stored);
      if (submission === undefined) continue;
      this.#checkClients(submission, ledger);
      const description = await submission.describeAt(this.#site.nodes.at(0).port, signal);
      this.#checkDescription(row, ledger, description);
      await this.#checkReceipt(row, ledger, description?.receiptUrl, publicKey);
    }
    for (const path of stored.keys())
      if (!this.#accounted.has(path)) this.#found(`a stray file in Nextcloud: ${path}`, path);
    const root = await cloud.filesIn(this.#site.target.root);
    for (const name of root) this.#found(`a stray file in Nextcloud's folder of requests: ${name}`, name);
    for (const name of await this.#site.temporaryFiles()) this.#found(`a temporary file: ${name}`, name);
  }

  /** Every row of `uploads` is at its end, every stored one is one file in Nextcloud. */
  async #checkSubmission(
    row: SubmissionRow,
    ledger: Ledger,
    stored: ReadonlyMap<string, CloudFile>,
  ): Promise<void> {
    const files = ledger.files.filter(({ submissionId }) => submissionId === row.id);
    const wanted = files.length > 0 ? 'sealed' : 'discarded';
    if (row.state !== wanted) this.#found(`submission ${row.id} is ${row.state}, not ${wanted}`, row.id);
    for (const upload of ledger.uploads.filter(({ submissionId }) => submissionId === row.id)) {
      const file = files.find(({ uploadId }) => uploadId === upload.id);
      if (upload.state === 'failed') this.#found(`${upload.id} failed: ${upload.failureCode}`, upload.id);
      else if (!['stored', 'abandoned'].includes(upload.state))
        this.#found(`${upload.id} is still ${upload.state}`, upload.id);
      if ((upload.state === 'stored') !== (file !== undefined))
        this.#found(`${upload.id} is ${upload.state}, and has ${file ? 'a' : 'no'} file`, upload.id);
      if (file !== undefined) await this.#checkStored(row, upload, file, stored);
    }
  }

  async #checkStored(
    row: SubmissionRow,
    upload: UploadRow,
    file: FileRow,
    stored: ReadonlyMap<string, CloudFile>,
  ): Promise<void> {
    const path = `${row.folderName}/${file.path}`;
    this.#accounted.add(path);
    const there = stored.get(path);
    if (there === undefined) {
      this.#found(`${upload.id} is stored and is not in Nextcloud: ${path}`, upload.id, file.path);
      return;
    }
    if (there.sizeBytes !== file.sizeBytes || there.fileId !== file.fileId)
      this.#found(
        `${upload.id}: recorded ${JSON.stringify(file)}, there is ${JSON.stringify(there)}`,
        upload.id,
      );
    const sha256 = await this.#site.target.cloud.sha256(`${this.#site.request.folder}/${path}`);
    if (sha256 !== file.sha256)
      this.#found(`${upload.id} is ${sha256} in Nextcloud, not ${file.sha256}`, upload.id);
    await this.#checkContent(upload, file);
  }

  /** What is stored is what its client sent, under its name. */
  async #checkContent(row: UploadRow, file: FileRow): Promise<void> {
    const uploads = this.#submissions.flatMap(({ uploads }) => uploads);
    // Of a client that left before its creation was answered, the name is all that is known.
    const upload =
      uploads.find(({ uploadId }) => uploadId === row.id) ??
      uploads.find(
        ({ uploadId, submission, wantedPath }) =>
          uploadId === undefined && submission.id === row.submissionId && wantedPath === file.path,
      );
    if (upload === undefined) {
      if (!file.sentName.startsWith('full ')) this.#found(`${row.id} is stored, and nobody sent it`, row.id);
      return;
    }
    if ((await upload.plan.content.sha256()) !== file.sha256)
      this.#found(`${row.id} is stored with other bytes than were sent`, row.id, upload);
    if (file.path !== upload.wantedPath)
      this.#found(`${row.id} is ${file.path}, not ${upload.wantedPath}`, row.id, upload);
  }

  /** What a client was told stays true. */
  #checkClients(submission: Submission, ledger: Ledger): void {
    for (const upload of submission.uploads) {
      const row = ledger.uploads.find(({ id }) => id === upload.uploadId);
      const state = row?.state ?? 'not there';
      const mustBeStored =
        upload.outcome === 'complete' || (upload.outcome === 'left' && upload.isAcknowledged);
      if (mustBeStored && state !== 'stored')
        this.#found(
          `${upload.uploadId} was acknowledged whole, and is ${state}`,
          upload.uploadId ?? '',
          upload,
        );
      if (upload.outcome === 'withdrawn' && upload.uploadId !== undefined && state !== 'abandoned')
        this.#found(`${upload.uploadId} was taken back, and is ${state}`, upload.uploadId, upload);
      if (row !== undefined && row.offsetBytes < upload.acknowledged.highestBytes)
        this.#found(
          `${row.id}: ${upload.acknowledged.highestBytes} acknowledged, ${row.offsetBytes} recorded`,
          row.id,
          upload,
        );
    }
  }

  #checkDescription(row: SubmissionRow, ledger: Ledger, description: Description | undefined): void {
    const described = (description?.files ?? [])
      .filter(({ state }) => state === 'stored')
      .map(({ uploadId, name, sha256 }) => `${uploadId} ${name} ${sha256}`);
    const recorded = ledger.files
      .filter(({ submissionId }) => submissionId === row.id)
      .map(({ uploadId, path, sha256 }) => `${uploadId} ${path} ${sha256}`);
    if (description?.state !== row.state || described.sort().join() !== recorded.sort().join())
      this.#found(`submission ${row.id} is described as ${JSON.stringify(description)}`, row.id);
  }

  async #checkReceipt(
    row: SubmissionRow,
    ledger: Ledger,
    path: string | undefined,
    publicKey: string,
  ): Promise<void> {
    if (row.state !== 'sealed') return;
    const origin = `http://127.0.0.1:${this.#site.nodes.at(0).port}`;
    const text = await (await fetch(`${origin}${path}/receipt.json`)).text();
    const signature = Buffer.from(await (await fetch(`${origin}${path}/receipt.sig`)).arrayBuffer());
    if (!verify(null, Buffer.from(text), createPublicKey(publicKey), signature))
      this.#found(`the receipt of submission ${row.id} is not signed`, row.id);
    const { files } = JSON.parse(text) as { files: { path: string; sizeBytes: number; sha256: string }[] };
    const told = files.map((file) => `${file.path} ${file.sizeBytes} ${file.sha256}`).sort();
    const recorded = ledger.files
      .filter(({ submissionId }) => submissionId === row.id)
      .map((file) => `${file.path} ${file.sizeBytes} ${file.sha256}`)
      .sort();
    if (told.join() !== recorded.join())
      this.#found(`the receipt of submission ${row.id} lists ${told.join('; ')}`, row.id);
  }

  async #publicKey(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#site.nodes.at(0).port}/receipts/key`)).text();
  }

  #found(what: string, about: string, more?: Upload | string): void {
    const { nodes, proxy } = this.#site;
    const events = typeof more === 'object' ? more.events : [];
    const path = typeof more === 'object' ? `${more.submission.folderName}/${more.wantedPath}` : more;
    const texts = path === undefined ? [about] : [about, path];
    const lines = texts.flatMap((text) => [...nodes.linesAbout(text), ...proxy.linesAbout(text)]);
    this.#journal.found(what, [...events, ...[...new Set(lines)].slice(-mostEvidence)]);
  }
}
