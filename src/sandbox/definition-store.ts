import type Database from 'libsql';
import type {
  ColumnDefinition,
  GlobalChoiceDefinition,
  KeyDefinition,
  OptionDefinition,
  OrganizationDefinition,
  RelationshipDefinition,
  TableDefinition,
} from './definition.ts';

type Kind = 'organization' | 'table' | 'choice' | 'relationship';

/** The environment's definitions: kept as JSON in SQLite, held in memory, in the order they were first put. */
export class DefinitionStore {
  readonly #sqlite: Database.Database;
  readonly #tables = new Map<string, TableDefinition>();
  readonly #sets = new Map<string, string>();
  readonly #choices = new Map<string, GlobalChoiceDefinition>();
  readonly #relationships = new Map<string, RelationshipDefinition>();
  #organization: OrganizationDefinition | null = null;

  constructor(sqlite: Database.Database) {
    this.#sqlite = sqlite;
    this.reload();
  }

  /** Reads everything again, after a transaction was rolled back. */
  reload(): void {
    this.#organization = this.#read<OrganizationDefinition>('organization')[0] ?? null;
    this.#tables.clear();
    this.#sets.clear();
    this.#choices.clear();
    this.#relationships.clear();
    for (const table of this.#read<TableDefinition>('table')) this.#hold(table);
    for (const choice of this.#read<GlobalChoiceDefinition>('choice')) this.#choices.set(choice.name, choice);
    for (const relationship of this.#read<RelationshipDefinition>('relationship')) {
      this.#relationships.set(relationship.schemaName, relationship);
    }
  }

  organization(): OrganizationDefinition {
    if (this.#organization === null) throw new Error('the environment has no organization yet');
    return this.#organization;
  }

  setOrganization(organization: OrganizationDefinition): void {
    this.#organization = organization;
    this.#write('organization', 'organization', organization);
  }

  tables(): readonly TableDefinition[] {
    return [...this.#tables.values()];
  }

  table(logicalName: string): TableDefinition | undefined {
    return this.#tables.get(logicalName);
  }

  tableBySet(entitySetName: string): TableDefinition | undefined {
    return this.#tables.get(this.#sets.get(entitySetName) ?? '');
  }

  choices(): readonly GlobalChoiceDefinition[] {
    return [...this.#choices.values()];
  }

  relationships(): readonly RelationshipDefinition[] {
    return [...this.#relationships.values()];
  }

  putTable(definition: TableDefinition): void {
    this.#hold(definition);
    this.#write('table', definition.logicalName, definition);
  }

  /** Forgets a table and the relationships that touch it. */
  dropTable(logicalName: string): void {
    const table = this.#existing(logicalName);
    this.#tables.delete(logicalName);
    this.#sets.delete(table.entitySetName);
    this.#delete('table', logicalName);
    for (const one of [...this.#relationships.values()]) {
      if (one.table1 !== logicalName && one.table2 !== logicalName && one.intersectTable !== logicalName) continue;
      this.#relationships.delete(one.schemaName);
      this.#delete('relationship', one.schemaName);
    }
  }

  addColumn(table: string, column: ColumnDefinition): void {
    const definition = this.#existing(table);
    const others = definition.columns.filter(one => one.logicalName !== column.logicalName);
    this.putTable({ ...definition, columns: [...others, column] });
  }

  removeColumn(table: string, logicalName: string): void {
    const definition = this.#existing(table);
    const columns = definition.columns.filter(
      one => one.logicalName !== logicalName && one.attributeOf !== logicalName,
    );
    this.putTable({ ...definition, columns });
  }

  setOptions(
    target: { readonly table: string; readonly column: string } | { readonly choice: string },
    options: readonly OptionDefinition[],
  ): void {
    if ('choice' in target) {
      const choice = this.#choices.get(target.choice);
      if (choice === undefined) throw new Error(`there is no choice ${target.choice}`);
      this.putChoice({ ...choice, options });
      return;
    }
    const definition = this.#existing(target.table);
    const columns = definition.columns.map(one => (one.logicalName === target.column ? { ...one, options } : one));
    this.putTable({ ...definition, columns });
  }

  putChoice(choice: GlobalChoiceDefinition): void {
    this.#choices.set(choice.name, choice);
    this.#write('choice', choice.name, choice);
  }

  putRelationship(relationship: RelationshipDefinition): void {
    this.#relationships.set(relationship.schemaName, relationship);
    this.#write('relationship', relationship.schemaName, relationship);
  }

  enableChangeTracking(table: string): void {
    this.putTable({ ...this.#existing(table), changeTracking: true });
  }

  setKeys(table: string, keys: readonly KeyDefinition[]): void {
    this.putTable({ ...this.#existing(table), keys });
  }

  #existing(logicalName: string): TableDefinition {
    const table = this.#tables.get(logicalName);
    if (table === undefined) throw new Error(`there is no table ${logicalName}`);
    return table;
  }

  #hold(table: TableDefinition): void {
    this.#tables.set(table.logicalName, table);
    this.#sets.set(table.entitySetName, table.logicalName);
  }

  #read<T>(kind: Kind): T[] {
    const sql = 'SELECT body FROM definition WHERE kind = ? ORDER BY position';
    const rows = this.#sqlite.prepare(sql).raw(true).all([kind]) as [string][];
    return rows.map(([body]) => JSON.parse(body) as T);
  }

  #write(kind: Kind, name: string, body: object): void {
    const sql = `INSERT INTO definition (kind, name, position, body)
      VALUES (?, ?, (SELECT coalesce(max(position), 0) + 1 FROM definition), ?)
      ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body`;
    this.#sqlite.prepare(sql).run([kind, name, JSON.stringify(body)]);
  }

  #delete(kind: Kind, name: string): void {
    this.#sqlite.prepare('DELETE FROM definition WHERE kind = ? AND name = ?').run([kind, name]);
  }
}
