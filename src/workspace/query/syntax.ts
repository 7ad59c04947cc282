/*
 * PostgreSQL's grammar has words that the engine's parser does not take, or takes for something else. They are blanked out
 * before parsing, so that every character keeps its place; whatever is blanked means nothing here.
 */

const WORD = String.raw`[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*`;
const QUOTED = '"[^"]*(?:""[^"]*)*"';
const NAME = `(?:${WORD}|${QUOTED})`;
const PG_CATALOG = String.raw`(?:pg_catalog|"pg_catalog")\s*\.\s*`;

/**
 * Texts, quoted names and comments, which are passed over; then what is looked for. What has no end goes to the end of the
 * text: a text of a million openings is read once, and the parser refuses it.
 */
const TOKEN = new RegExp(
  [
    String.raw`[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|$)`,
    "'[^']*(?:''[^']*)*(?:'|$)",
    String.raw`\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`--[^\n]*`,
    String.raw`(?<comment>\/\*[\s\S]*?(?:\*\/|$))`,
    // The schema of a type: the parser takes `pg_catalog.int4` and not `pg_catalog.text`.
    String.raw`(?<type>::\s*)(?<typeSchema>${PG_CATALOG})`,
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
  if (!/pg_catalog|\.\s*\*|collate/i.test(text)) return text;
  let hasNestedComment = false;
  const read = text.replace(TOKEN, (match, ...more: unknown[]) => {
    const groups = more[more.length - 1] as Record<string, string | undefined>;
    const { comment, type = '', typeSchema, collation, operator, symbol = '', operatorEnd = '' } = groups;
    if (comment?.includes('/*', 2) === true) hasNestedComment = true;
    if (typeSchema !== undefined) return type + blank(typeSchema);
    if (collation !== undefined) return blank(collation);
    if (operator !== undefined) return blank(operator) + symbol + blank(operatorEnd);
    if (groups.starSchema !== undefined) return blank(groups.starSchema) + (groups.star ?? '');
    return match;
  });
  // Where a comment in a comment ends is not known here, so neither is what stands behind it.
  return hasNestedComment ? text : read;
}

function blank(text: string): string {
  return ' '.repeat(Buffer.byteLength(text));
}
