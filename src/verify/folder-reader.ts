import { CsvProblem, CsvReader, type Field } from './csv-reader.ts';
import type { Attribute } from './folder-reader-cells.ts';
import type { LakeReader } from './lake-reader.ts';
import { type ManifestEntity, ROOT_MANIFEST, readManifest } from './manifest.ts';

export const CHANGELOG = 'Changelog/changelog.info';
export const IS_DELETE = 'IsDelete';
const VERSION = 'versionnumber';
const LINE_FEED = 0x0a;

/** Dots, not colons: readers put the colons back and take the name for a time. Text order is time order. */
const FOLDER = /^(\d{4})-(\d{2})-(\d{2})T(\d{2})\.(\d{2})\.(\d{2})Z$/;

/** The time a folder's name stands for; null when it is no such name. */
export function folderTime(name: string): number | null {
  const match = FOLDER.exec(name);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1);
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = Date.parse(iso);
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? null : time;
}

/** Which folders an incremental lake has. */
export interface FolderList {
  /** What `changelog.info` says, as it stands: the folder that is being written. Null when there is no such file. */
  readonly inProgress: string | null;
  /** Every folder, oldest first. */
  readonly folders: readonly string[];
  /** Those that readers take: strictly below the one in progress. None while nothing names that one. */
  readonly finished: readonly string[];
}

export async function readFolders(lake: LakeReader): Promise<FolderList> {
  const bytes = await lake.read(CHANGELOG);
  const inProgress = bytes === null ? null : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const folders = (await lake.list('')).filter(name => folderTime(name) !== null).sort();
  return { inProgress, folders, finished: folders.filter(name => inProgress !== null && name < inProgress) };
}

/** A table of a folder: its columns there, and the CSV files that lie in its own folder. */
export interface FolderTable {
  readonly name: string;
  readonly attributes: readonly Attribute[];
  /** Paths from the lake's root, sorted; none when the folder has nothing of the table. */
  readonly files: readonly string[];
}

/** The tables of a folder by its own model.json; a text that says why when it cannot be read. */
export async function readFolder(lake: LakeReader, folder: string): Promise<readonly FolderTable[] | string> {
  const entities = await readManifest(lake, `${folder}/${ROOT_MANIFEST}`);
  if (entities === null) return 'missing';
  if (typeof entities === 'string') return entities;
  return Promise.all(entities.map(async entity => ({ ...entity, files: await csvFiles(lake, folder, entity) })));
}

async function csvFiles(lake: LakeReader, folder: string, { name }: ManifestEntity): Promise<string[]> {
  const found = (await lake.list(`${folder}/${name}`)).filter(file => file.endsWith('.csv'));
  return found.map(file => `${folder}/${name}/${file}`);
}

/** A line of a CSV file as it stood; `row` counts from 1. */
export interface CsvRow {
  readonly row: number;
  readonly fields: readonly Field[];
}

/** The rows of a CSV file, chunk by chunk. The last line may lack its end, as in files of the original. Throws `CsvProblem`. */
export async function* readCsvRows(lake: LakeReader, path: string): AsyncGenerator<CsvRow[]> {
  const reader = new CsvReader();
  let row = 0;
  let last = LINE_FEED;
  const rowsOf = (bytes: Uint8Array): CsvRow[] =>
    reader.push(bytes).map(fields => {
      row += 1;
      return { row, fields };
    });
  for await (const bytes of lake.open(path)) {
    last = bytes.at(-1) ?? last;
    yield rowsOf(bytes);
  }
  if (last !== LINE_FEED) yield rowsOf(Uint8Array.of(LINE_FEED));
  reader.end();
}

/** A row of a folder, as readers take it. */
export interface FolderRow {
  readonly id: string;
  readonly isDelete: boolean;
  readonly version: bigint | null;
  /** How many cells the row has; those after it were added to the table later, and are null. */
  readonly width: number;
  /** One for each attribute. Null and the empty text are one: readers cannot tell them apart. */
  readonly cells: readonly (string | null)[];
}

/** Where the columns are that mean something to a reader; -1 for one that is not there. */
interface Places {
  readonly isDelete: number;
  readonly version: number;
}

/** The rows of one CSV file by its table's columns. Throws `CsvProblem`, also for a row wider than the columns. */
export async function* readFolderRows({
  lake,
  path,
  attributes,
}: {
  readonly lake: LakeReader;
  readonly path: string;
  readonly attributes: readonly Attribute[];
}): AsyncGenerator<FolderRow> {
  const at = (name: string) => attributes.findIndex(attribute => attribute.name === name);
  const places = { isDelete: at(IS_DELETE), version: at(VERSION) };
  for await (const rows of readCsvRows(lake, path)) {
    for (const { row, fields } of rows) {
      if (fields.length > attributes.length) {
        throw new CsvProblem({ row, problem: `${fields.length} fields, but ${attributes.length} columns` });
      }
      yield folderRow({ fields, row, attributes, places });
    }
  }
}

function folderRow({
  fields,
  row,
  attributes,
  places,
}: {
  readonly fields: readonly Field[];
  readonly row: number;
  readonly attributes: readonly Attribute[];
  readonly places: Places;
}): FolderRow {
  const cells = attributes.map((_, at) => fields[at]?.text || null);
  const version = cells[places.version] ?? null;
  if (version !== null && !/^-?\d+$/.test(version)) throw new CsvProblem({ row, problem: 'the version is no number' });
  return {
    id: (cells[0] ?? '').toLowerCase(),
    isDelete: cells[places.isDelete]?.toLowerCase() === 'true',
    version: version === null ? null : BigInt(version),
    width: fields.length,
    cells,
  };
}

/**
 * The rows of a table that are there after all finished folders, by id. A folder's deletes count after its rows, since
 * the order of its files is not that of the changes; over folders the higher version wins, and the later folder where
 * versions are equal. Holds every row in memory: for tests and small tables.
 */
export async function replayTable(lake: LakeReader, table: string): Promise<Map<string, FolderRow>> {
  const newest = new Map<string, FolderRow>();
  for (const folder of (await readFolders(lake)).finished) {
    const tables = await readFolder(lake, folder);
    if (typeof tables === 'string') continue;
    const found: FolderRow[] = [];
    for (const { attributes, files } of tables.filter(({ name }) => name === table)) {
      for (const path of files) for await (const row of readFolderRows({ lake, path, attributes })) found.push(row);
    }
    const [deletes, upserts] = [found.filter(row => row.isDelete), found.filter(row => !row.isDelete)];
    for (const row of [...upserts, ...deletes]) {
      const before = newest.get(row.id)?.version ?? null;
      if (before === null || row.version === null || row.version >= before) newest.set(row.id, row);
    }
  }
  for (const [id, row] of newest) if (row.isDelete) newest.delete(id);
  return newest;
}
