import { badQuery } from './errors.ts';

/** A word of an OData expression: a literal by its form, a name or alias, one mark, or the end. */
export interface Word {
  readonly kind: 'text' | 'number' | 'guid' | 'date' | 'datetime' | 'enum' | 'list' | 'name' | 'alias' | 'mark' | 'end';
  readonly text: string;
  readonly at: number;
}

/** In this order: what looks like several of them is the first. */
const forms: readonly (readonly [Word['kind'], RegExp])[] = [
  ['text', /'(?:[^']|'')*'/y],
  ['list', /\[(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\]"'])*\]/y],
  ['datetime', /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?(?![\w-])/y],
  ['guid', /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-])/y],
  ['date', /\d{4}-\d\d-\d\d(?![\w-])/y],
  ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.-])/y],
  ['enum', /[A-Za-z_][\w.]*'[^']*'/y],
  ['alias', /@\w+/y],
  ['name', /[$A-Za-z_][\w.]*/y],
  ['mark', /[(),=/:;]/y],
];
const blank = /\s*/y;

/** Splits an expression into words, the last one the end. @throws WireError 400, with the position. */
export function filterWords(text: string): readonly Word[] {
  const words: Word[] = [];
  let at = pastBlank(text, 0);
  while (at < text.length) {
    const word = wordAt(text, at);
    words.push(word);
    at = pastBlank(text, at + word.text.length);
  }
  words.push({ kind: 'end', text: '', at: text.length });
  return words;
}

function wordAt(text: string, at: number): Word {
  for (const [kind, form] of forms) {
    form.lastIndex = at;
    const match = form.exec(text);
    if (match !== null) return { kind, text: match[0], at };
  }
  // The platform's own words, as its page on filters shows them.
  if (text[at] === "'") throw badQuery(`There is an unterminated literal at position ${text.length} in '${text}'.`);
  if (text[at] === '[') throw brokenList();
  throw badQuery(`Syntax error at position ${at} in '${text}'.`);
}

/** The platform says this of every array it cannot read. */
export function brokenList(): Error {
  return badQuery(
    "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two elements in an array and properties of an object must be separated by commas.",
  );
}

function pastBlank(text: string, at: number): number {
  blank.lastIndex = at;
  return at + (blank.exec(text)?.[0].length ?? 0);
}
