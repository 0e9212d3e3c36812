/** An answer in the form of Amazon's "Error responses". */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: Record<string, string>;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: string,
    more: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    super(code);
    this.status = status;
    this.code = code;
    this.more = more;
    this.headers = headers;
  }

  get xml(): string {
    const more = Object.entries(this.more).map(([name, value]) => `<${name}>${escaped(value)}</${name}>`);
    return xml(
      `<Error><Code>${this.code}</Code><Message>The stand-in says ${this.code}.</Message>${more.join('')}<RequestId>standin</RequestId></Error>`,
    );
  }
}

export const xml = (content: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${content}`;

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
