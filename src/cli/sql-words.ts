import type { RelationInfo } from '../app/sql-client.ts';

/** What can be named, for completion. */
export interface KnownNames {
  readonly database: string;
  readonly relations: readonly RelationInfo[];
  readonly databases: readonly string[];
}

export const COMMANDS = ['\\?', '\\c', '\\d', '\\dt', '\\i', '\\l', '\\o', '\\q', '\\timing', '\\x'] as const;

const KEYWORDS =
  'all and any as asc between by case cast count create cross current_date current_timestamp date desc distinct drop else end except exists explain extract false from full group having ilike in inner intersect interval is join left like limit not null offset on or order outer over partition right rows select set show sum timestamp true union using values view when where window with'.split(
    ' ',
  );

/** Words that a relation follows. */
const BEFORE_RELATION = /\b(from|join|view|table)\s+$/i;
const MENTION = /(?:\bfrom|\bjoin|,)\s+((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))*)(?:\s+(?:as\s+)?([A-Za-z_]\w*))?/gi;
const HITS_MAX = 200;

/** What the end of a line could become, and the part of it that these begin with. `before`: earlier lines of the statement. */
export function completions(
  line: string,
  { before, names }: { readonly before: string; readonly names: KnownNames },
): readonly [readonly string[], string] {
  if (before === '' && line.startsWith('\\')) return commandCompletions(line, names);
  const word = /[\w$."]*$/.exec(line)?.[0] ?? '';
  const dot = word.lastIndexOf('.');
  const statement = `${before}\n${line}`;
  if (dot >= 0) {
    const qualifier = plain(word.slice(0, dot));
    const found = ofQualifier(qualifier, { statement, names }).map(name => `${word.slice(0, dot)}.${name}`);
    return [beginning(found, word), word];
  }
  const relations = relationWords(names);
  if (BEFORE_RELATION.test(line.slice(0, line.length - word.length))) return [beginning(relations, word), word];
  if (word === '') return [[], word];
  const keywords = KEYWORDS.map(one => (/^[A-Z]/.test(word) ? one.toUpperCase() : one));
  const columns = mentioned(statement, names).flatMap(({ relation }) => columnWords(relation));
  return [beginning([...columns, ...relations, ...keywords], word), word];
}

function commandCompletions(line: string, names: KnownNames): readonly [readonly string[], string] {
  const [, command = '', space = '', argument = ''] = /^(\\\S*)(\s*)(.*)$/.exec(line) ?? [];
  if (space === '') return [COMMANDS.filter(one => one.startsWith(command)), command];
  if (command === '\\d') return [beginning(relationWords(names), argument), argument];
  if (command === '\\c') return [beginning(names.databases, argument), argument];
  return [[], argument];
}

/** Unqualified where that finds it; a schema alone for the others. */
function relationWords({ relations }: KnownNames): string[] {
  const schemas = [...new Set(relations.map(({ schema }) => schema))];
  return [...relations.map(({ name }) => written(name)), ...schemas];
}

function ofQualifier(
  qualifier: string,
  { statement, names }: { readonly statement: string; readonly names: KnownNames },
): string[] {
  const inSchema = names.relations.filter(({ schema }) => schema === qualifier).map(({ name }) => written(name));
  if (inSchema.length > 0) return inSchema;
  return mentioned(statement, names)
    .filter(({ alias, relation }) => alias === qualifier || relation.name === qualifier)
    .flatMap(({ relation }) => columnWords(relation));
}

/** Relations that a statement names so far, each with its alias. */
function mentioned(statement: string, { relations }: KnownNames): { relation: RelationInfo; alias: string }[] {
  return [...statement.matchAll(MENTION)].flatMap(([, path = '', alias = '']) => {
    const name = plain(path.split('.').at(-1) ?? '');
    const relation = relations.find(one => one.name.toLowerCase() === name);
    return relation === undefined ? [] : [{ relation, alias: alias.toLowerCase() }];
  });
}

function columnWords({ columns }: RelationInfo): string[] {
  return columns.map(({ name }) => written(name));
}

/** Names are compared without case, so most need no quotes. */
function written(name: string): string {
  return /^[A-Za-z_][\w$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function plain(word: string): string {
  return word.replaceAll('"', '').toLowerCase();
}

function beginning(words: readonly string[], start: string): string[] {
  const lower = start.toLowerCase();
  return [...new Set(words)].filter(word => word.toLowerCase().startsWith(lower)).slice(0, HITS_MAX);
}
