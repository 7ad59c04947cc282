import type { DuckDBConnection } from '@duckdb/node-api';
import { Cleanup } from '../core/cleanup.ts';
import { Fault } from '../core/fault.ts';
import { parseTableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import { readCommitted } from './committed.ts';
import { classify, countClasses, countColumns, nameDifferences, pick, sampleRows } from './compare-classes.ts';
import { compareColumns } from './compare-columns.ts';
import { explainDeletes } from './compare-deletes.ts';
import { formProblem, readForm } from './compare-file.ts';
import type { CompareReport, SideSummary, TableComparison } from './compare-report.ts';
import {
  count,
  dropTables,
  type Loaded,
  type LoadRequest,
  loadCells,
  loadSide,
  type ReadableFile,
} from './compare-rows.ts';
import { openSide, type Side, type SideTable } from './compare-side.ts';
import { columnWords, partitionWords, proofWords, rowWords, sideWords, words } from './compare-words.ts';
import { type LakeReader, openFolderLake } from './lake-reader.ts';
import { openScratch } from './scratch.ts';

export interface CompareProgress {
  readonly table: string;
  readonly phase: 'original' | 'ours' | 'rows';
  readonly rows: number;
}

export interface CompareRequest {
  /** The container of a running original: a copy or a mount of it, or a reader of one's own. */
  readonly original: { readonly root: string } | LakeReader;
  /** Our lake's folder, or a reader of one's own. */
  readonly ours: { readonly root: string } | LakeReader;
  /** Logical names; without it every table that either lake has. */
  readonly tables?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: CompareProgress) => void) | undefined;
}

/**
 * Holds our lake against that of a running original, table by table, as readers who go by model.json see both. Nothing
 * is written to either; memory is bounded, and what does not fit spills to a scratch folder. Differences are in the
 * report; throws what makes comparing impossible: `store/missing`, `lake/no-manifest`, `batch/engine`
 * (its cause may hold values; the fault does not).
 */
export async function compareLakes(request: CompareRequest): Promise<CompareReport> {
  const { signal } = request;
  const [original, ours] = [
    await openSide(await readerOf(request.original)),
    await openSide(await readerOf(request.ours)),
  ];
  const chosen = request.tables?.map(parseTableName);
  const tables = chosen ?? [...new Set([...original.tables.keys(), ...ours.tables.keys()])].sort();
  await using cleanup = new Cleanup();
  const connection = await openScratch(cleanup);
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  cleanup.add(signal, one => one.removeEventListener('abort', interrupt));
  const compared: TableComparison[] = [];
  for (const table of tables) {
    signal.throwIfAborted();
    const sides = { theirs: original.tables.get(table), ours: ours.tables.get(table) };
    if (sides.theirs !== undefined && sides.ours !== undefined) {
      const both = { theirs: sides.theirs, ours: sides.ours };
      const asked = { ...request, connection, original, own: ours, table, ...both };
      compared.push(await compareTable(asked).catch(failure => rethrow(failure, { table, signal })));
    } else compared.push(loneTable({ table, ...sides, isChosen: chosen !== undefined }));
  }
  return {
    ready: compared.length > 0 && compared.every(({ ready }) => ready),
    original: original.lake.location,
    ours: ours.lake.location,
    layouts: { original: original.layout, ours: ours.layout },
    tables: compared,
    notes: [
      ...original.notes.map(note => `original: ${note}`),
      ...ours.notes.map(note => `ours: ${note}`),
      'SinkCreatedOn and SinkModifiedOn say when each service wrote, and are not compared.',
      'Nothing and the empty text count as one: readers of the original cannot tell them apart.',
    ],
  };
}

/** The engine's own failures are plain errors whose text may hold values. */
function rethrow(failure: unknown, { table, signal }: { readonly table: string; readonly signal: AbortSignal }): never {
  signal.throwIfAborted();
  if (failure instanceof Error && failure.constructor === Error) {
    throw new Fault('batch/engine', { table }, { cause: failure });
  }
  throw failure;
}

async function readerOf(lake: { readonly root: string } | LakeReader): Promise<LakeReader> {
  return 'root' in lake ? await openFolderLake(lake.root) : lake;
}

interface TableRequest extends Pick<CompareRequest, 'signal' | 'onProgress'> {
  readonly connection: DuckDBConnection;
  readonly original: Side;
  readonly own: Side;
  readonly table: string;
  readonly theirs: SideTable;
  readonly ours: SideTable;
}

