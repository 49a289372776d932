/**
 * Tables in Markdown.
 *
 * @module
 */

/** One row for each object, with the keys of the first one as header. */
export function toTable(rows: readonly object[]): string {
  const keys = Object.keys(rows[0] ?? {});
  const line = (cells: readonly unknown[]): string => `| ${cells.map((cell) => cell ?? '–').join(' | ')} |`;
  return [line(keys), line(keys.map(() => '---')), ...rows.map((row) => line(Object.values(row)))].join('\n');
}
