import type { ByteStore } from '../../src/core/bytestore.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { LogEntry, TableState } from '../../src/core/commit.ts';
import { TableLog } from '../../src/core/commit-log.ts';
import { parseEntry } from '../../src/core/log-codec.ts';
import { emptyState, reduce } from '../../src/core/log-state.ts';
import type { TableName } from '../../src/core/names.ts';
import { merged, partitions, type Version, versionsIn } from './seeded-batcher.ts';
import type { SeededEnvironment } from './seeded-environment.ts';
import { wrongsOfOutput } from './seeded-history-proof.ts';
import type { SeededOutput } from './seeded-process.ts';
import type { SeededDisk } from './seeded-store.ts';

const signal = new AbortController().signal;

export interface ProofParts {
  readonly disk: SeededDisk;
  readonly environment: SeededEnvironment;
  readonly clock: Clock;
  readonly output: SeededOutput;
}

/** What is wrong with a table at rest: rows lost, repeated, stale or not gone; a log that is not whole. */
export async function wrongsOf(table: TableName, parts: ProofParts): Promise<string[]> {
  const { disk, environment, clock, output } = parts;
  const log = new TableLog({ store: readerOf(disk), table, clock, newNonce: () => 'reader-0' });
  const state = await log.load(signal);
  const expected = environment.rows(table).map(lineOf);
  const local = (path: string) => `lake/${path}`;
  const committed = merged(disk, {
    image: (state.image?.partitions ?? []).map(({ name, file }) => ({ name, path: local(file.path) })),
    batches: state.pending.map(({ sequence, epoch, batch }) => ({ sequence, epoch, path: local(batch.path) })),
  }).map(lineOf);
  const image = (state.image?.partitions ?? []).flatMap(({ file }) => versionsIn(disk, local(file.path)));
  const inPlace = partitions.flatMap(name => JSON.parse(disk.text(`${table}/${name}.json`) ?? '[]') as Version[]);
  const isInPlace = output === 'plain' || output === 'in-place';
  return [
    ...differences('committed', committed, expected),
    ...differences('image', image.map(lineOf).sort(), expected),
    ...(isInPlace ? differences('published', inPlace.map(lineOf).sort(), expected) : []),
    ...wrongsOfOutput({ table, disk, state, output, expected, lineOf }),
    ...(state.image?.rowCount === expected.length ? [] : [`the count of rows is ${state.image?.rowCount}`]),
    ...wrongsOfLog(table, disk, state),
  ].map(wrong => `${table}: ${wrong}`);
}

/** Entries that count are numbered without gaps, and replaying them all gives the same state as loading. */
function wrongsOfLog(table: TableName, disk: SeededDisk, state: TableState): string[] {
  const entries = numbered(disk, `.lakelink/${table}/log/`).map(
    (path): LogEntry => parseEntry(disk.lake.get(path)?.bytes ?? new Uint8Array(), path),
  );
  // Below a checkpoint names are free again, and a put that was thought lost may still have landed there.
  const checkpoint = numbered(disk, `.lakelink/${table}/checkpoint/`).at(-1);
  const floor = checkpoint === undefined ? 0 : Number(checkpoint.slice(-25, -5));
  const counting = entries.map(({ sequence }) => sequence).filter(sequence => sequence > floor);
  const dense = Array.from({ length: state.tail - floor }, (_, index) => floor + index + 1);
  if (counting.join() !== dense.join()) return [`the log holds ${counting} after ${floor}, and ends at ${state.tail}`];
  if (entries.length < state.tail) return [];
  try {
    const replayed = entries.reduce(reduce, emptyState());
    return JSON.stringify(replayed) === JSON.stringify(state) ? [] : ['a replay gives another state than loading'];
  } catch (failure) {
    return [`the log cannot be replayed: ${failure}`];
  }
}

function numbered(disk: SeededDisk, folder: string): string[] {
  return [...disk.lake.keys()].filter(path => path.startsWith(folder)).sort();
}

function lineOf({
  id,
  version,
  text,
}: {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}): string {
  // A row that was read again may stand above its own version in the lake; its text tells one version from another.
  return `${id} ${text === '' ? version : text}`;
}

function differences(what: string, ours: readonly string[], expected: readonly string[]): string[] {
  const lost = without(expected, ours).map(line => `${what}: lost ${line}`);
  return [...lost, ...without(ours, expected).map(line => `${what}: too much ${line}`)];
}

/** As lists, so that a row that is there twice is one too much. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter(line => {
    const place = left.indexOf(line);
    if (place === -1) return true;
    left.splice(place, 1);
    return false;
  });
}

/** The lake at rest. */
function readerOf(disk: SeededDisk): ByteStore {
  const refuse = () => Promise.reject(new Error('only for reading'));
  return {
    location: 'memory',
    urlOf: path => path,
    putIfAbsent: refuse,
    publish: refuse,
    remove: refuse,
    publishedSequence: refuse,
    localFile: async path => `lake/${path}`,
    read: async path => disk.lake.get(path)?.bytes ?? null,
    list: async folder =>
      [...disk.lake]
        .filter(([path]) => path.startsWith(`${folder}/`))
        .map(([path, { bytes, modifiedMs }]) => ({ path, bytes: bytes.length, modifiedMs }))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
