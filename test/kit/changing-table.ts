import { randomUUID } from 'node:crypto';
import type { Row, SandboxDatabase } from '../../src/sandbox/database.ts';
import type { ColumnDefinition } from '../../src/sandbox/definition.ts';
import { type ColumnBody, columnOf, tableOf } from '../../src/sandbox/metadata-body.ts';

/** Rows of each of its tables, a third in each of three years. */
export const ROWS = 12;

/** Three small tables of a person's own: one whose definition changes, and two that only have to go on. */
export const CHANGING = 'new_crate';
export const STEADY = ['new_box', 'new_shelf'] as const;

export function fillChangingTables(database: SandboxDatabase, columns: readonly ColumnDefinition[], cells: Row): void {
  for (const name of [CHANGING, ...STEADY]) {
    const table = tableOf(
      {
        SchemaName: name,
        ChangeTrackingEnabled: true,
        Attributes: [{ '@odata.type': 'StringAttributeMetadata', SchemaName: 'new_name', IsPrimaryName: true }],
      },
      { newId: randomUUID, tables: database.tables() },
    );
    const own = name === CHANGING ? columns : [];
    database.createTable({ ...table, columns: [...table.columns, ...own] });
    const rows = Array.from({ length: ROWS }, (_, at) => ({
      [table.primaryId]: rowId(at),
      new_name: `row ${at}`,
      createdon: `${2022 + (at % 3)}-05-06T07:08:09Z`,
      ...(name === CHANGING ? cells : {}),
    }));
    database.put(name, rows);
  }
}

export function rowId(at: number): string {
  return `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
}

/** A new column, as it would be sent to be made; `type` is `String`, `Memo`, `Integer` and so on. */
export function newColumn(name: string, type: string, more: Partial<ColumnBody> = {}): ColumnDefinition {
  return columnOf({ '@odata.type': `${type}AttributeMetadata`, SchemaName: name, ...more }, randomUUID);
}

/** Deletes a column with its values and makes another of the same name, which is how a type changes on the platform. */
export function makeAgain(database: SandboxDatabase, column: ColumnDefinition): void {
  database.removeColumn(CHANGING, column.logicalName);
  database.addColumn(CHANGING, column);
}

/** Changes a column where it is, as a maker does with its length, its places or its choice. */
export function alter(database: SandboxDatabase, name: string, change: Partial<ColumnDefinition>): void {
  const table = definitionOf(database);
  const columns = table.columns.map(one => {
    if (one.logicalName !== name) return one;
    const { options, databaseLength, ...rest } = one;
    // What another kind of the same column does not have.
    const kept = change.globalChoice === undefined && options !== undefined ? { options } : {};
    return { ...rest, ...kept, ...change };
  });
  database.createTable({ ...table, columns });
}

export function rename(database: SandboxDatabase, displayName: string): void {
  database.createTable({ ...definitionOf(database), displayName });
}

function definitionOf(database: SandboxDatabase) {
  const table = database.table(CHANGING);
  if (table === undefined) throw new Error('there is no such table');
  return table;
}
