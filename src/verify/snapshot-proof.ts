import type { DuckDBConnection } from '@duckdb/node-api';
import type { SnapshotFile } from '../core/commit.ts';
import { appendColumns, lakeColumns, type TableShape } from '../core/shape.ts';
import { compareParts } from './append-parts.ts';
import type { Committed, CommittedImage, CommittedSnapshot } from './committed.ts';
import { CsvProblem, CsvReader } from './csv-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import { attributeProblem, type ManifestEntity, ROOT_MANIFEST } from './manifest.ts';
import { type ComparedFile, compareFiles, type PublishedFile } from './published-file.ts';

export interface ShownSnapshot {
  readonly files: number;
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

export const NOTHING_SHOWN: ShownSnapshot = { files: 0, problems: [] };

interface Request {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
}

interface Subject {
  /** As the root manifest shows the table. */
  readonly entity: ManifestEntity;
  readonly committed: Committed;
  readonly snapshot: CommittedSnapshot;
}

/** Whether a manifest leads readers of the table to a snapshot; to one of no rows it names nothing. */
export function namesSnapshot(lake: LakeReader, entity: ManifestEntity, { files }: CommittedSnapshot): boolean {
  if (entity.partitions.length === 0) return files.length === 0;
  return entity.partitions.every(({ location }) => lake.pathOf(location)?.startsWith(`${entity.name}/Snapshot/`));
}

/**
 * Proves that the manifest names exactly the files of the newest committed snapshot, that each holds as many rows and
 * bytes as were committed, and, of partitions that did not change since, that every cell is that of the image.
 */
export async function checkSnapshot(request: Request, subject: Subject): Promise<ShownSnapshot> {
  const { lake } = request;
  const { entity, committed, snapshot } = subject;
  const problems: { path: string; problem: string }[] = [];
  const { shape } = committed;
  const isOfShape = snapshot.shapeAt === committed.shapeAt;
  if (shape !== null && isOfShape) {
    const columns = snapshot.append ? appendColumns(shape) : lakeColumns(shape);
    const problem = attributeProblem(entity, columns);
    if (problem !== null) problems.push({ path: ROOT_MANIFEST, problem: `${entity.name}: ${problem}` });
  }
  const committedFiles = new Map(snapshot.files.map(file => [file.path, file]));
  const named: SnapshotFile[] = [];
  for (const { name, location } of entity.partitions) {
    const path = lake.pathOf(location) ?? location;
    const file = committedFiles.get(path);
    committedFiles.delete(path);
    if (file?.partition === name) named.push(file);
    else problems.push({ path, problem: `is not of the newest snapshot, for partition ${name}` });
  }
  for (const path of committedFiles.keys()) problems.push({ path, problem: 'is of the newest snapshot and not named' });
  for (const file of named) {
    const problem = await fileProblem(lake, file, entity.attributes.length);
    if (problem !== null) problems.push({ path: file.path, problem });
  }
  const whole = named.filter(({ path }) => !problems.some(problem => problem.path === path));
  const compared = isOfShape ? await compareUnchanged(request, { ...subject, named: whole }) : [];
  for (const { path, problems: found } of compared) problems.push(...found.map(problem => ({ path, problem })));
  return { files: entity.partitions.length, problems };
}

/** Bytes and rows as committed, and no row wider than the manifest says. */
async function fileProblem(
  lake: LakeReader,
  { path, bytes, rows }: SnapshotFile,
  widest: number,
): Promise<string | null> {
  if (!(await lake.list(path.slice(0, path.lastIndexOf('/')))).includes(path.slice(path.lastIndexOf('/') + 1))) {
    return 'missing';
  }
  const reader = new CsvReader();
  const found = { bytes: 0, rows: 0 };
  try {
    for await (const chunk of lake.open(path)) {
      found.bytes += chunk.byteLength;
      const read = reader.push(chunk);
      const wide = read.findIndex(fields => fields.length > widest);
      if (wide !== -1) return `row ${found.rows + wide + 1} is wider than the ${widest} columns of model.json`;
      found.rows += read.length;
    }
    reader.end();
  } catch (failure) {
    if (failure instanceof CsvProblem) return failure.message;
    throw failure;
  }
  if (found.rows !== rows) return `${found.rows} rows, not ${rows} as committed`;
  return found.bytes === bytes ? null : `${found.bytes} bytes, not ${bytes} as committed`;
}

/** Cell by cell, the files whose partition is in the image as it was then. */
async function compareUnchanged(
  { lake, connection }: Request,
  { committed, snapshot, named }: Subject & { readonly named: readonly SnapshotFile[] },
): Promise<readonly ComparedFile[]> {
  const { shape, image, narrowest } = committed;
  if (shape === null || image === null || snapshot.append !== (image.parts !== null)) return [];
  const files = unchanged(image, named);
  if (files.length === 0) return [];
  if (!snapshot.append) return compareFiles({ lake, connection, files, shape, narrowest });
  return compareAppended({ lake, connection, files, shape });
}

function unchanged(image: CommittedImage, named: readonly SnapshotFile[]): PublishedFile[] {
  const held = new Map((image.parts ?? image.partitions).map(partition => [partition.name, partition]));
  return named.flatMap(({ partition, path, changedAt }) => {
    const now = held.get(partition);
    return now === undefined || now.changedAt > changedAt ? [] : [{ path, image: now.file }];
  });
}

async function compareAppended(
  request: Request & { readonly files: readonly PublishedFile[]; readonly shape: TableShape },
): Promise<readonly ComparedFile[]> {
  // What the files say together is held against the image where all of them are: among the near real-time files.
  return (await compareParts({ ...request, live: [] })).files;
}
