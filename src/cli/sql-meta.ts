import type { RelationInfo, SqlClient } from '../app/sql-client.ts';
import { usage } from './exit.ts';
import { bytesText, count, textTable } from './text-table.ts';

/** A line that begins with a backslash, as psql has them. */
export interface MetaCommand {
  readonly name: string;
  readonly argument: string;
}

/** Null: it is none. A semicolon behind it is passed over: many type one. */
export function parseMeta(line: string): MetaCommand | null {
  const [found, name = '', argument = ''] = /^\s*\\(\S*)\s*(.*?)\s*;?\s*$/.exec(line) ?? [];
  if (found === undefined) return null;
  return { name: name.replace(/;$/, ''), argument: argument.replace(/^(['"])(.*)\1$/, '$2') };
}

export const META_HELP = [
  '\\d              all relations',
  '\\d <relation>   columns of one',
  '\\dt             tables of the lake',
  '\\l              databases',
  '\\c <database>   go on with another database',
  '\\x              one line a value, on and off',
  '\\timing         how long statements take, on and off',
  '\\o <file>       results go to a new file; without a file: to the screen again',
  '\\i <file>       run the statements of a file',
  '\\q              end (Ctrl-D too)',
  'A statement ends with ; and Ctrl-C cancels it. Tab completes names.',
] as const;

export async function databaseLines(client: SqlClient, width: number): Promise<string[]> {
  const databases = await client.databases();
  return textTable({
    columns: [{ title: 'Database' }, { title: 'Link' }, { title: 'Lake', dropOrder: 1 }],
    rows: databases.map(({ name, link, lakePath }) => [name, link ?? '', lakePath]),
    width,
  });
}

/** All relations, or the tables of the lake alone. */
export function relationLines(
  relations: readonly RelationInfo[],
  { onlyTables, width }: { readonly onlyTables: boolean; readonly width: number },
): string[] {
  const shown = onlyTables ? relations.filter(({ kind }) => kind === 'table') : relations;
  if (shown.length === 0) return ['there is none'];
  return textTable({
    columns: [
      { title: 'Schema' },
      { title: 'Name' },
      { title: 'Kind' },
      { title: 'Columns', right: true, dropOrder: 3 },
      { title: 'Rows', right: true, dropOrder: 2 },
      { title: 'Size', right: true, dropOrder: 4 },
      { title: 'What it is', dropOrder: 1 },
    ],
    rows: shown.map(one => [
      one.schema,
      one.name,
      one.kind,
      count(one.columns.length),
      one.rowEstimate === null ? '' : count(one.rowEstimate),
      one.bytes === null ? '' : bytesText(one.bytes),
      one.comment ?? '',
    ]),
    width,
  });
}

/** The columns of one relation, found as a query would find it. */
export function columnLines(
  relations: readonly RelationInfo[],
  options: { readonly name: string; readonly width: number },
) {
  const [name = '', schema] = options.name.toLowerCase().replaceAll('"', '').split('.').reverse();
  const found = relations.filter(one => one.name.toLowerCase() === name && (schema ?? one.schema) === one.schema);
  const [relation] = found.sort((a, b) => rank(a) - rank(b));
  if (relation === undefined) throw usage('\\d', `there is no relation ${options.name}`);
  const isKey = new Set(relation.primaryKey);
  const lines = textTable({
    columns: [{ title: 'Column' }, { title: 'Type' }, { title: 'Note' }, { title: 'What it is', dropOrder: 1 }],
    rows: relation.columns.map(one => [
      one.name,
      one.length === null ? one.sqlType : `${one.sqlType}(${one.length})`,
      isKey.has(one.name) ? 'key' : one.notNull ? 'not null' : '',
      one.comment ?? '',
    ]),
    width: options.width,
  });
  const about = relation.comment === null ? [] : [relation.comment];
  const definition = relation.definition === null ? [] : ['', ...relation.definition.split('\n')];
  return [`${relation.kind} ${relation.schema}.${relation.name}`, ...about, ...lines, ...definition];
}

function rank({ schema }: RelationInfo): number {
  return ['dbo', 'public', 'lakelink'].indexOf(schema);
}
