import type { Batcher, BuildRequest, FoldRequest, FoldResult } from '../../src/core/batcher.ts';
import type { SnapshotFile } from '../../src/core/commit.ts';
import { type Version, versionsIn } from './seeded-batcher.ts';
import type { Plant, SeededOutput } from './seeded-process.ts';
import { heldFiles } from './seeded-snapshots.ts';
import type { SeededDisk } from './seeded-store.ts';

/** Mistakes with what readers are told, each made by a contract's wrapper, as in `seeded-plants.ts`. */
export const outputPlants: Readonly<Record<string, { readonly output: SeededOutput; readonly plant: Plant }>> = {
  'a folder that is finished though its data could not be written': {
    output: 'folders',
    plant: {
      folders: writer => ({
        announceFolder: (name, options) => writer.announceFolder(name, options),
        writeFolder: (folder, signal) => writer.writeFolder(folder, signal).catch(() => undefined),
      }),
    },
  },
  'a folder whose model comes before its tables': {
    output: 'folders',
    plant: {
      folders: writer => ({
        announceFolder: (name, options) => writer.announceFolder(name, options),
        writeFolder: async (folder, signal) => {
          const tables = folder.tables.map(table => ({ ...table, changes: table.changes.slice(0, 1) }));
          await writer.writeFolder({ ...folder, tables }, signal);
        },
      }),
    },
  },
  'a snapshot that is committed before its files': {
    output: 'in-place',
    plant: {
      snapshots: writer => ({
        writeSnapshot: async (table, options) => {
          void writer.writeSnapshot(table, options).catch(() => undefined);
          const second = Math.floor(options.takenAtMs / 1_000);
          return heldFiles(table.state).map(
            ({ name, changedAt, file }): SnapshotFile => ({
              partition: name,
              path: `${table.table}/Snapshot/${name}_${second}.csv`,
              bytes: file.bytes,
              rows: file.rows,
              changedAt,
            }),
          );
        },
      }),
    },
  },
  'a version that is appended again after it was read again': {
    output: 'append',
    plant: {
      batcher: (batcher, _, disk) => folding(batcher, (request, result) => withKnownOnes(disk, request, result)),
    },
  },
  'a delete that is dropped from a part': {
    output: 'append',
    plant: {
      batcher: (batcher, _, disk) => folding(batcher, (_request, result) => withoutDeletes(disk, result)),
    },
  },
  'lines that say nothing of when they were taken in': {
    output: 'append',
    plant: {
      batcher: batcher =>
        wrapped(batcher, 'build', (request: BuildRequest, signal: AbortSignal) =>
          batcher.build({ ...request, sinkAt: new Date(0) }, signal),
        ),
    },
  },
  'a delete that is dropped from a folder': {
    output: 'folders',
    plant: {
      batcher: (batcher, _, disk) => folding(batcher, (_request, result) => withoutDeletes(disk, result)),
    },
  },
};

function folding(batcher: Batcher, change: (request: FoldRequest, result: FoldResult) => FoldResult): Batcher {
  return wrapped(batcher, 'fold', async (request: FoldRequest, signal: AbortSignal) =>
    change(request, await batcher.fold(request, signal)),
  );
}

function wrapped<K extends 'build' | 'fold'>(batcher: Batcher, name: K, instead: Batcher[K]): Batcher {
  return new Proxy(batcher, {
    get: (target, key) => {
      if (key === name) return instead;
      const found = Reflect.get(target, key, target) as unknown;
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

/** The last file that a fold adds to gets every row of the batches, also those that the image holds already. */
function withKnownOnes(disk: SeededDisk, { batches }: FoldRequest, result: FoldResult): FoldResult {
  const [last] = result.parts.slice(-1);
  if (last === undefined) return result;
  const added = new Set(
    result.parts.flatMap(({ file }) => versionsIn(disk, file.path)).map(row => JSON.stringify(row)),
  );
  const known = batches
    .flatMap(({ path }) => versionsIn(disk, path))
    .filter(row => !row.deleted && !added.has(JSON.stringify(row)));
  const file = rewritten(disk, last.file, [...versionsIn(disk, last.file.path), ...known]);
  return { ...result, parts: [...result.parts.slice(0, -1), { ...last, file }] };
}

function withoutDeletes(disk: SeededDisk, result: FoldResult): FoldResult {
  const kept = (path: string) => versionsIn(disk, path).filter(({ deleted, id }) => !deleted || !id.endsWith('1'));
  return {
    ...result,
    parts: result.parts.map(part => ({ ...part, file: rewritten(disk, part.file, kept(part.file.path)) })),
    changes: result.changes.map(file => ({ ...file, ...rewritten(disk, file, kept(file.path)) })),
  };
}

function rewritten<T extends { readonly path: string }>(disk: SeededDisk, file: T, lines: readonly Version[]): T {
  return { ...file, path: disk.write(new TextEncoder().encode(JSON.stringify(lines))) };
}
