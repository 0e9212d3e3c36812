/**
 * A table for a spreadsheet: RFC 4180, in UTF-8 with a byte order mark, without which Excel takes Japanese for something
 * else. A cell that a spreadsheet would calculate is made text by an apostrophe (OWASP: CSV injection).
 * @param titles of columns that are headed by other words than their names
 */
export const asCsv = <Column extends string>(
  columns: readonly Column[],
  rows: readonly Partial<Record<Column, unknown>>[],
  titles: Readonly<Record<string, string>> = {},
): string =>
  `\uFEFF${[
    columns.map((column) => cellOf(titles[column] ?? column)).join(','),
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
