import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Engine } from '../../src/batch/duckdb.ts';
import { ident, literal } from '../../src/batch/sql.ts';
import type { DataFile } from '../../src/core/commit.ts';
import { parseTableName } from '../../src/core/names.ts';
import {
  type Column,
  lakeColumns,
  type Option,
  orderColumns,
  SYSTEM_COLUMNS,
  type TableShape,
} from '../../src/core/shape.ts';

/** A row as SQL expressions by column name; what is missing is null. `deleted` matters in batches only. */
export interface SqlRow {
  readonly [column: string]: string;
}

type Kind = Column['kind'];

function column(name: string, kind: Kind, more: Partial<Column> = {}): Column {
  const isLookup = kind === 'lookup' || kind === 'owner' || kind === 'customer';
  return {
    name,
    kind,
    property: isLookup ? `_${name}_value` : name,
    typeProperty: isLookup ? `_${name}_value@Microsoft.Dynamics.CRM.lookuplogicalname` : null,
    attributeType: 'String',
    attributeTypeName: 'StringType',
    maxLength: null,
    precision: null,
    targets: [],
    optionSet: null,
    metadataId: '11111111-2222-3333-4444-555555555555',
    ...more,
  };
}

function option(value: number, text: string, state?: number): Option {
  const labels = [{ languageCode: 1033, text }];
  return state === undefined ? { value, labels } : { value, state, labels };
}

/** An invented table `crate` with a column of every kind. */
export const crateShape: TableShape = {
  table: parseTableName('crate'),
  displayName: 'Crate',
  entitySetName: 'crates',
  primaryId: 'crateid',
  objectTypeCode: 10_001,
  isIntersect: false,
  omitted: [],
  unreadable: [],
  columns: orderColumns([
    column('crateid', 'guid'),
    column('name', 'string', { maxLength: 100 }),
    column('notes', 'memo', { maxLength: 2000 }),
    column('pieces', 'integer'),
    column('versionnumber', 'bigint'),
    column('exchangerate', 'decimal', { precision: 12 }),
    column('weight', 'decimal', { precision: 2 }),
    column('price', 'money', { precision: 2 }),
    column('length', 'double', { precision: 5 }),
    column('sealed', 'boolean', {
      optionSet: { name: 'crate_sealed', isGlobal: false, options: [option(1, 'Yes'), option(0, 'No')] },
    }),
    column('colour', 'choice', {
      optionSet: { name: 'crate_colour', isGlobal: false, options: [option(1, 'Red, "light"'), option(2, 'Blue')] },
    }),
    column('size', 'choice', {
      optionSet: { name: 'sizes', isGlobal: true, options: [option(7, 'Small'), { value: 8, labels: [] }] },
    }),
    column('tags', 'multichoice', {
      maxLength: 4000,
      optionSet: { name: 'tagset', isGlobal: true, options: [option(1, 'Fragile'), option(2, '易碎')] },
    }),
    column('statecode', 'state', {
      optionSet: { name: 'crate_statecode', isGlobal: false, options: [option(0, 'Active'), option(1, 'Inactive')] },
    }),
    column('statuscode', 'status', {
      optionSet: { name: 'crate_statuscode', isGlobal: false, options: [option(1, 'Open', 0), option(2, 'Gone', 1)] },
    }),
    column('shelfid', 'lookup', { targets: [{ table: 'shelf', attribute: 'shelfid' }] }),
    column('ownerid', 'owner', {
      targets: [
        { table: 'systemuser', attribute: null },
        { table: 'team', attribute: null },
      ],
    }),
    column('buyerid', 'customer', {
      targets: [
        { table: 'account', attribute: 'accountid' },
        { table: 'contact', attribute: 'contactid' },
      ],
    }),
    column('bestbefore', 'dateonly'),
    column('wallclock', 'timezoneindependent'),
    column('modifiedon', 'datetime'),
    column('createdon', 'datetime'),
    column('recordtype', 'entityname', { maxLength: 64 }),
    column('photo', 'file', { maxLength: 200 }),
    column('ismanaged', 'managedproperty', { maxLength: 5 }),
  ]),
};

/**
 * Writes a Parquet file as the batches and images of a lake are: the lake's columns in order, then version and epoch,
 * and in a batch `__deleted` (a row's SQL expression of that name; false where it has none).
 */
export async function writeLakeParquet(
  engine: Engine,
  {
    shape,
    rows,
    path,
    as = 'image',
  }: {
    readonly shape: TableShape;
    readonly rows: readonly SqlRow[];
    readonly path: string;
    readonly as?: 'image' | 'batch';
  },
): Promise<DataFile> {
  const columns = [
    ...lakeColumns(shape).map(({ name, sqlType }) => ({ name, sqlType, initial: 'NULL' })),
    { name: SYSTEM_COLUMNS.version, sqlType: 'BIGINT', initial: '1' },
    { name: SYSTEM_COLUMNS.epoch, sqlType: 'INTEGER', initial: '0' },
    ...(as === 'batch' ? [{ name: SYSTEM_COLUMNS.deleted, sqlType: 'BOOLEAN', initial: 'false' }] : []),
  ];
  const select = (row: SqlRow) =>
    columns
      .map(({ name, sqlType, initial }) => `CAST(${row[name] ?? initial} AS ${sqlType}) AS ${ident(name)}`)
      .join(', ');
  const selects = rows.length > 0 ? rows.map(row => `SELECT ${select(row)}`) : [`SELECT ${select({})} WHERE false`];
  await engine.session(session =>
    session.runAll(`COPY (${selects.join(' UNION ALL ')}) TO ${literal(path)} (FORMAT parquet)`),
  );
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, bytes: bytes.byteLength, sha256, rows: rows.length };
}
