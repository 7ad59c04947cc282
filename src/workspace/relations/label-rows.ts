import { ident } from '../../batch/sql.ts';
import type { TableShape } from '../../core/shape.ts';
import { type LabelColumn, labelColumns, labelSql, type NamedRows, nameJoinSql } from './labels.ts';
import { primaryNameOf } from './primary-name.ts';
import { type DefinedState, liveRowsSql, type RowsPlace } from './table-rows.ts';

export interface LabelOptions {
  /** Names of `labelColumns`. */
  readonly columns: readonly string[];
  readonly language: number | null;
  /** A table that a lookup points to, at a commit of the same view; null: it is not in this lake, or cannot be read. */
  readonly target: (table: string) => Promise<DefinedState | null>;
  readonly signal: AbortSignal;
}

/**
 * SQL of the live rows with texts beside what is a number or an id. Only the columns asked for are read, and only the
 * tables that those need.
 */
export async function labelRowsSql(place: RowsPlace, table: DefinedState, options: LabelOptions): Promise<string> {
  const { columns, language, signal } = options;
  const wanted = labelColumns(table.shape).filter(({ name }) => columns.includes(name));
  const needed = new Set(wanted.flatMap(namesNeeded));
  const base = await liveRowsSql(place, table, { columns: [...needed], signal });
  const values: string[] = [];
  const joins: string[] = [];
  for (const column of wanted) {
    const raw = `base.${ident(column.of.name)}`;
    let value = raw;
    if (column.is === 'label') value = labelSql(raw, column.of, language);
    if (column.is === 'name') {
      const join = await nameJoin(place, { column, alias: `named_${joins.length}`, options });
      if (join !== null) joins.push(join);
      value = join === null ? 'NULL::VARCHAR' : `named_${joins.length - 1}.name`;
    }
    values.push(`${value} AS ${ident(column.name)}`);
  }
  return [`SELECT ${values.join(', ')} FROM (${base}) base`, ...joins].join(' ');
}

function namesNeeded(column: LabelColumn): string[] {
  const typed = column.is === 'name' && column.typed !== null ? [column.typed.name] : [];
  return [column.of.name, ...typed];
}

async function nameJoin(
  place: RowsPlace,
  {
    column: { of: lookup, typed },
    alias,
    options,
  }: {
    readonly column: LabelColumn & { readonly is: 'name' };
    readonly alias: string;
    readonly options: LabelOptions;
  },
): Promise<string | null> {
  const tables = targetsOf(lookup.source?.targets ?? []);
  const targets: NamedRows[] = [];
  for (const table of tables) {
    const found = await options.target(table);
    const name = found === null ? null : primaryNameOf(found.shape);
    if (found === null || name === null) continue;
    const rows = await liveRowsSql(place, found, { columns: ['Id', name], signal: options.signal });
    targets.push({ table, sql: `SELECT "Id", ${ident(name)} AS name FROM (${rows})` });
  }
  return nameJoinSql({ alias, lookup, typed, targets, isOnlyTarget: tables.length === 1 });
}

/** The tables, each once: a lookup that several relationships share names one of them more than once. */
export function targetsOf(targets: TableShape['columns'][number]['targets']): string[] {
  return [...new Set(targets.map(({ table }) => table))];
}
