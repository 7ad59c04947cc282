import { queryFault, sqlStates } from './query-fault.ts';

/*
 * PostgreSQL's grammar has words that the engine's parser does not take, or takes for something else, and that parser reads
 * comments in a time that grows with the square of their number: 16,000 of them hold a thread for a minute, and nothing
 * interrupts it. Both are blanked out before parsing, so that every character keeps its place; whatever is blanked means
 * nothing here.
 */

const WORD = String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
const QUOTED = '"[^"]*(?:""[^"]*)*"';
const NAME = `(?:${WORD}|${QUOTED})`;
const PG_CATALOG = String.raw`(?:pg_catalog|"pg_catalog")\s*\.\s*`;

/** As in PostgreSQL (NAMEDATALEN - 1). The engine's parser takes a time that grows with the third power of it. */
const OPERATOR_LENGTH_MAX = 63;

/**
 * Texts and quoted names, which are passed over; then what is looked for. What has no end goes to the end of the text: a
 * text of a million openings is read once, and the parser refuses it.
 */
const TOKEN = new RegExp(
  [
    String.raw`[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|$)`,
    "'[^']*(?:''[^']*)*(?:'|$)",
    String.raw`\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`--[^\n\r]*`,
    String.raw`(?<comment>\/\*)`,
    String.raw`(?<symbols>(?:(?!--|\/\*)[-+*/<>=~!@#%^&|\`?]){${OPERATOR_LENGTH_MAX + 1}})`,
    // The schema of a type: the parser takes `pg_catalog.int4` and not `pg_catalog.text`. Nothing but the type of a CAST
    // has a schema behind AS.
    String.raw`(?<type>::\s*|(?<![\w$"])as\s+)(?<typeSchema>${PG_CATALOG})`,
    // Texts are compared by their bytes, which is what these collations say.
    String.raw`(?<![\w$"])(?<collation>collate\s+(?:${PG_CATALOG})?(?:default\b|"(?:default|C|POSIX|ucs_basic)"))`,
    String.raw`(?<![\w$"])(?<operator>operator\s*\(\s*${PG_CATALOG})(?<symbol>[-+*/<>=~!@#%^&|?]+)(?<operatorEnd>\s*\))`,
    // The schema before a table's `.*`.
    String.raw`(?<starSchema>${NAME}\s*\.\s*)(?<star>${NAME}\s*\.\s*\*)`,
    '"[^"]*(?:""[^"]*)*(?:"|$)',
    WORD,
  ].join('|'),
  'gi',
);

/** The text as the engine's parser takes it; as many bytes as it had, since places in its tree count those. */
export function readableByEngine(text: string): string {
  if (!/\/\*|pg_catalog|\.\s*\*|collate|[-+*/<>=~!@#%^&|`?]{64}/i.test(text)) return text;
  let read = '';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return read + text.slice(at);
    if (match.groups?.symbols !== undefined) {
      throw queryFault(sqlStates.syntax, 'operator too long', { position: match.index + 1 });
    }
    const isComment = match.groups?.comment !== undefined;
    const end = isComment ? commentEnd(text, match.index) : match.index + match[0].length;
    read += text.slice(at, match.index) + (isComment ? blank(text.slice(match.index, end)) : readToken(match));
    at = end;
  }
}

function readToken({ 0: all, groups = {} }: RegExpExecArray): string {
  const { type = '', typeSchema, collation, operator, symbol = '', operatorEnd = '', starSchema, star = '' } = groups;
  if (typeSchema !== undefined) return type + blank(typeSchema);
  if (collation !== undefined) return blank(collation);
  if (operator !== undefined) return blank(operator) + symbol + blank(operatorEnd);
  if (starSchema !== undefined) return blank(starSchema) + star;
  return all;
}

/** Comments may stand in comments. */
function commentEnd(text: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(text); match !== null; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  throw queryFault(sqlStates.syntax, 'unterminated /* comment', { position: start + 1 });
}

function blank(text: string): string {
  return ' '.repeat(Buffer.byteLength(text));
}
