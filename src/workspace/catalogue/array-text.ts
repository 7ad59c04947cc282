/**
 * The items of a one-dimensional array in PostgreSQL's text form (documentation, "Array Input and Output Syntax"); null
 * for what is none, or has more dimensions.
 */
export function arrayItems(text: unknown): readonly (string | null)[] | null {
  if (typeof text !== 'string' || !/^\s*\{[\s\S]*\}\s*$/.test(text)) return null;
  const inside = text.trim().slice(1, -1).trim();
  if (inside === '') return [];
  const item = /\s*(?:"((?:[^"\\]|\\[\s\S])*)"|((?:[^",{}\\]|\\[\s\S])*))\s*(,|$)/y;
  const items: (string | null)[] = [];
  for (;;) {
    const found = item.exec(inside);
    if (found === null) return null;
    const [, quoted, plain = '', end] = found;
    if (quoted === undefined && plain.trim() === '') return null;
    const word = plain.trim();
    if (quoted !== undefined) items.push(unescaped(quoted));
    else items.push(word.toUpperCase() === 'NULL' ? null : unescaped(word));
    if (end === '') return items;
  }
}

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1');
}
