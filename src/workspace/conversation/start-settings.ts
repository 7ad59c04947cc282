/** Parameters of a start-up packet that are no settings. */
const NO_SETTINGS = new Set(['user', 'database', 'options', 'replication']);

/**
 * Settings of a start-up packet: its parameters, and those within `options` (`-c name=value`, `--name=value`; a
 * backslash before a space keeps it, PostgreSQL documentation, section 55.7). The packet's own go before.
 */
export function startSettings(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const settings = new Map(optionSettings(parameters.get('options') ?? ''));
  for (const [name, value] of parameters) {
    if (!NO_SETTINGS.has(name) && !name.startsWith('_pq_.')) settings.set(name, value);
  }
  return settings;
}

function optionSettings(options: string): [string, string][] {
  const words = [...options.matchAll(/(?:[^\s\\]|\\.)+/gs)].map(([word]) => word.replace(/\\(.)/gs, '$1'));
  const settings: [string, string][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-c') {
      index += 1;
      settings.push(assignment(words[index] ?? ''));
    } else if (word.startsWith('-c')) settings.push(assignment(word.slice(2)));
    else if (word.startsWith('--')) settings.push(assignment(word.slice(2)));
    // Other switches of the server's program are not for its clients; PostgreSQL takes some, here none has a meaning.
  }
  return settings;
}

/** Hyphens in a name stand for underscores. */
function assignment(word: string): [string, string] {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  return [name.replaceAll('-', '_'), equals === -1 ? '' : word.slice(equals + 1)];
}
