import type { Description } from '../support/sender.ts';
import type { Client } from './client.ts';
import { Content } from './content.ts';
import type { Dice } from './dice.ts';
import type { FilePlan, SubmissionPlan } from './plan.ts';
import { Upload } from './upload.ts';
import { exchange, mayPass, Refused } from './wire.ts';

const pollMs = 500;

/** One sending: its files, and its end. */
export class Submission {
  readonly id: string;
  readonly receiptNumber: string;
  readonly uploads: Upload[] = [];
  /** As it was described when it was sealed. */
  sealed: Description | undefined;
  readonly #credential: string;
  readonly #client: Client;

  private constructor(
    client: Client,
    opened: { submissionId: string; credential: string; receiptNumber: string },
  ) {
    this.#client = client;
    this.id = opened.submissionId;
    this.#credential = opened.credential;
    this.receiptNumber = opened.receiptNumber;
  }

  static async begin(client: Client, token: string): Promise<Submission> {
    let begun: Submission | undefined;
    await client.keepOn(
      async () => {
        const text = Buffer.from(JSON.stringify({ name: client.name }));
        const answer = await client.request('POST', `/r/${token}/submissions`, {
          headers: { 'content-type': 'application/json' },
          body: { bytes: [text], sizeBytes: text.length },
        });
        if (answer.status === 201) begun = new Submission(client, JSON.parse(answer.body));
        else if (!mayPass(answer.status)) throw new Refused(`no submission: ${answer.status} ${answer.body}`);
        return begun !== undefined;
      },
      { isFinal: isRefused },
    );
    if (begun === undefined) throw new Error('not begun');
    return begun;
  }

  /** Sends what is planned, and waits for the seal unless a file was left. @throws Refused for a final refusal */
  async send(plan: SubmissionPlan, dice: Dice): Promise<void> {
    this.#client.setSpeed(plan.bytesPerSecond);
    this.#client.stallMs = plan.stallMs;
    const waiting = plan.files.entries();
    const worker = async () => {
      for (const [index, file] of waiting)
        await this.#sendFile(file, plan.afterwards, dice.branch(`file ${index}`));
    };
    await Promise.all(Array.from({ length: plan.atOnce }, worker));
    if (this.uploads.some(({ outcome }) => outcome === 'left')) return;
    if (this.uploads.some(({ outcome }) => outcome === 'complete')) await this.#finish();
  }

  /** In Nextcloud, below the request's. */
  get folderName(): string {
    return `${this.receiptNumber} ${this.#client.name}`;
  }

  headers(more: Record<string, string> = {}): Record<string, string> {
    return { authorization: `Bearer ${this.#credential}`, 'tus-resumable': '1.0.0', ...more };
  }

  /** @param port of a node, to look from beside the client's line */
  async describeAt(port: number, signal: AbortSignal): Promise<Description | undefined> {
    const answer = await exchange(port, 'GET', this.#path, { headers: this.headers(), signal });
    return answer.status === 200 ? (JSON.parse(answer.body) as Description) : undefined;
  }

  async describe(): Promise<Description> {
    let description: Description | undefined;
    await this.#client.keepOn(
      async () => {
        const answer = await this.#client.request('GET', this.#path, { headers: this.headers() });
        if (answer.status === 200) description = JSON.parse(answer.body) as Description;
        else if (!mayPass(answer.status))
          throw new Refused(`no description: ${answer.status} ${answer.body}`);
        return description !== undefined;
      },
      { isFinal: isRefused },
    );
    if (description === undefined) throw new Error('no description');
    return description;
  }

  /** Which name an upload has been given. */
  async nameOf(upload: Upload): Promise<string | undefined> {
    const { files } = await this.describe();
    return files.find(({ uploadId }) => uploadId === upload.uploadId)?.name;
  }

