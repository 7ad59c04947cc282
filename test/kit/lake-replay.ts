import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../src/batch/duckdb.ts';
import { openCdmReplica } from '../../src/cdm/replica.ts';
import type { ByteStore } from '../../src/core/bytestore.ts';
import type { TableState } from '../../src/core/commit.ts';
import { parseEntry } from '../../src/core/log-codec.ts';
import { emptyState, reduce } from '../../src/core/log-state.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { PublishedTable } from '../../src/core/replica.ts';
import { lakeColumns } from '../../src/core/shape.ts';
import { readCsv } from './csv.ts';
import { openFixedLake } from './fixed-lake.ts';
import { counter } from './log-values.ts';
import { MemoryStore } from './memory-store.ts';

const signal = new AbortController().signal;

/** The table's state after each commit of its log, oldest first; the log must still be whole. */
export async function statesOf(lakePath: string, table: string): Promise<TableState[]> {
  const folder = join(lakePath, '.lakelink', table, 'log');
  const states: TableState[] = [];
  let state = emptyState();
  for (const name of (await readdir(folder)).sort()) {
    state = reduce(state, parseEntry(await readFile(join(folder, name)), name));
    states.push(state);
  }
  return states;
}

/**
 * Publishes a table again as it was after each of its commits, and looks at every single publication whether
 * model.json, the files that it names and SQL agree. Answers what does not, and how often was looked.
 */
export async function replayPublications({
  lakePath,
  table,
  engine,
  tempFolder,
}: {
  readonly lakePath: string;
  readonly table: string;
  readonly engine: Engine;
  readonly tempFolder: string;
}): Promise<{ readonly problems: readonly string[]; readonly looks: number; readonly widths: ReadonlySet<number> }> {
  const readers = new Readers(table);
  const store = readers.storeOver(lakePath);
  const replica = openCdmReplica({ store, engine, tempFolder, newId: counter('replay') });
  const name = parseTableName(table);
  const looked: PublishedTable[] = [];
  const sql = await openFixedLake({ store, tables: () => looked });
  let sequence = 0;
  for (const state of await statesOf(lakePath, table)) {
    readers.state = state;
    const published = { table: name, state };
    await replica.publishTable(published, signal);
    sequence += 1;
    await replica.publishLink({ sequence, tables: [published] }, signal);
    await readers.lookAtCells();
    if (state.shape === null) continue;
    looked.splice(0, 1, published);
    const { fields } = await sql.query(`SELECT * FROM ${table}`);
    readers.compareNames(fields.map(one => one.name));
  }
  await sql.close();
  await readers.close();
  return { problems: readers.problems, looks: readers.looks, widths: new Set(readers.widths.values()) };
}

interface Attribute {
  readonly name: string;
  readonly dataType: string;
}

const FORMS: Readonly<Record<string, RegExp>> = {
  guid: /^([0-9a-f-]{36})?$/,
  int64: /^(-?[0-9]+)?$/,
  decimal: /^(-?[0-9]+([.][0-9]+)?)?$/,
  boolean: /^(True|False)?$/,
  dateTime: /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]+\/[0-9]+\/[0-9]{4} [0-9:]+ [AP]M)?$/,
  dateTimeOffset: /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+\+00:00)?$/,
};

/** What readers find of one table, looked at after every publication. */
class Readers {
  readonly problems: string[] = [];
  /** Fields of a line of each partition file. */
  readonly widths = new Map<string, number>();
  looks = 0;
  state: TableState = emptyState();
  readonly #table: string;
  readonly #lake = new MemoryStore();

  constructor(table: string) {
    this.#table = table;
  }

  /** Immutable files come from the lake on disk, what is published goes to memory. */
  storeOver(lakePath: string): ByteStore {
    const lake = this.#lake;
    return {
      location: lakePath,
      urlOf: path => lake.urlOf(path),
      putIfAbsent: (...given) => lake.putIfAbsent(...given),
      read: (...given) => lake.read(...given),
      list: (...given) => lake.list(...given),
      remove: (...given) => lake.remove(...given),
      publishedSequence: (...given) => lake.publishedSequence(...given),
      localFile: async path => join(lakePath, ...path.split('/')),
      publish: async (path, content, options) => {
        const outcome = await lake.publish(path, content, options);
        if (outcome === 'published') await this.#lookAfter(path);
        return outcome;
      },
    };
  }

  /** Every cell of every file is a value of its attribute's type. */
  async lookAtCells(): Promise<void> {
    const attributes = this.#attributes('model.json');
    for (const path of this.widths.keys()) {
      for (const line of await readCsv(this.#lake.text(path) ?? '')) {
        const wrong = line.findIndex((cell, at) => FORMS[attributes[at]?.dataType ?? '']?.test(cell) === false);
        if (wrong !== -1)
          this.#say(`${path}: a cell of ${attributes[wrong]?.name} is no ${attributes[wrong]?.dataType}`);
      }
    }
  }

  compareNames(columns: readonly string[]): void {
    const named = this.#attributes('model.json').map(({ name }) => name);
    if (named.join() !== columns.join()) this.#say(`SQL has ${columns.join()}, model.json ${named.join()}`);
  }

  async close(): Promise<void> {
    await this.#lake.close();
  }

  async #lookAfter(path: string): Promise<void> {
    this.looks += 1;
    if (path.startsWith(`${this.#table}/`)) {
      const lines = await readCsv(this.#lake.text(path) ?? '', { relax_column_count: true });
      const expected = this.state.shape === null ? 0 : lakeColumns(this.state.shape).length;
      const odd = lines.find(line => line.length !== expected);
      if (odd !== undefined) this.#say(`${path}: a line of ${odd.length} fields, ${expected} columns`);
      if (lines.length > 0) this.widths.set(path, expected);
    }
    for (const manifest of ['model.json', `Microsoft.Athena.TrickleFeedService/${this.#table}-model.json`]) {
      const named = this.#named(manifest);
      if (named === null) continue;
      for (const [file, width] of this.widths) {
        if (named.files.has(this.#lake.urlOf(file)) && width > named.width) {
          this.#say(`${file} has ${width} fields while ${manifest} names ${named.width}`);
        }
      }
    }
  }

  #named(manifest: string): { readonly width: number; readonly files: ReadonlySet<string> } | null {
    const entity = this.#entity(manifest);
    if (entity === null) return null;
    return { width: entity.attributes.length, files: new Set(entity.partitions.map(({ location }) => location)) };
  }

  #attributes(manifest: string): readonly Attribute[] {
    return this.#entity(manifest)?.attributes ?? [];
  }

  #entity(manifest: string) {
    interface Entity {
      readonly name: string;
      readonly attributes: readonly Attribute[];
      readonly partitions: readonly { readonly location: string }[];
    }
    const text = this.#lake.text(manifest);
    if (text === null) return null;
    const { entities } = JSON.parse(text) as { readonly entities: readonly Entity[] };
    return entities.find(({ name }) => name === this.#table) ?? null;
  }

  #say(problem: string): void {
    this.problems.push(`after commit ${this.state.tail}: ${problem}`);
  }
}
