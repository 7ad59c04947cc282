import type { Session } from '../../batch/duckdb.ts';
import { ident, literal } from '../../batch/sql.ts';
import type { Relation, RelationInfo } from '../database-view.ts';

/** What a cell of a system relation is made of; times as ISO text, wide numbers as decimal text. */
export type Cell = string | number | boolean | null;

export interface SystemColumn<R> {
  readonly name: string;
  readonly sqlType: 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMPTZ';
  readonly notNull?: boolean;
  readonly comment: string;
  readonly of: (row: R) => Cell;
}

/** A relation whose rows are known values, and how they are found. */
export interface SystemTable<R> {
  readonly name: string;
  readonly comment: string;
  readonly columns: readonly SystemColumn<R>[];
  rows(signal: AbortSignal): Promise<readonly R[]>;
}

export function systemInfo<R>({ name, comment, columns }: Omit<SystemTable<R>, 'rows'>): RelationInfo {
  return {
    schema: 'lakelink',
    name,
    kind: 'view',
    columns: columns.map(({ name: column, sqlType, notNull = false, comment: means }) => ({
      name: column,
      sqlType,
      length: null,
      notNull,
      comment: means,
    })),
    primaryKey: [],
    comment,
    rowEstimate: null,
    bytes: null,
    definition: null,
  };
}

/**
 * A relation for one statement. Nothing is read before its `sql` is asked for; from then on it shows the same rows, however
 * often it is asked (I-5). The rows go through a temporary table of the session.
 */
export function systemRelation<R>(table: SystemTable<R>): Relation {
  let rows: Promise<readonly R[]> | null = null;
  const held: string[] = [];
  return {
    info: systemInfo(table),
    is: 'rows',
    read: null,
    sql: async (session, signal, names = null) => {
      rows ??= table.rows(signal);
      const found = await rows.catch((failure: unknown) => {
        // What failed is looked for again by who asks next.
        rows = null;
        throw failure;
      });
      const used = table.columns.filter(({ name }) => names === null || names.has(name));
      const columns = used.length === 0 ? table.columns.slice(0, 1) : used;
      // One statement may ask twice for different columns: each set has its table.
      const set = columns.map(({ name }) => name).join();
      if (!held.includes(set)) held.push(set);
      const target = `temp.main.${ident(`lakelink_${table.name}_${held.indexOf(set)}`)}`;
      await fill(session, { target, columns, rows: found }, signal);
      return `SELECT ${columns.map(({ name }) => ident(name)).join(', ')} FROM ${target}`;
    },
  };
}

/** Rows in one statement: their text is read whole by the engine. */
const ROWS_AT_ONCE = 5_000;

async function fill<R>(
  session: Session,
  {
    target,
    columns,
    rows,
  }: { readonly target: string; readonly columns: readonly SystemColumn<R>[]; readonly rows: readonly R[] },
  signal: AbortSignal,
): Promise<void> {
  const types = columns.map(({ name, sqlType }) => `${ident(name)} ${sqlType}`).join(', ');
  await session.runAll(`CREATE OR REPLACE TEMP TABLE ${target} (${types})`);
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    signal.throwIfAborted();
    const cells = rows.slice(from, from + ROWS_AT_ONCE).map(row => columns.map(({ of }) => textOf(of(row))));
    const casts = columns.map(({ sqlType }, n) => `CAST(r[${n + 1}] AS ${sqlType})`).join(', ');
    const text = literal(JSON.stringify(cells));
    await session.runAll(
      `INSERT INTO ${target} SELECT ${casts} FROM (SELECT unnest(from_json(${text}, '[["VARCHAR"]]')) AS r)`,
    );
  }
}

function textOf(cell: Cell): string | null {
  return cell === null ? null : String(cell);
}

/** A time of a clock as a cell. */
export function timeCell(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
