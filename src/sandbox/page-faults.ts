import type { FaultRule, Faults } from './faults.ts';
import type { BodyPiece, Noted } from './wire.ts';

/** Marks a place in a page's text where bytes go that are no text. */
const badBytesMark = '\u{f8ff}!\u{f8ff}';
/** The beginning of a character of two bytes, and no second one. */
const badBytes = Buffer.from([0xc3, 0x28]);

const emptyParameter = /(^|&)sandbox-empty=(\d+)/;

/** The query without what an empty page added to its link. */
export function withoutEmptyMark(query: string): string {
  return query.replace(emptyParameter, '').replace(/^&/, '');
}

/** A page's text around and between its rows. */
interface PageParts {
  /** To the array's bracket. */
  head: string;
  rows: string[];
  /** From the array's closing bracket. */
  tail: string;
}

/**
 * Plays a fault on a whole page, and what an earlier one left for it. Works on the page's text, whoever wrote it, so
 * that rows stay character by character what they were.
 */
export function playOnPage({
  faults,
  rule,
  url,
  body,
  noted,
}: {
  readonly faults: Faults;
  readonly rule: FaultRule | null;
  /** The link that asked for the page. */
  readonly url: string;
  readonly body: readonly BodyPiece[];
  readonly noted: Noted;
}): readonly BodyPiece[] {
  const carried = faults.carried(url);
  if (rule === null && carried === undefined) return body;
  const page = splitPage(textOf(body));
  if (page === null) return body;
  if (carried !== undefined) page.rows.unshift(carried);
  if (rule !== null) playRule(page, { faults, rule, url, noted });
  noted.rows = page.rows.length;
  const [before = '', after] = `${page.head}${page.rows.join(',')}${page.tail}`.split(badBytesMark);
  return after === undefined ? [before] : [before, badBytes, after];
}

function playRule(
  page: PageParts,
  {
    faults,
    rule,
    url,
    noted,
  }: { readonly faults: Faults; readonly rule: FaultRule; readonly url: string; noted: Noted },
): void {
  const last = page.rows.at(-1);
  switch (rule.do) {
    case 'repeat-row':
      if (last !== undefined) page.rows.push(last);
      return;
    case 'repeat-across':
      mapLinks(page, (name, link) => {
        if (name === 'nextLink' && last !== undefined) faults.carry(link, last);
        return link;
      });
      return;
    case 'shift-page':
      page.rows.shift();
      return;
    case 'empty-page':
      page.rows = [];
      mapLinks(page, () => null);
      page.tail = `],"@odata.nextLink":${JSON.stringify(emptyLink(url))}}`;
      noted.page = `${noted.page ?? ''} empty`;
      return;
    case 'no-links':
      mapLinks(page, () => null);
      return;
    case 'repeat-cookie':
      mapLinks(page, (name, link) =>
        name !== 'nextLink' ? link : rule.cycle === 2 ? (faults.backLink(rule, url) ?? link) : url,
      );
      return;
    case 'foreign-link':
      mapLinks(page, (_name, link) => otherHost(link, rule.host ?? ''));
      return;
    case 'broken-utf8':
      spoilText(page, rule.column, badBytesMark);
      return;
    case 'lone-surrogate':
      spoilText(page, rule.column, '\\ud800');
      return;
    default:
      return;
  }
}

function textOf(body: readonly BodyPiece[]): string {
  return Buffer.concat(body.map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece))).toString();
}

/** Null for what is no page. */
function splitPage(text: string): PageParts | null {
  const start = '"value":[';
  const at = text.indexOf(start);
  if (at < 0) return null;
  const from = at + start.length;
  const rows: string[] = [];
  let depth = 0;
  let begin = from;
  for (let index = from; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') index = stringEnd(text, index);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || (character === ']' && depth > 0)) depth -= 1;
    else if ((character === ',' || character === ']') && depth === 0) {
      if (index > begin) rows.push(text.slice(begin, index));
      if (character === ']') return { head: text.slice(0, from), rows, tail: text.slice(index) };
      begin = index + 1;
    }
  }
  return null;
}

/** Where the string that begins here ends. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && escaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function escaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

/** Rewrites the page's own links; null takes one out. */
function mapLinks(page: PageParts, change: (name: string, link: string) => string | null): void {
  const pattern = /,"@odata\.(nextLink|deltaLink)":("(?:[^"\\]|\\.)*")/g;
  const replaced = (text: string): string =>
    text.replace(pattern, (_whole, name: string, quoted: string) => {
      const link = change(name, JSON.parse(quoted) as string);
      return link === null ? '' : `,"@odata.${name}":${JSON.stringify(link)}`;
    });
  page.head = replaced(page.head);
  page.tail = replaced(page.tail);
}

/** The same link with a number, so that a chain of empty pages never shows one twice. */
function emptyLink(url: string): string {
  const [path = '', query = ''] = split(url);
  const count = Number(emptyParameter.exec(query)?.[2] ?? '0') + 1;
  const rest = withoutEmptyMark(query);
  return `${path}?${rest === '' ? '' : `${rest}&`}sandbox-empty=${count}`;
}

function split(url: string): readonly string[] {
  const at = url.indexOf('?');
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
}

function otherHost(link: string, host: string): string {
  return link.replace(/^(https?:\/\/)[^/]*/, (_whole, scheme: string) => (host.includes('://') ? host : scheme + host));
}

/** Puts something into a text of the last row that has one. */
function spoilText(page: PageParts, column: string | undefined, spoil: string): void {
  for (let index = page.rows.length - 1; index >= 0; index -= 1) {
    const row = page.rows[index] ?? '';
    const found = Object.entries(JSON.parse(row) as Record<string, unknown>).find(
      ([name, value]) => typeof value === 'string' && (column === undefined ? isWords(name, value) : name === column),
    );
    if (found === undefined) continue;
    const property = `${JSON.stringify(found[0])}:"`;
    page.rows[index] = row.replace(property, () => property + spoil);
    return;
  }
}

/** No annotation, key, date or number. */
function isWords(name: string, value: string): boolean {
  return !name.includes('@') && !/^(?:[\d.,-]*|[0-9a-f-]{36}|\d{4}-\d\d-\d\d.*)$/i.test(value);
}
