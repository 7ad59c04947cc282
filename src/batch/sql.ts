/** An identifier as DuckDB reads it, whatever it holds. */
export function ident(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal as DuckDB reads it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of text literals: `['a', 'b']`. */
export function literalList(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}

/** A moment as a TIMESTAMP literal in UTC, to the millisecond. */
export function timestampLiteral(at: Date): string {
  return `TIMESTAMP ${literal(at.toISOString().replace('T', ' ').replace('Z', ''))}`;
}

/**
 * How Parquet files are written. Small row groups: the cores share a file's rows when it is read or written, and less of it
 * is in memory at once.
 */
export const PARQUET_OPTIONS = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480';
