import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One HTTP request on a connection of its own. @throws Error when the connection breaks before the answer is whole */
export const ask = (
  port: number,
  method: string,
  path: string,
  options: {
    headers?: Record<string, string>;
    body?: Buffer | string;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { body = '', signal } = options;
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const headers = { ...options.headers, ...(method === 'GET' || method === 'HEAD' ? {} : length) };
    const call = request({ host: '127.0.0.1', port, method, path, headers, agent: false, signal });
    call.on('error', reject);
    call.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    call.end(body);
  });

/** Every offset that the portal has acknowledged for one upload, and each time that it said less than before. */
export class Acknowledged {
  highestBytes = 0;
  readonly seen: number[] = [];
  readonly fallen: { saidBytes: number; afterBytes: number }[] = [];

  /** @param floorBytes what had been acknowledged before the question was asked */
  add(saidBytes: number, floorBytes: number): void {
    this.seen.push(saidBytes);
    if (saidBytes < floorBytes) this.fallen.push({ saidBytes, afterBytes: floorBytes });
    this.highestBytes = Math.max(this.highestBytes, saidBytes);
  }
}

export interface Description {
  state: string;
  receiptNumber: string;
  receiptUrl?: string;
  files: { uploadId: string; name: string; state: string; offsetBytes: number; sha256?: string }[];
}

/** A submitter's program: speaks tus by hand, so that a test sees every answer. */
export class Sender {
  /** Of the portal, or of a line that leads to it. */
  port: number;
  readonly submissionId: string;
  readonly credential: string;

  private constructor(port: number, submissionId: string, credential: string) {
    this.port = port;
    this.submissionId = submissionId;
    this.credential = credential;
  }

  static async start(port: number, token: string): Promise<Sender> {
    const body = JSON.stringify({ name: 'Mori' });
    const headers = { 'content-type': 'application/json' };
    const reply = await ask(port, 'POST', `/r/${token}/submissions`, { headers, body });
    if (reply.status !== 201) throw new Error(`no submission: ${reply.status} ${reply.body}`);
    const { submissionId, credential } = JSON.parse(reply.body) as Record<string, string>;
    return new Sender(port, submissionId ?? '', credential ?? '');
  }

  async create(name: string, content: Buffer): Promise<Sending> {
    const filename = Buffer.from(name).toString('base64');
    const headers = this.headers({
      'upload-length': String(content.length),
      'upload-metadata': `filename ${filename}`,
    });
    const reply = await ask(this.port, 'POST', '/uploads', { headers });
    const path = reply.headers.location;
    if (reply.status !== 201 || path === undefined)
      throw new Error(`not created: ${reply.status} ${reply.body}`);
    return new Sending(this, path, content);
  }

  async describe(port = this.port): Promise<Description> {
    const reply = await ask(port, 'GET', `/submissions/${this.submissionId}`, { headers: this.headers() });
    if (reply.status !== 200) throw new Error(`no description: ${reply.status} ${reply.body}`);
    return JSON.parse(reply.body) as Description;
  }

  /** Says that it is done, until the submission is sealed; what may pass is said again. @throws Error when it is not in time */
  async finish(limitMs = 30_000): Promise<Description> {
    const path = `/submissions/${this.submissionId}/finish`;
    const deadlineMs = Date.now() + limitMs;
    for (;;) {
      const reply = await ask(this.port, 'POST', path, { headers: this.headers() });
      if (reply.status === 200) return JSON.parse(reply.body) as Description;
      if ((reply.status !== 202 && reply.status < 500) || Date.now() > deadlineMs)
        throw new Error(`not sealed: ${reply.status} ${reply.body}`);
      await delay(50);
    }
  }

  headers(more: Record<string, string> = {}): Record<string, string> {
    return { authorization: `Bearer ${this.credential}`, 'tus-resumable': '1.0.0', ...more };
  }
}

/** One file on its way. */
export class Sending {
  readonly sender: Sender;
  readonly path: string;
  readonly content: Buffer;
  readonly acknowledged = new Acknowledged();

