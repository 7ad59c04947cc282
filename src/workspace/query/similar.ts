/**
 * A pattern of SIMILAR TO as a regular expression of the engine: `%` and `_` are any characters and any one, `| * + ? {m,n} () []`
 * mean the same in both, every other character is itself. (PostgreSQL documentation, "SIMILAR TO Regular Expressions".)
 */
export function similarPattern(pattern: string): string {
  let made = '';
  let isInBrackets = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      at += 1;
      made += quoted(pattern.charAt(at));
    } else if (isInBrackets) {
      isInBrackets = character !== ']';
      made += character;
    } else if (character === '[') {
      isInBrackets = true;
      made += character;
    } else {
      made +=
        character === '%' ? '.*' : character === '_' ? '.' : '.^$'.includes(character) ? quoted(character) : character;
    }
  }
  return made;
}

function quoted(character: string): string {
  return /[\\.^$|*+?{}()[\]]/.test(character) ? `\\${character}` : character;
}
