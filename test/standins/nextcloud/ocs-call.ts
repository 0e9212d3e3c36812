import type { SignIn } from './accounts.ts';
import type { Exchange } from './exchange.ts';
import type { Instance } from './instance.ts';

/** A refusal inside the OCS envelope. `httpStatus` only where it isn't the statuscode's own. */
export class OcsError extends Error {
  readonly statusCode: number;
  readonly httpStatus: number;
  /** Beside the envelope's meta; few refusals have any. */
  readonly data: object;

  constructor(statusCode: number, message: string, httpStatus = statusCode, data: object = []) {
    super(message);
    this.statusCode = statusCode;
    this.httpStatus = httpStatus;
    this.data = data;
  }
}

export const requireAdmin = ({ signIn }: OcsCall): void => {
  if (signIn.user.admin !== true) throw new OcsError(403, 'Logged in account must be an admin');
};

/** A request with its parameters, whether they came in the query, as a form or as JSON. */
export interface OcsCall {
  instance: Instance;
  exchange: Exchange;
  signIn: SignIn & { kind: 'in' };
  parameters: ReadonlyMap<string, string>;
  json: Record<string, unknown>;
}

/** An empty 429, outside the envelope and without Retry-After (measured on Nextcloud 32.0.1). */
export const rateLimited = Symbol('rate limited');
