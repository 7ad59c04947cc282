import type { ImagePartition, LogEntry, TableState } from '../../src/core/commit.ts';
import type { LinkEntry } from '../../src/core/link-log.ts';
import { parseEntry } from '../../src/core/log-codec.ts';
import type { TableName } from '../../src/core/names.ts';
import { type Version, versionsIn } from './seeded-batcher.ts';
import type { SeededOutput } from './seeded-process.ts';
import type { NamedTable } from './seeded-replica.ts';
import { CHANGELOG, type SeededDisk } from './seeded-store.ts';

export interface HistoryProof {
  readonly table: TableName;
  readonly disk: SeededDisk;
  readonly state: TableState;
  readonly output: SeededOutput;
  /** Lines of the environment's rows, as `lineOf` says them. */
  readonly expected: readonly string[];
  readonly lineOf: (row: Version) => string;
}

/** What is wrong with what readers are told beside the image: versions, deletes, snapshots. */
export function wrongsOfOutput(proof: HistoryProof): string[] {
  switch (proof.output) {
    case 'plain':
      return [];
    case 'in-place':
      return wrongsOfSnapshot(proof);
    case 'append':
      return [...wrongsOfHistory(proof, publishedParts(proof)), ...wrongsOfSnapshot(proof)];
    case 'folders': {
      const waiting = proof.state.waiting.map(({ sequence }) => `${sequence} never came into a folder`);
      return [...waiting, ...wrongsOfHistory(proof, told(proof))];
    }
  }
}

/**
 * The lines against every batch that was ever committed: each version that was news when it came is there, each delete of
 * a row that was there as well, and nothing that no batch said. Who reads the lines as readers do has the rows.
 */
function wrongsOfHistory(proof: HistoryProof, lines: readonly Version[]): string[] {
  const said = committedLines(proof);
  const found = new Set(lines.map(wordOf));
  const rows = new Set(said.flatMap(line => (line.deleted ? [] : [wordOf({ ...line, version: line.own })])));
  const unsaid = lines.filter(line => !isOfNoRow(line) && !rows.has(wordOf({ ...line, deleted: false })));
  return [
    ...newsOf(said).flatMap(word => (found.has(word) ? [] : [`history: lost ${word}`])),
    ...unsaid.map(line => `history: nobody said ${wordOf(line)}`),
    ...wrongsOfOrder(lines),
    ...tooManyOfNoRow(lines, said),
    ...differences(replayed(lines).map(proof.lineOf), proof.expected),
  ];
}

/** A delete of a row that was never taken in, or is gone already. */
function isOfNoRow({ deleted, version }: Version): boolean {
  return deleted && version === 0;
}

/** Made and deleted between two looks: each time the environment says so is one line at the most. */
function tooManyOfNoRow(lines: readonly Version[], said: readonly Version[]): string[] {
  const deletes = (all: readonly Version[], id: string) => all.filter(one => one.deleted && one.id === id).length;
  const ids = [...new Set(lines.filter(isOfNoRow).map(({ id }) => id))];
  return ids.flatMap(id => (deletes(lines, id) > deletes(said, id) ? [`history: too many deletes of ${id}`] : []));
}

/**
 * What a line is to the one of its id that was taken in before: later, not of a lower version, and not the same once more.
 * A row that is deleted may come back in its version, as where a first delta tells of what came before the full read.
 */
function wrongsOfOrder(lines: readonly Version[]): string[] {
  const last = new Map<string, Version>();
  return [...lines]
    .sort((a, b) => a.sink - b.sink)
    .flatMap(line => {
      const before = last.get(line.id);
      if (isOfNoRow(line) && before?.deleted === true) return [];
      last.set(line.id, line);
      if (before === undefined) return [];
      const order = orderOf(line) - orderOf(before);
      if (order < 0) return [`history: falls to ${wordOf(line)}`];
      if (line.sink === before.sink && order === 0) return [`history: cannot tell which is later of ${wordOf(line)}`];
      return (order === 0 || line.deleted) && line.deleted === before.deleted
        ? [`history: too much ${wordOf(line)}`]
        : [];
    });
}

function wordOf({ id, epoch, version, deleted }: Version): string {
  return `${id} ${epoch}/${version}${deleted ? ' deleted' : ''}`;
}

/** Of each id what is above all that came before, as it is told; a delete only where a row was. */
function newsOf(said: readonly Version[]): string[] {
  const highest = new Map<string, Version>();
  return said.flatMap(line => {
    const before = highest.get(line.id);
    const order = before === undefined ? 1 : orderOf(line) - orderOf(before);
    if (order < 0 || (order === 0 && (!line.deleted || before?.deleted === true))) return [];
    highest.set(line.id, line);
    if (!line.deleted) return [wordOf({ ...line, version: line.own })];
    return before === undefined || before.deleted ? [] : [wordOf({ ...before, version: before.own, deleted: true })];
  });
}

/** A version's place among all of its id. */
function orderOf({ epoch, version }: Version): number {
  return epoch * 1e12 + version;
}

