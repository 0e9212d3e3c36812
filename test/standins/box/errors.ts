/** Box's own form of an error. */
export class BoxError extends Error {
  readonly status: number;
  readonly code: string;
  readonly contextInfo: unknown;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    { contextInfo, headers = {} }: { contextInfo?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(code);
    this.status = status;
    this.code = code;
    this.contextInfo = contextInfo;
    this.headers = headers;
  }

  body(): object {
    return {
      type: 'error',
      status: this.status,
      code: this.code,
      ...(this.contextInfo !== undefined && { context_info: this.contextInfo }),
      help_url: 'http://developers.box.com/docs/#errors',
      message: this.code,
      request_id: 'abcdef123456',
    };
  }
}

export const notFound = (): BoxError => new BoxError(404, 'not_found');
