/**
 * A table for a spreadsheet: RFC 4180, in UTF-8 with a byte order mark, without which Excel takes Japanese for something
 * else. A cell that a spreadsheet would calculate is made text by an apostrophe (OWASP: CSV injection).
 */
export const asCsv = <Column extends string>(
  columns: readonly Column[],
  rows: readonly Record<Column, unknown>[],
): string =>
  `\uFEFF${[
    columns.join(','),
    ...rows.map((row) => columns.map((column) => cellOf(row[column])).join(',')),
  ].join('\r\n')}\r\n`;

const cellOf = (value: unknown): string => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const inert = /^[=+\-@\t\r\n＝＋－＠]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
};

/** Of the newest; more is for the API. */
export const mostCsvRows = 10_000;

export const csvHeaders = (fileName: string): Record<string, string> => ({
  'Content-Type': 'text/csv; charset=utf-8',
  'Content-Disposition': `attachment; filename="${fileName}"`,
});
