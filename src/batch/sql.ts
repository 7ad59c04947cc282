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
