import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { metadataIdOf } from './catalogue-line.ts';
import type { Cell, Row, SandboxDatabase } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { COLUMN_TYPES, convertField } from './package-convert.ts';
import { type PackageData, type RawField, type RawPairs, type RawRecord, readData } from './package-data.ts';
import { openPackage, type PackageLimits } from './package-files.ts';
import { readSchema, type SchemaEntity } from './package-schema.ts';
import { defineIntersect, defineTables, pairColumns } from './package-tables.ts';
import { PackageUse } from './package-use.ts';
import { pointerOf } from './seed-activity.ts';
import { isoSeconds } from './seed-time.ts';

export interface ImportOptions {
  /** A folder, a zip, or a data file beside its schema. */
  readonly path: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly limits?: PackageLimits;
}

export interface ImportProgress {
  readonly step: 'reading' | 'writing';
  readonly records: number;
}

export interface LeftOut {
  readonly table: string;
  readonly column: string;
  readonly reason: string;
  readonly values: number;
}

export interface ImportResult {
  /** Rows written by table, intersect tables, parties and activity pointers included. */
  readonly rows: ReadonlyMap<string, number>;
  readonly tablesCreated: readonly string[];
  /** `table.column`. */
  readonly columnsAdded: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Imports a Configuration Migration package: creates the tables and columns it describes unless they exist, and writes
 * its records over rows of the same id, as the tool does. Rows that lookups name need not be there. All of it or
 * nothing: `package/invalid` says file and line, `package/unsafe` what was refused; then the environment is as before.
 */
export async function importPackage(database: SandboxDatabase, options: ImportOptions): Promise<ImportResult> {
  const { signal, onProgress } = options;
  const files = await openPackage(options.path, options.limits === undefined ? {} : { limits: options.limits });
  try {
    const schema = await readSchema(files.schema, { signal });
    const data = await readData(files.data, {
      signal,
      onRecords: records => onProgress?.({ step: 'reading', records }),
    });
    checkTables(data, { schema, file: files.data.name });
    signal.throwIfAborted();
    onProgress?.({ step: 'writing', records: data.records.length });
    const nowMs = options.clock.nowMs();
    return database.transaction(() => new Import({ database, schema, data, file: files.data.name, nowMs }).run());
  } finally {
    files.close();
  }
}

/** Every record's table is described, by the schema (parties belong to the platform). */
function checkTables(
  data: PackageData,
  { schema, file }: { readonly schema: ReadonlyMap<string, SchemaEntity>; readonly file: string },
): void {
  for (const { table, line } of data.records) {
    if (table === 'activityparty' || schema.has(table)) continue;
    throw new Fault('package/invalid', { path: file, line, reason: `the schema does not describe table ${table}` });
  }
}

class Import {
  readonly #database: SandboxDatabase;
  readonly #schema: ReadonlyMap<string, SchemaEntity>;
  readonly #data: PackageData;
  readonly #file: string;
  readonly #now: string;
  readonly #rows = new Map<string, Map<string, Row>>();
  readonly #leftOut = new Map<string, LeftOut>();
  readonly #created: string[] = [];

  constructor(given: {
    readonly database: SandboxDatabase;
    readonly schema: ReadonlyMap<string, SchemaEntity>;
    readonly data: PackageData;
    readonly file: string;
    readonly nowMs: number;
  }) {
    this.#database = given.database;
    this.#schema = given.schema;
    this.#data = given.data;
    this.#file = given.file;
    this.#now = isoSeconds(given.nowMs);
  }

