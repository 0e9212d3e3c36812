import type { IncomingMessage, ServerResponse } from 'node:http';

/** What was asked, as far as tests look at it: no bytes of files. */
export interface SeenCall {
  method: string;
  /** Below the address of the API or of uploads. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** JSON, or the fields of a form. */
  body?: unknown;
  status?: number;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: object;
}

/** One request, and where its answer goes. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  call: SeenCall;
  /** Of JSON and forms, read at once; the parts of large files come as a stream. */
  bytes: Buffer;
}

/** What goes wrong with a request: another answer, its answer lost after the work, no answer, no token good any more. */
export type FaultAction = { reply: Reply } | 'answer-lost' | 'hanging' | 'signed-out';

export interface Fault {
  method?: string;
  path?: RegExp;
  /** Requests that match and are let pass first. */
  skip?: number;
  action: FaultAction;
}

/** Each hits one request. */
export class Faults {
  #set: Fault[] = [];

  add(fault: Fault): void {
    this.#set.push({ ...fault });
  }

  strike({ method, path }: SeenCall): FaultAction | undefined {
    for (const fault of this.#set) {
      if (fault.method !== undefined && fault.method !== method) continue;
      if (fault.path !== undefined && !fault.path.test(path)) continue;
      if ((fault.skip ?? 0) > 0) {
        fault.skip = (fault.skip ?? 0) - 1;
        continue;
      }
      this.#set = this.#set.filter((other) => other !== fault);
      return fault.action;
    }
    return undefined;
  }
}
