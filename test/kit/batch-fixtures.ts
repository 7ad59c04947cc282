import type { BuildRequest, BuildResult } from '../../src/core/batcher.ts';
import { parseLinkName, parseTableName } from '../../src/core/names.ts';
import { type Column, type ColumnKind, lakeColumns, SYSTEM_COLUMNS, type TableShape } from '../../src/core/shape.ts';
import type { PageKey } from '../../src/core/spool.ts';

/** A column of a kind; lookups get the properties that the Web API gives them. */
export function column(name: string, kind: ColumnKind, more: Partial<Column> = {}): Column {
  const isLookup = kind === 'lookup' || kind === 'owner' || kind === 'customer';
  const property = isLookup ? `_${name}_value` : name;
  return {
    name,
    kind,
    property,
    typeProperty: isLookup ? `${property}@Microsoft.Dynamics.CRM.lookuplogicalname` : null,
    attributeType: kind,
    attributeTypeName: kind,
    maxLength: null,
    precision: null,
    targets: [],
    optionSet: null,
    metadataId: '00000000-0000-0000-0000-000000000000',
    ...more,
  };
}

/** A shape of these columns, with `accountid` first and `versionnumber` last. */
export function shapeOf(columns: readonly Column[], more: Partial<TableShape> = {}): TableShape {
  return {
    table: parseTableName('account'),
    displayName: 'Account',
    entitySetName: 'accounts',
    primaryId: 'accountid',
    objectTypeCode: 1,
    isIntersect: false,
    columns: [column('accountid', 'guid'), ...columns, column('versionnumber', 'bigint')],
    omitted: [],
    unreadable: [],
    ...more,
  };
}

/** SQL of a file's rows with every column of the shape; a file leaves out columns that hold no value in it. */
export function fileRows(shape: TableShape, path: string): string {
  const { version, epoch, deleted } = SYSTEM_COLUMNS;
  const columns = lakeColumns(shape).map(({ name, sqlType }) => `NULL::${sqlType} AS "${name}"`);
  const system = `NULL::BIGINT AS ${version}, NULL::INTEGER AS ${epoch}, NULL::BOOLEAN AS ${deleted}`;
  const file = `FROM read_parquet('${path.replaceAll("'", "''")}')`;
  return `(SELECT ${columns.join(', ')}, ${system} WHERE false UNION ALL BY NAME ${file})`;
}

export function pageKey(more: Partial<PageKey> = {}): PageKey {
  return {
    link: parseLinkName('test'),
    table: parseTableName('account'),
    generation: 1,
    read: 'delta',
    address: null,
    ...more,
  };
}

/** A GUID that is different for each number. */
export function guid(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-0000-4000-8000-0000000000aa`;
}

/** Names for files, different within a run. */
export function countingIds(): () => string {
  let n = 0;
  return () => {
    n += 1;
    return `f${n}`;
  };
}

/** An answer of the Web API around rows that are JSON texts already. */
export function answer(
  rows: readonly string[],
  links: { readonly next?: string; readonly delta?: string } = {},
): Buffer {
  const tail = [
    ...(links.next === undefined ? [] : [`,"@odata.nextLink":${JSON.stringify(links.next)}`]),
    ...(links.delta === undefined ? [] : [`,"@odata.deltaLink":${JSON.stringify(links.delta)}`]),
  ];
  return Buffer.from(`{"@odata.context":"$metadata#accounts","value":[${rows.join(',')}]${tail.join('')}}`);
}

export function deletedRow(id: string): string {
  return JSON.stringify({ '@odata.context': '$metadata#accounts/$deletedEntity', id, reason: 'deleted' });
}

/** A body that arrives in pieces of this size. */
export async function* inPieces(bytes: Uint8Array, pieceBytes = 16 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

export type Built = Extract<BuildResult, { is: 'built' }>;

export function built(result: BuildResult): Built & { readonly file: NonNullable<Built['file']> } {
  if (result.is !== 'built' || result.file === null) throw new Error(`not built: ${JSON.stringify(result)}`);
  return { ...result, file: result.file };
}

/** What a request needs beside shape and page. */
export const requestRest = {
  chain: [],
  epoch: 1,
  sinkAt: new Date('2024-05-06T07:08:09.123Z'),
  deleteVersion: '5',
  settled: null,
} as const satisfies Partial<BuildRequest>;