  run(): ImportResult {
    const use = new PackageUse(this.#data);
    const { tablesCreated, columnsAdded } = defineTables(this.#database, { schema: this.#schema, use });
    for (const record of this.#data.records) this.#addRecord(record);
    this.#addPointers();
    for (const pairs of this.#data.pairs) this.#addPairs(pairs);
    for (const [table, rows] of this.#rows) this.#database.put(table, [...rows.values()]);
    return {
      rows: new Map([...this.#rows].map(([table, rows]) => [table, rows.size])),
      tablesCreated: [...tablesCreated, ...this.#created],
      columnsAdded,
      leftOut: [...this.#leftOut.values()],
    };
  }

  #addRecord(record: RawRecord): void {
    const table = this.#table(record);
    const columns = this.#columnsOf(table);
    const cells: Record<string, Cell> = {};
    for (const field of record.fields) {
      const cell = this.#cell(table, columns.get(field.name), field);
      if (cell !== undefined) cells[field.name] = cell;
    }
    this.#put(table, record.id, this.#isThere(table, record.id) ? cells : this.#withDefaults(table, cells));
  }

  #table(record: RawRecord): TableDefinition {
    const table = this.#database.table(record.table);
    if (table !== undefined) return table;
    throw new Fault('package/invalid', {
      path: this.#file,
      line: record.line,
      reason: `the environment has no table ${record.table}`,
    });
  }

  /** The cell, or undefined when the value is left out. */
  #cell(table: TableDefinition, column: ColumnDefinition | undefined, field: RawField): Cell | undefined {
    const leaveOut = (reason: string) => {
      this.#note({ table: table.logicalName, column: field.name, reason });
      return undefined;
    };
    const schemaField = this.#schema.get(table.logicalName)?.fields.get(field.name);
    if (column === undefined) {
      return leaveOut(
        schemaField === undefined ? 'the schema does not describe it' : `type ${schemaField.type} is unknown`,
      );
    }
    if (column.type === 'PartyListType') return undefined;
    if (column.type === 'VirtualType' || (column.attributeOf !== null && !KEPT_COMPANIONS.has(column.type))) {
      return leaveOut('the platform derives it from another column');
    }
    if (column.logicalName === 'versionnumber') return leaveOut('the environment gives its own versions');
    const converted = convertField(field, column);
    if ('cell' in converted) return converted.cell;
    if (schemaField !== undefined && COLUMN_TYPES[schemaField.type] !== column.type) {
      return leaveOut(`the environment has the column as ${column.type}, the package as ${schemaField.type}`);
    }
    if (column.type === 'FileType') return leaveOut('files are not imported');
    throw new Fault('package/invalid', {
      path: this.#file,
      line: field.line,
      table: table.logicalName,
      column: field.name,
      reason: converted.wrong,
    });
  }

  #isThere(table: TableDefinition, id: string): boolean {
    const rows = this.#rows.get(table.logicalName);
    return rows?.has(id) === true || this.#database.get(table.logicalName, id) !== undefined;
  }

  /** What the platform sets on a new row when nobody else does. */
  #withDefaults(table: TableDefinition, cells: Record<string, Cell>): Record<string, Cell> {
    const columns = this.#columnsOf(table);
    const set = (name: string, cell: Cell) => {
      if (columns.has(name) && cells[name] === undefined) cells[name] = cell;
    };
    set('createdon', this.#now);
    set('modifiedon', cells.createdon ?? this.#now);
    set('statecode', 0);
    const statuses = columns.get('statuscode')?.options ?? [];
    set('statuscode', statuses.find(status => status.state === cells.statecode)?.value ?? 1);
    if (table.isActivity && columns.get('activitytypecode')?.type === 'EntityNameType') {
      set('activitytypecode', table.logicalName);
    }
    return cells;
  }

  /** Every activity has a row of the same id in `activitypointer`. */
  #addPointers(): void {
    const pointer = this.#database.table('activitypointer');
    if (pointer === undefined) return;
    const shipped = this.#rows.get('activitypointer');
    for (const [name, rows] of [...this.#rows]) {
      if (name === 'activitypointer' || this.#database.table(name)?.isActivity !== true) continue;
      for (const [id, row] of rows) {
        if (shipped?.has(id)) continue;
        this.#put(pointer, id, { ...pointerOf(row), activitytypecode: name });
      }
    }
  }

  #addPairs(pairs: RawPairs): void {
    const { sourceTable, target, targetKey, sourceId } = pairs;
    const sourceKey = this.#schema.get(sourceTable)?.primaryId ?? this.#database.table(sourceTable)?.primaryId;
    if (sourceKey === undefined) {
      const reason = `the schema does not describe table ${sourceTable}`;
      throw new Fault('package/invalid', { path: this.#file, line: pairs.line, reason });
    }
    const intersectTable = this.#intersectOf(pairs);
    const relationship = { name: pairs.name, intersectTable, target, targetKey };
    if (defineIntersect(this.#database, { source: sourceTable, sourceKey, relationship })) {
      this.#created.push(intersectTable);
    }
    const table = this.#database.table(intersectTable);
    if (table === undefined) return;
    const [column1, column2] = pairColumns({ source: sourceTable, sourceKey, target, targetKey });
    const missing = [column1, column2].find(name => !this.#columnsOf(table).has(name));
    if (missing !== undefined) {
      this.#note({ table: intersectTable, column: missing, reason: 'the intersect table has no such column' });
      return;
    }
    for (const targetId of pairs.targetIds) {
      const cells = { [column1]: sourceId, [column2]: targetId };
      const key = Object.keys(cells)
        .sort()
        .map(name => cells[name])
        .join(' ');
      this.#put(table, metadataIdOf(`pair ${intersectTable} ${key}`), cells);
    }
  }

  /** The data names the relationship or its intersect table; both sides may list it. */
  #intersectOf(pairs: RawPairs): string {
    const described = [...this.#schema.values()]
      .flatMap(entity => entity.relationships)
      .find(one => one.name.toLowerCase() === pairs.name || one.intersectTable === pairs.name);
    if (described !== undefined) return described.intersectTable;
    const known = this.#database.relationships().find(one => one.schemaName.toLowerCase() === pairs.name);
    return known?.intersectTable ?? pairs.name;
  }

  /** Over the row that is there, and over a record of the same id before it. */
  #put(table: TableDefinition, id: string, cells: Row): void {
    let rows = this.#rows.get(table.logicalName);
    if (rows === undefined) {
      rows = new Map();
      this.#rows.set(table.logicalName, rows);
    }
    const old = rows.get(id) ?? this.#database.get(table.logicalName, id)?.row ?? {};
    rows.set(id, { ...old, ...cells, [table.primaryId]: id });
  }

  readonly #columns = new Map<
    string,
    { readonly table: TableDefinition; readonly byName: Map<string, ColumnDefinition> }
  >();

  #columnsOf(table: TableDefinition): ReadonlyMap<string, ColumnDefinition> {
    const known = this.#columns.get(table.logicalName);
    if (known?.table === table) return known.byName;
    const byName = new Map(table.columns.map(column => [column.logicalName, column]));
    this.#columns.set(table.logicalName, { table, byName });
    return byName;
  }

  #note({ table, column, reason }: Omit<LeftOut, 'values'>): void {
    const key = `${table} ${column} ${reason}`;
    this.#leftOut.set(key, { table, column, reason, values: (this.#leftOut.get(key)?.values ?? 0) + 1 });
  }
}

/** Columns that describe another one and still carry values of their own. */
const KEPT_COMPANIONS: ReadonlySet<string> = new Set(['ImageType', 'EntityNameType', 'UniqueidentifierType']);
