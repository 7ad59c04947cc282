import { badQuery } from './errors.ts';

/** Query options by name, decoded, and the text they came from. */
export interface QueryOptions {
  readonly raw: string;
  readonly values: ReadonlyMap<string, string>;
}

/** @throws WireError when an option is given twice or its escapes are broken. */
export function parseQueryOptions(raw: string): QueryOptions {
  const values = new Map<string, string>();
  for (const part of raw.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decode(at < 0 ? part : part.slice(0, at));
    if (values.has(name)) throw badQuery(`Query option '${name}' was specified more than once.`);
    values.set(name, decode(at < 0 ? '' : part.slice(at + 1)));
  }
  return { raw, values };
}

/** Refuses `$` options outside the list (unknown ones with the platform's words). */
export function allowOptions(options: QueryOptions, allowed: readonly string[]): void {
  for (const name of options.values.keys()) {
    if (name.startsWith('$') && !allowed.includes(name)) {
      throw badQuery(`The query parameter ${name} is not supported`);
    }
  }
}

/** Names of `$select`, or null when it was not given. */
export function selected(options: QueryOptions): readonly string[] | null {
  const text = options.values.get('$select');
  if (text === undefined || text.trim() === '*') return null;
  const names = text
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '');
  if (names.length === 0) throw badQuery('The $select query option is empty.');
  return [...new Set(names)];
}

export interface ExpandItem {
  readonly name: string;
  readonly options: QueryOptions;
  /** `name/$ref`: links instead of rows. */
  readonly asReference: boolean;
}

/** Items of `$expand` with the options in their parentheses. @throws WireError 400 */
export function expanded(text: string | undefined): readonly ExpandItem[] {
  if (text === undefined) return [];
  return splitOutside(text, ',').map(item => {
    const match = /^\s*([\w.]+)(\/\$ref)?\s*(?:\((.*)\))?\s*$/s.exec(item);
    if (match === null) throw badQuery(`Syntax error in $expand: '${item}'.`);
    const raw = match[3] ?? '';
    const values = new Map<string, string>();
    for (const part of splitOutside(raw, ';')) {
      const at = part.indexOf('=');
      if (at < 0) throw badQuery(`Syntax error in $expand: '${part}'.`);
      values.set(part.slice(0, at).trim(), part.slice(at + 1));
    }
    return { name: match[1] ?? '', options: { raw, values }, asReference: match[2] !== undefined };
  });
}

/** Splits where the separator stands neither in parentheses nor in a quoted text. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const character = text[index];
    if (character === "'") quoted = !quoted;
    if (!quoted && character === '(') depth += 1;
    if (!quoted && character === ')') depth -= 1;
    if (index === text.length || (character === separator && depth === 0 && !quoted)) {
      if (text.slice(start, index).trim() !== '') parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return parts;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badQuery('The query string holds a broken escape.');
  }
}
