import type { Tree } from '../sql-tree.ts';
import type { DoorParts } from './door-parts.ts';
import { call, cast, constant, constantOf } from './nodes.ts';

/** `%s`, `%I`, `%L`, with a position (`%1$s`), and `%%`. */
const PLACE = /%(?:(\d+)\$)?([sIL%])/g;

/**
 * PostgreSQL's `format` (documentation, "String Functions and Operators"), which the engine's own is not, as a
 * concatenation. Null where the pattern is not a constant or holds what is not said here (widths).
 */
export function rewriteFormat(children: readonly Tree[], { fixedPlace }: DoorParts): Tree | null {
  const [pattern, ...values] = children;
  const text = constantOf(pattern);
  if (typeof text !== 'string' || /%(?!(\d+\$)?[sIL%])/.test(text)) return null;
  const parts: Tree[] = [constant('')];
  let end = 0;
  let next = 0;
  for (const found of text.matchAll(PLACE)) {
    if (found.index > end) parts.push(constant(text.slice(end, found.index)));
    end = found.index + found[0].length;
    if (found[2] === '%') parts.push(constant('%'));
    else {
      if (found[1] !== undefined) next = Number(found[1]) - 1;
      const value = cast(values[next] ?? constant(null), 'VARCHAR');
      next += 1;
      const quoting = { s: null, I: 'quote_ident', L: 'quote_nullable' }[found[2] ?? ''] ?? null;
      parts.push(quoting === null ? value : call(quoting, [value], fixedPlace));
    }
  }
  if (end < text.length) parts.push(constant(text.slice(end)));
  return call('concat', parts);
}
