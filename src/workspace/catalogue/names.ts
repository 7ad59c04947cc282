import { PG_KEYWORDS } from './pg15-keywords.ts';

/** Words that must be quoted to be names (PostgreSQL's quote_ident does so for all that are not unreserved). */
export const RESERVED: ReadonlySet<string> = new Set(
  `${PG_KEYWORDS.R} ${PG_KEYWORDS.T} ${PG_KEYWORDS.C}`.trim().split(/\s+/),
);

/** A name as PostgreSQL prints it: in double quotes only where it must be. */
export function quoteIdent(name: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * The parts of a dotted name in a text, folded to lower case where they are not quoted; null where it is no name.
 * `Pg_Class` is one part, `"My.Table"` is one, `dbo.account` are two.
 */
export function nameParts(text: string): readonly string[] | null {
  const part = /\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$-]*))\s*/uy;
  const parts: string[] = [];
  for (;;) {
    const found = part.exec(text);
    if (found === null) return null;
    parts.push(found[1] === undefined ? String(found[2]).toLowerCase() : found[1].replaceAll('""', '"'));
    if (part.lastIndex === text.length) return parts;
    if (text[part.lastIndex] !== '.') return null;
    part.lastIndex += 1;
  }
}