async function compareTable(request: TableRequest): Promise<TableComparison> {
  const { connection, original, own, table, theirs, ours, signal, onProgress = () => {} } = request;
  const shape = await shapeOf(own.lake, table);
  const columns = compareColumns(theirs.attributes, ours.attributes, shape);
  const load = async (name: 'theirs' | 'ours') => {
    const [side, sideTable] = name === 'theirs' ? [original, theirs] : [own, ours];
    const phase = name === 'theirs' ? 'original' : 'ours';
    const onRows = (rows: number) => onProgress({ table, phase, rows });
    const { files, problems } = await readableFiles(side, sideTable, signal);
    const asked: LoadRequest = { connection, name, table: sideTable, files, cells: columns.compared, signal, onRows };
    const loaded = await loadSide(asked);
    return { asked, loaded: { ...loaded, problems: [...problems, ...loaded.problems] } };
  };
  const [there, here] = [await load('theirs'), await load('ours')];
  onProgress({ table, phase: 'rows', rows: Math.max(there.loaded.rows, here.loaded.rows) });
  const rows = await compareRows(request, there, here);
  const found = words(
    sideWords('original', theirs, there.loaded),
    sideWords('ours', ours, here.loaded),
    rowWords(rows.counts, rows.age, rows.differing),
    proofWords(rows, { original: there.loaded.rows, ours: here.loaded.rows }),
    columnWords(columns),
    partitionWords(theirs, ours),
  );
  const { compared, ...rest } = columns;
  return {
    table,
    presentIn: 'both',
    ready: found.unexplained.length === 0,
    original: summaryOf(theirs, there.loaded),
    ours: summaryOf(ours, here.loaded),
    columns: { ...rest, compared: compared.length, differing: rows.differing },
    rows: { ...rows.counts, equal: rows.equal },
    age: rows.age,
    samples: rows.samples,
    ...found,
  };
}

interface LoadedSide {
  readonly asked: LoadRequest;
  readonly loaded: Loaded;
}

async function compareRows({ connection, own, table, signal }: TableRequest, there: LoadedSide, here: LoadedSide) {
  const age = await classify(connection, { theirs: there.loaded, ours: here.loaded });
  await explainDeletes({ connection, lake: own.lake, table, byVersion: there.loaded.hasVersions, signal });
  // The files are read a second time only where rows differ, and then only those rows are kept.
  const areDifferent = (await pick(connection, 'different')) > 0;
  if (areDifferent) for (const { asked, loaded } of [there, here]) await loadCells(asked, loaded);
  if (areDifferent) await nameDifferences(connection, there.asked.cells);
  const found = {
    age,
    counts: await countClasses(connection),
    differing: areDifferent ? await countColumns(connection) : [],
    samples: await sampleRows(connection, { areDifferent }),
    equal: await count(
      connection,
      'FROM ours o WHERE NOT o.d AND NOT EXISTS (SELECT 1 FROM findings f WHERE f.id = o.id)',
    ),
  };
  await dropTables(connection, 'theirs', 'ours', 'theirs_cells', 'ours_cells', 'picked', 'findings', 'differing');
  return found;
}

/** A table's files with what their bytes say; those that cannot be relied on are named instead. */
async function readableFiles(
  side: Side,
  table: SideTable,
  signal: AbortSignal,
): Promise<{ readonly files: readonly ReadableFile[]; readonly problems: readonly string[] }> {
  const files: ReadableFile[] = [];
  const problems: string[] = [];
  for (const file of table.files) {
    const form = await readForm(side.lake, file.path, signal);
    const problem = formProblem(form, file.attributes.length);
    if (problem !== null) problems.push(problem);
    if (!form.isEmpty && !form.openQuote) files.push({ ...file, form, local: await side.lake.localFile(file.path) });
  }
  return { files, problems };
}

/** Our definition of a table as committed; null for a lake without our log, such as a copy without `.lakelink`. */
async function shapeOf(lake: LakeReader, table: string): Promise<TableShape | null> {
  try {
    return (await readCommitted(lake, table)).shape;
  } catch (failure) {
    if (failure instanceof Fault && (failure.code === 'link/table-unknown' || failure.code === 'lake/corrupt'))
      return null;
    throw failure;
  }
}

function summaryOf(table: SideTable, loaded: Loaded): SideSummary {
  return {
    rows: loaded.rows,
    lines: loaded.lines,
    files: table.files.length,
    partitions: table.partitions,
    granularity: table.granularity,
    appendOnly: loaded.isAppendOnly,
  };
}

/** A table that only one lake has, or that was asked for and neither has. */
function loneTable({
  table,
  theirs,
  ours,
  isChosen,
}: {
  readonly table: string;
  readonly theirs: SideTable | undefined;
  readonly ours: SideTable | undefined;
  readonly isChosen: boolean;
}): TableComparison {
  const presentIn = theirs !== undefined ? 'original' : ours !== undefined ? 'ours' : 'neither';
  const says =
    presentIn === 'neither'
      ? 'neither lake has this table'
      : presentIn === 'original'
        ? 'only the original has this table; add it to the link, or leave it out with --tables'
        : 'only ours has this table; no reader of the original can miss it';
  const isFine = presentIn === 'ours' && !isChosen;
  return {
    table,
    presentIn,
    ready: isFine,
    original: null,
    ours: null,
    columns: null,
    rows: null,
    age: null,
    samples: [],
    unexplained: isFine ? [] : [says],
    explained: isFine ? [says] : [],
  };
}