  /**
   * Uploads with a name whose creation nobody was told of: those that are not complete are dropped.
   * @returns one that is
   */
  async takeUpStray(name: string): Promise<string | undefined> {
    for (const { uploadId, state } of (await this.#strays()).filter((file) => file.name === name))
      if (state !== 'uploading' || (await this.drop(uploadId, { isStray: true })) === 'complete')
        return uploadId;
    return undefined;
  }

  /**
   * Takes an upload back, until that has been answered.
   * @param options `isStray`: of which nobody was told, so that the portal may have forgotten it as well
   */
  async drop(uploadId: string, options: { isStray?: boolean } = {}): Promise<'gone' | 'complete'> {
    let outcome: 'gone' | 'complete' | undefined;
    let wasAsked = options.isStray ?? false;
    await this.#client.keepOn(
      async () => {
        const mayBeGone = wasAsked;
        wasAsked = true;
        const answer = await this.#client.request('DELETE', `/uploads/${uploadId}`, {
          headers: this.headers(),
        });
        if (answer.status === 204 || (answer.status === 404 && mayBeGone)) outcome = 'gone';
        else if (answer.status === 403) outcome = await this.#refusedToDrop(uploadId, answer.body);
        else if (!mayPass(answer.status)) throw new Refused(`not dropped: ${answer.status} ${answer.body}`);
        return outcome !== undefined;
      },
      { isFinal: isRefused },
    );
    return outcome ?? 'gone';
  }

  /** What is stored stays. */
  async #refusedToDrop(uploadId: string, words: string): Promise<'gone' | 'complete'> {
    const { files } = await this.describe();
    const state = files.find((file) => file.uploadId === uploadId)?.state;
    if (state === 'stored') return 'complete';
    const what = `an upload that is ${state} could not be taken back: 403 ${words}`;
    this.#client.journal.found(what, [uploadId], 'not taken back');
    return 'gone';
  }

  get #path(): string {
    return `/submissions/${this.id}`;
  }

  async #sendFile(plan: FilePlan, afterwards: SubmissionPlan['afterwards'], dice: Dice): Promise<void> {
    const first = await this.#sendOne(plan, dice.branch('first'));
    if (first.outcome !== 'withdrawn' || afterwards === 'nothing') return;
    const content =
      afterwards === 'same' ? plan.content : new Content(dice.branch('other'), plan.content.sizeBytes);
    await this.#sendOne({ ...plan, content, ending: 'finish' }, dice.branch('again'));
  }

  async #sendOne(plan: FilePlan, dice: Dice): Promise<Upload> {
    const upload = new Upload(this.#client, this, plan, dice);
    this.uploads.push(upload);
    try {
      await upload.send();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(`${plan.name} (${upload.uploadId ?? 'no upload'}): ${error.message}`, {
        cause: error,
      });
    }
    return upload;
  }

  /** As the page does: what it does not know of would keep the submission from its end. */
  async #finish(): Promise<void> {
    await this.#client.keepOn(
      async () => {
        for (const { uploadId } of await this.#strays('uploading')) await this.drop(uploadId);
        const answer = await this.#client.request('POST', `${this.#path}/finish`, {
          headers: this.headers(),
        });
        if (!mayPass(answer.status) && answer.status >= 300)
          throw new Refused(`not finished: ${answer.status} ${answer.body}`);
        return answer.status < 300;
      },
      { isFinal: isRefused },
    );
    for (;;) {
      const description = await this.describe();
      if (description.state === 'sealed') {
        this.sealed = description;
        return;
      }
      if (description.state !== 'finishing')
        throw new Refused(`it is ${description.state} again: ${JSON.stringify(description.files)}`);
      await new Promise((resolve) => {
        setTimeout(resolve, pollMs);
      });
    }
  }

  /** Uploads that nobody here was told of. */
  async #strays(state?: string): Promise<Description['files']> {
    const known = new Set(this.uploads.map(({ uploadId }) => uploadId));
    const { files } = await this.describe();
    const living = state === undefined ? ['uploading', 'received', 'stored'] : [state];
    return files.filter((file) => !known.has(file.uploadId) && living.includes(file.state));
  }
}

const isRefused = (error: unknown): boolean => error instanceof Refused;
