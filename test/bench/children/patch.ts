import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const mostAttempts = 5;
const pauseMs = 1_000;

/** Where a raw client sends, and as whom. */
export interface RawUpload {
  /** `/uploads/…` */
  path: string;
  credential: string;
}

export const tusHeaders = (
  credential: string,
  more: Record<string, string> = {},
): Record<string, string> => ({
  authorization: `Bearer ${credential}`,
  'tus-resumable': '1.0.0',
  ...more,
});

/** Creates an upload of so many bytes, none of them sent. What fails for a while is tried again, as tus clients do. */
export const createUpload = async (
  portalUrl: string,
  credential: string,
  name: string,
  sizeBytes: number,
): Promise<RawUpload> => {
  const headers = tusHeaders(credential, {
    'upload-length': String(sizeBytes),
    'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
  });
  for (let attempt = 1; ; attempt += 1) {
    const reply = await fetch(`${portalUrl}/uploads`, { method: 'POST', headers });
    const text = await reply.text();
    const path = reply.headers.get('location');
    if (reply.status === 201 && path !== null) return { path, credential };
    if (reply.status < 500 || attempt === mostAttempts)
      throw new Error(`not created: ${reply.status} ${text}`);
    await delay(pauseMs);
  }
};

/** A PATCH whose body is written by hand, at whatever pace. */
export class RawPatch {
  readonly upload: RawUpload;
  /** Bytes of the body that have been handed to the system, which sends them on. */
  sentBytes = 0;
  /** Why it ended before it was cut: the first line of the answer, or the error. */
  turnedAway: string | undefined;
  readonly #socket: Socket;
  #answer = '';
  #cut = false;

  /** @param bodyBytes what the head announces */
  constructor(portalUrl: string, upload: RawUpload, bodyBytes: number) {
    const { hostname, port, host } = new URL(portalUrl);
    this.upload = upload;
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const headers = {
      host,
      'content-type': 'application/offset+octet-stream',
      'content-length': String(bodyBytes),
      'upload-offset': '0',
      ...tusHeaders(upload.credential),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`PATCH ${upload.path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    this.#socket.setEncoding('utf8').on('data', (text: string) => {
      this.#answer += text;
      // What sends an answer before the body is whole takes no more of it.
      this.#end(this.#answer.split('\r\n')[0] ?? '');
    });
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('closed without an answer'));
  }

  /** Does nothing once the portal has turned it away. */
  write(bytes: Buffer): void {
    if (this.turnedAway !== undefined) return;
    this.#socket.write(bytes, (error) => {
      if (error === undefined || error === null) this.sentBytes += bytes.length;
    });
  }

  /** Breaks the line. */
  cut(): void {
    this.#cut = true;
    this.#socket.destroy();
  }

  #end(why: string): void {
    if (this.#cut) return;
    this.turnedAway ??= why;
    this.#socket.destroy();
  }
}
