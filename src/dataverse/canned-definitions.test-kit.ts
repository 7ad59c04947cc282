import { attribute, type Canned, CRATE, type SeenRequest } from './canned-environment.test-kit.ts';

export type CannedColumn = Record<string, unknown>;

interface CannedTable {
  readonly entity: Record<string, unknown>;
  readonly columns: Map<string, CannedColumn>;
  changedAt: number;
}

const EXPIRED = { error: { code: '0x80044352', message: 'Version stamp associated with the client has expired.' } };

/**
 * Definitions of tables as an environment serves them: by `EntityDefinitions`, one table and one kind of column at a time,
 * and by `RetrieveMetadataChanges`, as "Query schema definitions" and "Cache schema data" describe it. Everything that was
 * not asked for comes as null there; asked by a stamp, a table holds the changed columns alone.
 */
export class CannedDefinitions {
  readonly #tables = new Map<string, CannedTable>();
  readonly #changedAt = new WeakMap<CannedColumn, number>();
  #deleted: { readonly at: number; readonly id: unknown }[] = [];
  #version = 1_000;
  #oldest = 0;

  table(name: string, columns: readonly CannedColumn[] = [], entity: object = {}): void {
    this.#tables.set(name, {
      entity: {
        ...CRATE,
        LogicalName: name,
        MetadataId: `id-of-${name}`,
        EntitySetName: `${name}s`,
        PrimaryIdAttribute: `${name}id`,
        ...entity,
      },
      columns: new Map(),
      changedAt: 0,
    });
    for (const column of [attribute(`${name}id`, 'UniqueidentifierType'), ...columns]) this.column(name, column);
  }

  /** Adds a column or replaces it; `untold` leaves the change out of what is told by a stamp. */
  column(name: string, column: CannedColumn, { untold = false } = {}): void {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    if (!untold) this.#version += 1;
    const at = untold ? 0 : this.#version;
    const whole = { ...column, MetadataId: `${name}-${String(column.LogicalName)}` };
    table.changedAt = Math.max(table.changedAt, at);
    table.columns.set(String(column.LogicalName), whole);
    this.#changedAt.set(whole, at);
  }

  deleteColumn(name: string, column: string): void {
    const found = this.#tables.get(name)?.columns;
    this.#version += 1;
    this.#deleted.push({ at: this.#version, id: found?.get(column)?.MetadataId });
    found?.delete(column);
  }

  deleteTable(name: string): void {
    this.#version += 1;
    this.#deleted.push({ at: this.#version, id: this.#tables.get(name)?.entity.MetadataId });
    this.#tables.delete(name);
  }

  /** Every stamp given until now is refused. */
  expireStamps(): void {
    this.#version += 1;
    this.#oldest = this.#version;
  }

  answer({ path }: SeenRequest): Canned {
    const [resource = '', query = ''] = path.replace('/api/data/v9.2/', '').split('?');
    if (resource.startsWith('RetrieveMetadataChanges(')) return this.#changes(new URLSearchParams(query));
    if (resource === 'EntityDefinitions')
      return { body: { value: [...this.#tables.values()].map(table => table.entity) } };
    const found = /^EntityDefinitions\(LogicalName='(\w+)'\)(.*)$/.exec(resource);
    const table = this.#tables.get(found?.[1] ?? '');
    if (table === undefined) return { status: 404, body: { error: { code: '0x80041102', message: 'not found' } } };
    if (found?.[2] === '') return { body: table.entity };
    const cast = /\.(\w+)AttributeMetadata$/.exec(resource)?.[1];
    const value = [...table.columns.values()];
    return { body: { value: cast === undefined ? value.map(common) : value.filter(column => isOf(column, cast)) } };
  }

  #changes(query: URLSearchParams): Canned {
    const { Criteria, AttributeQuery, Properties } = JSON.parse(query.get('@p1') ?? '{}');
    const names: readonly string[] = Criteria.Conditions.map((one: { Value: { Value: string } }) => one.Value.Value);
    const stamp = query.get('@p3')?.replace(/^'|'$/g, '');
    const since = stamp === undefined ? 0 : Number(stamp.split('!')[0]);
    if (stamp !== undefined && since < this.#oldest) return { status: 400, body: EXPIRED };
    const wanted = [...this.#tables].filter(([name]) => names.length === 0 || names.includes(name));
    const ids = stamp === undefined ? [] : this.#deleted.filter(({ at }) => at > since).map(({ id }) => id);
    return {
      body: {
        ServerVersionStamp: `${this.#version}!11/25/2026 04:00:00`,
        DeletedMetadata: { Count: 1, IsReadOnly: false, Keys: ['Attribute'], Values: [{ Count: 1, Items: ids }] },
        EntityMetadata: wanted
          .filter(([, table]) => table.changedAt > since)
          .map(([, table]) => ({
            ...onlyAsked(table.entity, Properties.PropertyNames),
            HasChanged: stamp === undefined ? null : false,
            Attributes: [...table.columns.values()]
              .filter(column => (this.#changedAt.get(column) ?? 0) > since || stamp === undefined)
              .map(column => onlyAsked(column, AttributeQuery.Properties.PropertyNames)),
          })),
      },
    };
  }
}

const COMMON = [
  'LogicalName',
  'MetadataId',
  'AttributeType',
  'AttributeTypeName',
  'AttributeOf',
  'IsValidForRead',
  'IsSecured',
  'ColumnNumber',
];

function common(column: CannedColumn): CannedColumn {
  return Object.fromEntries(Object.entries(column).filter(([name]) => COMMON.includes(name)));
}

function isOf(column: CannedColumn, cast: string): boolean {
  const { Value } = column.AttributeTypeName as { readonly Value: string };
  return Value === `${cast}Type`;
}

function onlyAsked(item: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const asked = Object.entries(item).filter(
    ([name]) => names.includes(name) || /^(LogicalName|MetadataId)$/.test(name),
  );
  return { '@odata.type': '#Complex', Description: null, SchemaName: null, ...Object.fromEntries(asked) };
}
