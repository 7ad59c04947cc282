import { folded } from './row-value.ts';

/** One character of a pattern, a set of them, or any text. */
type Part = { readonly any: true } | { readonly any: false; readonly fits: (character: string) => boolean };

/**
 * Matches text as `contains`, `startswith` and `endswith` do there: without regard to case, and with the wildcards
 * of the database below: `%`, `_`, `[a-f]`, `[^a-f]`, each literal within brackets. Answers in time that grows with
 * text times pattern, whatever the pattern is.
 */
export function textPattern(pattern: string): (text: string) => boolean {
  const parts = partsOf([...folded(pattern)]);
  return text => matches(parts, [...folded(text)]);
}

function partsOf(pattern: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    const close = character === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (character === '%') parts.push({ any: true });
    else if (character === '_') parts.push({ any: false, fits: () => true });
    else if (close > 0) {
      parts.push({ any: false, fits: setOf(pattern.slice(at + 1, close)) });
      at = close;
    } else parts.push({ any: false, fits: other => other === character });
  }
  return parts;
}

function setOf(inside: readonly string[]): (character: string) => boolean {
  const excludes = inside[0] === '^' && inside.length > 1;
  const list = excludes ? inside.slice(1) : inside;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < list.length; at += 1) {
    const from = list[at] ?? '';
    const to = list[at + 1] === '-' ? list[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return character => ranges.some(([from, to]) => from <= character && character <= to) !== excludes;
}

/** Goes back only to the last `%`: that is enough, since any text may stand there. */
function matches(parts: readonly Part[], text: readonly string[]): boolean {
  let [part, at, anyPart, anyAt] = [0, 0, -1, 0];
  while (at < text.length) {
    const current = parts[part];
    if (current?.any === true) {
      [anyPart, anyAt] = [part, at];
      part += 1;
    } else if (current?.fits(text[at] ?? '') === true) {
      part += 1;
      at += 1;
    } else if (anyPart >= 0) {
      anyAt += 1;
      [part, at] = [anyPart + 1, anyAt];
    } else return false;
  }
  return parts.slice(part).every(rest => rest.any);
}
