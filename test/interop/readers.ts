import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Clock } from '../../src/core/clock.ts';
import { instantText, type JsonRow, mendText, numberText, quoteText } from '../../src/verify/cells.ts';
import { type EnvironmentAccess, EnvironmentReader } from '../../src/verify/transport.ts';

/** What a reader found of one table: its rows, a digest of all fields as they stand, and one of their values. */
export interface ReadTable {
  readonly rows: number;
  readonly texts?: string;
  readonly values?: string;
}

interface Model {
  readonly entities: readonly {
    readonly name: string;
    readonly attributes: readonly { readonly name: string; readonly dataType: string }[];
    readonly partitions: readonly { readonly location: string }[];
  }[];
}

type Entity = Model['entities'][number];

export async function readModel(root: string): Promise<Model> {
  return JSON.parse(await readFile(join(root, 'model.json'), 'utf8')) as Model;
}

/** Python's csv module, by `read_lake.py`. */
export async function readByPython(root: string): Promise<Record<string, ReadTable>> {
  const script = fileURLToPath(new URL('read_lake.py', import.meta.url));
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const { stdout } = await promisify(execFile)(python, [script, join(root, 'model.json')], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Record<string, ReadTable>;
}

/** DuckDB's CSV reader with the columns of model.json: fields as they stand, and once more as typed columns. */
export async function readByDuckDb(root: string): Promise<Record<string, ReadTable>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const read: Record<string, ReadTable> = {};
    for (const entity of (await readModel(root)).entities) {
      if (entity.partitions.length === 0) {
        read[entity.name] = { rows: 0, texts: digestOfRows([]) };
        continue;
      }
      // DuckDB's binding for Node.js drops a byte order mark at the start of a text; DuckDB itself does not.
      const names = entity.attributes.map((_, at) => `'t' || coalesce(c${at}, '')`);
      const texts = await connection.runAndReadAll(
        `SELECT ${names.join(', ')} FROM ${readCsv(entity, () => 'VARCHAR')}`,
      );
      const typed = await connection.runAndReadAll(
        `SELECT count(*)::INTEGER FROM (SELECT DISTINCT * FROM ${readCsv(entity, typeOf)})`,
      );
      const rows = texts.getRows();
      if (typed.getRows()[0]?.[0] !== rows.length) throw new Error(`${entity.name}: typed columns read other rows`);
      read[entity.name] = {
        rows: rows.length,
        texts: digestOfRows(rows.map(row => digestOfRow(row.map(field => String(field).slice(1))))),
      };
    }
    return read;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Columns go by position, since model.json's `Id` and a table's own names may differ by case alone. */
function readCsv(entity: Entity, type: (dataType: string, name: string) => string): string {
  const columns = entity.attributes.map(({ dataType, name }, at) => `'c${at}': '${type(dataType, name)}'`).join(', ');
  const files = entity.partitions.map(({ location }) => quoteText(fileURLToPath(location))).join(', ');
  return `read_csv([${files}], columns = {${columns}}, auto_detect = false, header = false, delim = ',', quote = '"',
    escape = '"', new_line = '\\n', nullstr = '', null_padding = true, parallel = false, max_line_size = 268435456)`;
}

/** Decimals stay texts: model.json does not say which of them are doubles. Sink dates have a form of their own. */
function typeOf(dataType: string, name: string): string {
  if (name === 'SinkCreatedOn' || name === 'SinkModifiedOn') return 'VARCHAR';
  switch (dataType) {
    case 'guid':
      return 'UUID';
    case 'int64':
      return 'BIGINT';
    case 'boolean':
      return 'BOOLEAN';
    case 'dateTime':
    case 'dateTimeOffset':
      return 'TIMESTAMPTZ';
    default:
      return 'VARCHAR';
  }
}

/**
 * The environment's own rows of the tables that model.json names, as values a CSV reader can see. How a name in the lake
 * leads to a property of the Web API is worked out here anew, from the rows themselves.
 */
export async function readEnvironment({
  root,
  access,
  clock,
  signal,
}: {
  readonly root: string;
  readonly access: EnvironmentAccess;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<Record<string, ReadTable>> {
  const reader = new EnvironmentReader({ access, clock });
  const read: Record<string, ReadTable> = {};
  for (const { name, attributes } of (await readModel(root)).entities) {
    const { entitySetName, primaryId } = await reader.definition(name, signal);
    const types = new Map((await reader.attributes(name, signal)).map(attribute => [attribute.name, attribute.type]));
    const kept = attributes.filter(attribute => !attribute.name.startsWith('Sink'));
    const digests: string[] = [];
    for await (const page of reader.pages(entitySetName, signal)) {
      for (const row of page.rows) {
        const cells = kept.map(attribute => {
          const text = textOf(row, attribute.name === 'Id' ? primaryId : attribute.name);
          const joined = types.get(attribute.name) === 'MultiSelectPicklistType' ? text.replaceAll(',', ';') : text;
          return valueAs(attribute.dataType, joined);
        });
        digests.push(digestOfRow(cells));
      }
    }
    read[name] = { rows: digests.length, values: digestOfRows(digests) };
  }
  return read;
}

/** Rows of a reader by column name, as the same digest of values. */
export function readRows(
  attributes: Entity['attributes'],
  rows: readonly Readonly<Record<string, string>>[],
): ReadTable {
  const kept = attributes.filter(({ name }) => !name.startsWith('Sink'));
  // The environment's booleans are those of JSON.
  const cellOf = (dataType: string, cell: string) =>
    dataType === 'boolean' ? cell.toLowerCase() : valueAs(dataType, cell);
  const digests = rows.map(row => digestOfRow(kept.map(({ name, dataType }) => cellOf(dataType, row[name] ?? ''))));
  return { rows: digests.length, values: digestOfRows(digests) };
}

const LOOKUP_TYPE = '@Microsoft.Dynamics.CRM.lookuplogicalname';

function textOf(row: JsonRow, name: string): string {
  const lookup = name.replace(/_entitytype$/, '');
  if (lookup !== name && `_${lookup}_value` in row) return text(row[`_${lookup}_value${LOOKUP_TYPE}`]);
  if (name in row || `_${name}_value` in row) return text(row[name] ?? row[`_${name}_value`]);
  // Columns that hold the type of a lookup's target are no properties of their own: `owneridtype` of ownerid,
  // `objectidtypecode` and `objecttypecode` of objectid, `partyobjecttypecode` of partyid.
  const stem = name.replace(/type(code)?$/, '');
  const base = [stem, `${stem}id`, stem.replace(/object$/, 'id')].find(
    candidate => candidate !== name && `_${candidate}_value` in row,
  );
  return base === undefined ? '' : text(row[`_${base}_value${LOOKUP_TYPE}`]);
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return mendText(value);
  return typeof value === 'object' && !('isLosslessNumber' in value) ? JSON.stringify(value) : String(value);
}

function valueAs(dataType: string, cell: string): string {
  if (cell === '' || dataType === 'string') return cell;
  switch (dataType) {
    case 'guid':
      return cell.toLowerCase();
    case 'int64':
    case 'decimal':
      return numberText(cell);
    case 'dateTime':
    case 'dateTimeOffset':
      return instantText(cell);
    default:
      return cell;
  }
}

function digestOfRow(fields: readonly string[]): string {
  const hash = createHash('sha256');
  for (const field of fields) hash.update(`${Buffer.byteLength(field)}:${field}`);
  return hash.digest('hex');
}

function digestOfRows(digests: readonly string[]): string {
  return createHash('sha256')
    .update([...digests].sort().join('\n'))
    .digest('hex');
}