/** As readers do it: the highest version, of one version the latest second. */
function replayed(lines: readonly Version[]): Version[] {
  const highest = new Map<string, Version>();
  for (const line of lines) {
    const before = highest.get(line.id);
    const order = before === undefined ? 1 : orderOf(line) - orderOf(before) || line.sink - before.sink;
    if (order > 0) highest.set(line.id, line);
  }
  return [...highest.values()].filter(({ deleted }) => !deleted);
}

function differences(ours: readonly string[], expected: readonly string[]): string[] {
  return [
    ...expected.filter(line => !ours.includes(line)).map(line => `replay: lost ${line}`),
    ...ours.filter(line => !expected.includes(line)).map(line => `replay: too much ${line}`),
  ];
}

/** The entries of the table's log since it joined the link. Removed ones too: the first put of a number is the one that counts. */
function entriesOf({ table, disk, state }: HistoryProof): LogEntry[] {
  const all = [...disk.everPut]
    .filter(([path]) => path.startsWith(`.lakelink/${table}/log/`))
    .map(([path, bytes]): LogEntry => parseEntry(bytes, path))
    .filter(({ sequence }) => sequence <= state.tail)
    .sort((a, b) => a.sequence - b.sequence);
  return all.slice(all.findLastIndex(({ kind }) => kind === 'removed') + 1);
}

function committedLines(proof: HistoryProof): Version[] {
  const through = proof.state.image?.through ?? 0;
  return entriesOf(proof).flatMap(entry => {
    if (entry.kind !== 'rows' || entry.batch === null || entry.sequence > through) return [];
    return everPut(proof.disk, entry.batch.path);
  });
}

function everPut(disk: SeededDisk, path: string): Version[] {
  const bytes = disk.everPut.get(path);
  if (bytes === undefined) throw new Error(`${path} was committed and never put`);
  return JSON.parse(new TextDecoder().decode(bytes)) as Version[];
}

function publishedParts({ table, disk, state }: HistoryProof): Version[] {
  return (state.image?.parts ?? []).flatMap(({ name }) => {
    const path = `${table}/${name}.json`;
    return disk.lake.has(path) ? versionsIn(disk, `lake/${path}`) : [];
  });
}

/** What finished folders say of the table since its log began anew. */
function told(proof: HistoryProof): Version[] {
  const { table, disk } = proof;
  const inProgress = disk.text(CHANGELOG) ?? '';
  const since = entriesOf(proof)[0]?.sequence ?? 0;
  const log = [...disk.everPut]
    .filter(([path]) => path.startsWith('.lakelink/_link/log/'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, bytes]) => JSON.parse(new TextDecoder().decode(bytes)) as LinkEntry);
  return log.flatMap(entry => {
    if (entry.kind !== 'folder-closed' || entry.name >= inProgress) return [];
    const path = `${entry.name}/${table}.json`;
    const isOfThisLife = (entry.tables[table]?.through ?? 0) >= since;
    return isOfThisLife && disk.lake.has(path) ? versionsIn(disk, `lake/${path}`) : [];
  });
}

/** The files that the link's list names are those of the newest snapshot, and show what the image held that it was taken of. */
function wrongsOfSnapshot(proof: HistoryProof): string[] {
  const { table, disk, state } = proof;
  const list = JSON.parse(disk.text('tables.json') ?? '[]') as NamedTable[];
  const named = list.find(one => one.table === table)?.files ?? [];
  const gone = state.snapshots.flatMap(({ files }) => files).filter(({ path }) => !disk.lake.has(path));
  if (gone.length > 0) return gone.map(({ path }) => `snapshot: ${path} of a kept one is gone`);
  const snapshot = state.snapshots
    .slice(0, 1)
    .find(({ files }) => files.map(({ path }) => path).join() === named.join());
  if (snapshot === undefined) return [`snapshot: the list names ${named.join() || 'nothing'}, which is none`];
  const held = heldAt(entriesOf(proof), snapshot.foldedAt);
  if (held === null) return [`snapshot: ${snapshot.foldedAt} is no fold`];
  return snapshot.files.flatMap(({ partition, path }) => {
    const file = held.find(({ name }) => name === partition)?.file;
    const bytes = file === undefined ? undefined : disk.everPut.get(file.path);
    const shown = disk.text(path);
    if (shown === null) return [`snapshot: ${path} is not there`];
    return bytes !== undefined && new TextDecoder().decode(bytes) === shown
      ? []
      : [`snapshot: ${path} shows something else`];
  });
}

/** The files of the image after one fold: what it names, and of what it goes on from the others. */
function heldAt(entries: readonly LogEntry[], foldedAt: number): readonly ImagePartition[] | null {
  const fold = entries.find(({ sequence }) => sequence === foldedAt);
  if (fold?.kind !== 'fold') return null;
  const named: readonly ImagePartition[] = fold.parts ?? fold.partitions;
  const names = named.map(({ name }) => name);
  const before = fold.onto === undefined ? null : heldAt(entries, fold.onto);
  return [...(before ?? []).filter(({ name }) => !names.includes(name)), ...named];
}
