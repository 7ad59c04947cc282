import type Database from 'libsql';
import type { DefinitionChanges, DefinitionKind } from './database.ts';
import type {
  ColumnDefinition,
  GlobalChoiceDefinition,
  OptionDefinition,
  RelationshipDefinition,
  TableDefinition,
} from './definition.ts';
import { stableId } from './stable-id.ts';

/** All definitions at one moment. */
export interface DefinitionSnapshot {
  readonly tables: readonly TableDefinition[];
  readonly choices: readonly GlobalChoiceDefinition[];
  readonly relationships: readonly RelationshipDefinition[];
}

interface Item {
  readonly kind: DefinitionKind;
  readonly id: string;
  readonly deleted: boolean;
}

/**
 * When each definition last changed, by the environment's own counter. A new table is one entry, which stands for all
 * that it was made with; what was there before anything was counted has none.
 */
export class DefinitionChangeLog {
  readonly #statement: (sql: string) => Database.Statement;

  constructor(sqlite: Database.Database, statement: (sql: string) => Database.Statement) {
    this.#statement = statement;
    sqlite.exec(
      `CREATE TABLE IF NOT EXISTS definition_change (kind TEXT, id TEXT, version INTEGER NOT NULL,
        deleted INTEGER NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`,
    );
  }

  /** Notes what differs between two moments; takes a version only when something does. */
  note(before: DefinitionSnapshot, after: DefinitionSnapshot, takeVersion: () => bigint): void {
    const items = differences(before, after);
    if (items.length === 0) return;
    const version = takeVersion();
    const sql = 'INSERT OR REPLACE INTO definition_change (kind, id, version, deleted) VALUES (?, ?, ?, ?)';
    for (const { kind, id, deleted } of items) this.#statement(sql).run([kind, id, version, deleted ? 1 : 0]);
  }

  since(version: bigint): DefinitionChanges {
    const sql = 'SELECT kind, id, deleted FROM definition_change WHERE version > ? ORDER BY version';
    const changed = new Set<string>();
    const deleted: { readonly kind: DefinitionKind; readonly id: string }[] = [];
    for (const [kind, id, gone] of this.#statement(sql).all([version]) as [DefinitionKind, string, bigint][]) {
      if (gone === 1n) deleted.push({ kind, id });
      else changed.add(`${kind} ${id}`);
    }
    return { has: (kind, id) => changed.has(`${kind} ${id}`), any: changed.size > 0, deleted };
  }
}

function differences(before: DefinitionSnapshot, after: DefinitionSnapshot): Item[] {
  return [
    ...paired(before.tables, after.tables, one => one.metadataId).flatMap(([old, now]) => tableItems(old, now)),
    ...paired(before.choices, after.choices, one => one.metadataId).flatMap(([old, now]) => choiceItems(old, now)),
    ...paired(before.relationships, after.relationships, one => one.schemaName).map(([old, now]) =>
      item('Relationship', stableId((now ?? old)?.schemaName ?? ''), now === null),
    ),
  ];
}

type Pair<T> = readonly [old: T | null, now: T | null];

/** What is not the same object in both lists. Definitions are replaced, never changed in place. */
function paired<T>(before: readonly T[], after: readonly T[], idOf: (one: T) => string): Pair<T>[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  if (start === before.length && start === after.length) return [];
  const old = new Map(before.slice(start).map(one => [idOf(one), one]));
  const pairs: Pair<T>[] = [];
  for (const now of after.slice(start)) {
    const was = old.get(idOf(now)) ?? null;
    old.delete(idOf(now));
    if (was !== now && !same(was, now)) pairs.push([was, now]);
  }
  return [...pairs, ...[...old.values()].map((gone): Pair<T> => [gone, null])];
}

function tableItems(old: TableDefinition | null, now: TableDefinition | null): Item[] {
  if (old === null && now === null) return [];
  if (old === null)
    return [item('EntityMade', now?.metadataId ?? '', false), item('Entity', now?.metadataId ?? '', false)];
  if (now === null) {
    const columns = old.columns.flatMap(column => columnItems(column, null));
    return [item('EntityMade', old.metadataId, true), item('Entity', old.metadataId, true), ...columns];
  }
  const own = ({ columns: _columns, keys: _keys, ...rest }: TableDefinition) => rest;
  return [
    ...(same(own(old), own(now)) ? [] : [item('Entity', now.metadataId, false)]),
    ...paired(old.columns, now.columns, one => one.metadataId).flatMap(([was, is]) => columnItems(was, is)),
    ...paired(old.keys ?? [], now.keys ?? [], one => one.metadataId).map(([was, is]) =>
      item('Key', (is ?? was)?.metadataId ?? '', is === null),
    ),
  ];
}

function columnItems(old: ColumnDefinition | null, now: ColumnDefinition | null): Item[] {
  const column = now ?? old;
  if (column === null) return [];
  const { options: oldOptions, ...was } = old ?? {};
  const { options: newOptions, ...is } = now ?? {};
  return [
    ...(same(was, is) ? [] : [item('Attribute', column.metadataId, now === null)]),
    ...optionItems(column.metadataId, oldOptions, newOptions),
  ];
}

function choiceItems(old: GlobalChoiceDefinition | null, now: GlobalChoiceDefinition | null): Item[] {
  const choice = now ?? old;
  if (choice === null) return [];
  const { options: oldOptions, ...was } = old ?? {};
  const { options: newOptions, ...is } = now ?? {};
  const own = same(was, is) ? [] : [item('OptionSet', choice.metadataId, now === null)];
  return [...own, ...optionItems(choice.metadataId, oldOptions, newOptions)];
}

/** A set changes when options come or go; an option when its own label or state does. */
function optionItems(
  set: string,
  old: readonly OptionDefinition[] | undefined,
  now: readonly OptionDefinition[] | undefined,
): Item[] {
  if (old === undefined && now === undefined) return [];
  if (now === undefined) return [item('OptionSet', set, true)];
  const values = (options: readonly OptionDefinition[] | undefined) => options?.map(one => one.value);
  return [
    ...(same(values(old), values(now)) ? [] : [item('OptionSet', set, false)]),
    ...paired(old ?? [], now, one => String(one.value))
      .filter(([, is]) => is !== null)
      .map(([, is]) => item('Option', `${set} ${is?.value}`, false)),
  ];
}

function item(kind: DefinitionKind, id: string, deleted: boolean): Item {
  return { kind, id, deleted };
}

function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
