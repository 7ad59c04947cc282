import type { Cell, SandboxDatabase } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { WireError } from './errors.ts';
import { linksOf } from './row-links.ts';

/**
 * Deletes a row and does what its relationships say about the rows that point to it ("Configure table relationship
 * cascading behavior"): all of it in one transaction, or nothing. Links across intersect tables go with the row.
 * @throws WireError 405 when a relationship restricts the delete
 */
export function removeRow(
  database: SandboxDatabase,
  table: TableDefinition,
  id: string,
  { tombstones = true }: { readonly tombstones?: boolean } = {},
): void {
  database.transaction(() => removeOne({ database, tombstones, going: new Set() }, table, id));
}

interface Removal {
  readonly database: SandboxDatabase;
  /** Whether change tracking shall tell of the deletes. */
  readonly tombstones: boolean;
  /** Rows on their way out: rows that point to each other do not keep each other alive. */
  readonly going: Set<string>;
}

function removeOne(removal: Removal, table: TableDefinition, id: string): void {
  const { database, tombstones, going } = removal;
  const name = `${table.logicalName} ${id}`;
  if (going.has(name)) return;
  going.add(name);
  const self: Cell = { table: table.logicalName, id };
  for (const one of database.relationships()) {
    const child = database.table(one.table2);
    if (one.kind !== 'OneToMany' || one.table1 !== table.logicalName || child === undefined) continue;
    if (one.cascadeDelete === 'NoCascade') continue;
    const pointing = database
      .find(child.logicalName, { [one.column2]: self })
      .filter(stored => !going.has(`${child.logicalName} ${stored.id}`));
    if (one.cascadeDelete === 'Restrict' && pointing.length > 0) throw restricted();
    for (const stored of pointing) {
      if (one.cascadeDelete === 'Cascade') removeOne(removal, child, stored.id);
      else database.patch(child.logicalName, stored.id, { [one.column2]: null });
    }
  }
  removeLinks(removal, table, id);
  database.remove(table.logicalName, id, { tombstone: tombstones });
  for (const twin of activityTwins(database, table)) {
    if (database.get(twin.logicalName, id) !== undefined) removeOne(removal, twin, id);
  }
}

/** An activity is one row of its own table and one, of the same id, of the table of all activities. */
function activityTwins(database: SandboxDatabase, table: TableDefinition): readonly TableDefinition[] {
  const all = database.table('activitypointer');
  if (all === undefined || (!table.isActivity && table !== all)) return [];
  return table === all ? database.tables().filter(one => one.isActivity && one !== all) : [all];
}

function removeLinks({ database, tombstones }: Removal, table: TableDefinition, id: string): void {
  for (const one of database.relationships()) {
    const intersect = database.table(one.intersectTable ?? '');
    if (one.kind !== 'ManyToMany' || intersect === undefined) continue;
    const columns = [
      ...(one.table1 === table.logicalName ? [one.column1] : []),
      ...(one.table2 === table.logicalName ? [one.column2] : []),
    ];
    for (const column of columns) {
      for (const link of linksOf(database, intersect, { column, id })) {
        database.remove(intersect.logicalName, link.id, { tombstone: tombstones });
      }
    }
  }
}

/** Code and text of CannotDeleteDueToAssociation; the status is the one "Compose HTTP requests and handle errors" gives it. */
function restricted(): WireError {
  return new WireError({
    status: 405,
    code: '0x80040227',
    message: 'The object you tried to delete is associated with another object and cannot be deleted.',
  });
}
