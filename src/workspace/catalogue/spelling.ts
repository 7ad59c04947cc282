/*
 * Spellings of PostgreSQL's that the engine's parser does not read, or reads wrong, said in a way that it does. Every
 * change keeps the text's length, so that positions in errors stay those of the client's own text.
 */

/** What may stand in a query beside plain words: nothing inside these is touched. */
const SKIPPED =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|[\p{L}_][\p{L}\p{N}_$]*|\d[\w.]*|\s+|[^\s]/uy;

/** Behind `::pg_catalog.` the parser takes these for key words. */
const TYPE_WORDS = new Set(
  'bit char character dec decimal float int integer interval name national nchar numeric real smallint text time timestamp uuid varchar xml'.split(
    ' ',
  ),
);

interface Token {
  readonly text: string;
  readonly start: number;
}

/** The query as the engine's parser reads it, of the same length. */
export function asEngineReads(sql: string): string {
  if (!/pg_catalog|operator\s*\(/i.test(sql)) return sql;
  const all = tokens(sql);
  const blanks: [start: number, end: number][] = [];
  for (let index = 0; index < all.length; index += 1) {
    if (isWord(all[index], 'operator') && all[index + 1]?.text === '(') blankOperator(all, index, blanks);
    else if (isSchema(all[index]) && all[index + 1]?.text === '.') blankSchema(all, index, blanks);
  }
  let read = sql;
  for (const [start, end] of blanks) read = read.slice(0, start) + ' '.repeat(end - start) + read.slice(end);
  return read;
}

/** `OPERATOR(pg_catalog.~)` is `~`. */
function blankOperator(all: readonly Token[], index: number, blanks: [number, number][]): void {
  const close = all.findIndex((token, at) => at > index && token.text === ')');
  const inside = all.slice(index + 2, close);
  const symbols = inside.findIndex(({ text }) => /^[-+*/<>=~!@#%^&|`?]$/.test(text));
  const first = inside[symbols];
  const opening = all[index];
  const closing = all[close];
  if (first === undefined || opening === undefined || closing === undefined) return;
  blanks.push([opening.start, first.start], [closing.start, closing.start + 1]);
}

/** `COLLATE pg_catalog.default` is what there is in any case; `::pg_catalog.text` is `::text`. */
function blankSchema(all: readonly Token[], index: number, blanks: [number, number][]): void {
  const schema = all[index];
  const word = all[index + 2];
  if (schema === undefined || word === undefined) return;
  const before = all[index - 1];
  if (isWord(before, 'collate') && before !== undefined) {
    blanks.push([before.start, word.start + word.text.length]);
  } else if (isTypePlace(all, index) && TYPE_WORDS.has(word.text.toLowerCase().replaceAll('"', ''))) {
    blanks.push([schema.start, word.start]);
  }
}

/** Behind `::` or the AS of a cast. */
function isTypePlace(all: readonly Token[], index: number): boolean {
  const before = all[index - 1];
  return (before?.text === ':' && all[index - 2]?.text === ':') || isWord(before, 'as');
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.text.toLowerCase() === word;
}

function isSchema(token: Token | undefined): boolean {
  return isWord(token, 'pg_catalog') || token?.text === '"pg_catalog"';
}

/** Without what is between them: spaces and comments. */
function tokens(sql: string): readonly Token[] {
  const found: Token[] = [];
  SKIPPED.lastIndex = 0;
  while (SKIPPED.lastIndex < sql.length) {
    const start = SKIPPED.lastIndex;
    const match = SKIPPED.exec(sql);
    if (match === null) {
      SKIPPED.lastIndex = start + 1;
      continue;
    }
    if (!/^(\s|--|\/\*)/.test(match[0])) found.push({ text: match[0], start });
  }
  return found;
}