  constructor(sender: Sender, path: string, content: Buffer) {
    this.sender = sender;
    this.path = path;
    this.content = content;
  }

  get uploadId(): string {
    return this.path.split('/').at(-1) ?? '';
  }

  get sha256(): string {
    return createHash('sha256').update(this.content).digest('hex');
  }

  /** Takes the lock from whoever writes, as a client that comes back does. */
  async head(port = this.sender.port): Promise<Reply & { offsetBytes: number | undefined }> {
    const floorBytes = this.acknowledged.highestBytes;
    return this.noted(await ask(port, 'HEAD', this.path, { headers: this.sender.headers() }), floorBytes);
  }

  /** Sends the bytes from an offset on, all that are left or so many. */
  async patch(
    offsetBytes: number,
    options: { bytes?: number | undefined; port?: number; signal?: AbortSignal } = {},
  ): Promise<Reply & { offsetBytes: number | undefined }> {
    const floorBytes = this.acknowledged.highestBytes;
    const endBytes = options.bytes === undefined ? undefined : offsetBytes + options.bytes;
    const reply = await ask(options.port ?? this.sender.port, 'PATCH', this.path, {
      headers: this.sender.headers({
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offsetBytes),
      }),
      body: this.content.subarray(offsetBytes, endBytes),
      signal: options.signal,
    });
    return this.noted(reply, floorBytes);
  }

  /** What has been acknowledged, as the submitter's page shows it: without disturbing whoever writes. */
  async look(port: number): Promise<number> {
    const floorBytes = this.acknowledged.highestBytes;
    const { files } = await this.sender.describe(port);
    const offsetBytes = files.find(({ uploadId }) => uploadId === this.uploadId)?.offsetBytes ?? -1;
    this.acknowledged.add(offsetBytes, floorBytes);
    return offsetBytes;
  }

  /**
   * Goes on until every byte is acknowledged, as a patient client does: after a break, and after an answer that may
   * pass, it asks for the offset and sends from there.
   * @param options `pieceBytes`: most bytes in one PATCH, asked for before each; left out: all that are left
   * @returns how often it had to begin again
   * @throws Error for a final refusal, or when it takes too long
   */
  async sendAll(
    options: { pieceBytes?: number | (() => number | undefined); limitMs?: number } = {},
  ): Promise<number> {
    const deadlineMs = Date.now() + (options.limitMs ?? 60_000);
    const wanted = options.pieceBytes;
    const pieceBytes = typeof wanted === 'function' ? wanted : () => wanted;
    for (let interruptions = 0; ; interruptions += 1) {
      const problem = await this.sendOn(pieceBytes).catch((error: unknown) => {
        if (error instanceof Refused) throw error;
        return error;
      });
      if (problem === undefined) return interruptions;
      if (Date.now() > deadlineMs) throw new Error('not sent in time', { cause: problem });
      await delay(50);
    }
  }

  private async sendOn(pieceBytes: () => number | undefined): Promise<unknown> {
    let { offsetBytes, ...reply } = await this.head();
    while (offsetBytes !== undefined && offsetBytes < this.content.length) {
      ({ offsetBytes, ...reply } = await this.patch(offsetBytes, { bytes: pieceBytes() }));
    }
    if (offsetBytes !== undefined) return undefined;
    const words = `${reply.status} ${reply.body}`;
    if (reply.status < 500 && ![409, 423, 429].includes(reply.status)) throw new Refused(words);
    return new Error(words);
  }

  private noted(reply: Reply, floorBytes: number): Reply & { offsetBytes: number | undefined } {
    const said = reply.headers['upload-offset'];
    if (reply.status >= 300 || typeof said !== 'string') return { ...reply, offsetBytes: undefined };
    this.acknowledged.add(Number(said), floorBytes);
    return { ...reply, offsetBytes: Number(said) };
  }
}

/** An answer after which a client doesn't try again. */
class Refused extends Error {}
