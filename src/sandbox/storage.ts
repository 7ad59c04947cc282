import type { Row, StoredRow } from './database.ts';

/** A row as SQLite answers it in raw mode: id, version (int64), JSON of the cells. */
export type RawRow = readonly [id: string, version: bigint, cells: string];

/** What keeps a table's rows, and the tombstones of its deleted ones; quoted for SQL. */
export function storageNames(logicalName: string): { readonly rows: string; readonly graves: string } {
  return { rows: quoted(`rows:${logicalName}`), graves: quoted(`graves:${logicalName}`) };
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function storedRow([id, version, cells]: RawRow): StoredRow {
  const row = JSON.parse(cells) as Record<string, Row[string]>;
  row.versionnumber = version.toString();
  return { id, version, row };
}

/** Nulls are left out: most cells of a wide table are null. `versionnumber` lives in its own column. */
export function cellsText(row: Row): string {
  for (const name in row) {
    if (row[name] === null || name === 'versionnumber') return JSON.stringify(row, withoutNulls);
  }
  // Nothing to leave out: several times quicker than asking about each cell.
  return JSON.stringify(row);
}

function withoutNulls(key: string, value: unknown): unknown {
  return value === null || key === 'versionnumber' ? undefined : value;
}
