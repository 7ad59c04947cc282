import { badQuery } from './errors.ts';
import type { QueryOptions } from './query-options.ts';

/**
 * The arguments of a function by name, aliases replaced by what the query says of them: `Query=@p1,Name='a'`. Texts keep
 * their quotes. @throws WireError 400 for an alias without a value.
 */
export function functionArguments(text: string, options: QueryOptions): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of splitOutside(text)) {
    const at = part.indexOf('=');
    if (at < 1) throw badQuery('Bad Request - Error in query syntax.');
    const value = part.slice(at + 1).trim();
    const name = part.slice(0, at).trim();
    if (!value.startsWith('@')) {
      found.set(name, value);
      continue;
    }
    const given = options.values.get(value);
    if (given === undefined) throw badQuery(`The parameter alias '${value}' has no value.`);
    found.set(name, given.trim());
  }
  return found;
}

/** At commas that are in no quotes, braces or brackets. */
function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let index = 0; index <= text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (index === text.length || (character === ',' && depth === 0 && quote === '')) {
      if (text.slice(start, index).trim() !== '') parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return parts;
}
