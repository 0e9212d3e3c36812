import { randomBytes } from 'node:crypto';

/** Thrown by a route, sent as kintone sends it. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: { code: string; id: string; message: string; errors?: object };

  constructor(status: number, body: ApiError['body']) {
    super(body.code);
    this.status = status;
    this.body = body;
  }
}

export const apiError = (status: number, code: string): ApiError =>
  new ApiError(status, { code, id: errorId(), message: `a message of ${code}` });

/** Names the fields, and says in words what each of them lacks. */
export const invalid = (names: string[]): ApiError =>
  new ApiError(400, {
    code: 'CB_VA01',
    id: errorId(),
    message: 'a message of CB_VA01',
    errors: Object.fromEntries(names.map((name) => [name, { messages: ['a message'] }])),
  });

const errorId = (): string => randomBytes(15).toString('base64url');
