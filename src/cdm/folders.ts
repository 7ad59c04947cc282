import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content } from '../core/bytestore.ts';
import type { FolderName } from '../core/folder-name.ts';
import { limits } from '../core/limits.ts';
import type { FolderContents, FolderTable, FolderWriter, PublishedTable, Replica } from '../core/replica.ts';
import type { TableShape } from '../core/shape.ts';
import { cutChanges } from './folder-files.ts';
import { type ModelTable, modelJson, readableSince } from './model-json.ts';
import { optionsetFiles } from './optionset-files.ts';
import { CHANGELOG, ROOT_MODEL, tableModelPath } from './paths.ts';
import type { CdmParts } from './replica.ts';

/** A folder gets its files one by one, so what is not CSV has to wait for what is. */
interface Written {
  /** Length by path of what lies in the folder already: an earlier try did not come to its end. */
  readonly before: ReadonlyMap<string, number>;
  /** Paths that belong to the folder. */
  readonly paths: Set<string>;
  readonly signal: AbortSignal;
}

interface FolderParts extends CdmParts {
  /** Bytes after which a file goes on in another one. */
  readonly partBytesMax?: number;
}

/** Incremental folders in the layout of the original; see docs/lake-layout.md. */
export function openFolderWriter(parts: FolderParts): FolderWriter {
  return new CdmFolderWriter(parts);
}

/**
 * What readers find outside of the folders: the root manifest, which lists every table and names no files. Finished
 * folders stay as they are, whatever becomes of their tables.
 */
export function openFolderReplica({ store }: Pick<CdmParts, 'store'>): Replica {
  return {
    publishTable: async () => ({ files: 0, bytes: 0 }),
    publishLink: async ({ sequence, tables }, signal) => {
      const shown = await store.publishedSequence(ROOT_MODEL, signal);
      if (shown !== null && shown >= sequence) return;
      const bytes = modelJson(tables.flatMap(table => modelTable(table) ?? []));
      await store.publish(ROOT_MODEL, { bytes }, { sequence, signal });
    },
    tidyTable: async () => {},
    withdrawTable: async () => {},
  };
}

class CdmFolderWriter implements FolderWriter {
  readonly #parts: FolderParts;

  constructor(parts: FolderParts) {
    this.#parts = parts;
  }

  async announceFolder(
    name: FolderName,
    { sequence, signal }: { readonly sequence: number; readonly signal: AbortSignal },
  ): Promise<void> {
    // The name and nothing else: there are readers that take the bytes as they are.
    await this.#parts.store.publish(CHANGELOG, { bytes: Buffer.from(name, 'utf8') }, { sequence, signal });
  }

  /**
   * Everything but model.json can be made again, and is, until model.json is there: what a try that broke off left
   * behind stays where it is the same, and goes where it is not (a table left the link meanwhile).
   */
  async writeFolder({ name, tables }: FolderContents, signal: AbortSignal): Promise<void> {
    const { store } = this.#parts;
    const found = await store.list(name, { signal });
    const before = new Map(found.map(({ path, bytes }) => [path, bytes]));
    const model = `${name}/${ROOT_MODEL}`;
    if (before.has(model)) return;
    // A folder that an earlier try began has to be finished: readers know its name.
    if (before.size === 0 && tables.every(({ changes }) => changes.length === 0)) return;
    const written: Written = { before, paths: new Set(), signal };
    const models: ModelTable[] = [];
    for (const table of tables) {
      const files = table.changes.length === 0 ? [] : await this.#writeTable({ name, table }, written);
      const one = modelTable(table, { names: files, folder: name, urlOf: path => store.urlOf(path) });
      if (one !== null) models.push(one);
    }
    for (const one of models) {
      await this.#put(`${name}/${tableModelPath(one.shape.table)}`, { bytes: modelJson([one]) }, written);
    }
    for (const { path, bytes } of optionsetFiles(models.map(({ shape }) => shape))) {
      await this.#put(`${name}/${path}`, { bytes }, written);
    }
    for (const path of before.keys()) if (!written.paths.has(path)) await store.remove(path, signal);
    await store.putIfAbsent(model, { bytes: modelJson(models) }, signal);
    // ^ From here on readers take the folder, and nothing in it changes any more.
  }

  /** Names of the table's files, without `.csv`. */
  async #writeTable(
    { name, table }: { readonly name: FolderName; readonly table: FolderTable },
    written: Written,
  ): Promise<string[]> {
    const { store, engine, tempFolder, newId, partBytesMax = limits.partBytes } = this.#parts;
    const { shape } = table.state;
    if (shape === null) return [];
    const { signal } = written;
    const changes = await Promise.all(table.changes.map(({ path }) => store.localFile(path, signal)));
    const workFolder = join(tempFolder, newId());
    try {
      await mkdir(workFolder, { mode: 0o700 });
      return await engine.session(async session => {
        const cut = await cutChanges(session, { shape, changes, workFolder, partBytesMax });
        for (const file of cut.files) {
          const target = join(workFolder, `${file.name}.csv`);
          await cut.write(file, target);
          await this.#put(`${name}/${table.table}/${file.name}.csv`, { file: target }, written);
          await rm(target);
        }
        return cut.files.map(file => file.name);
      }, signal);
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }

  async #put(path: string, content: Content, { before, paths, signal }: Written): Promise<void> {
    const { store } = this.#parts;
    paths.add(path);
    const length = before.get(path);
    if (length !== undefined) {
      // The same rows in the same form are as many bytes, in whatever order lines of one time came.
      if (length === (await lengthOf(content)) && !(await this.#differs(path, content, signal))) return;
      await store.remove(path, signal);
    }
    await store.putIfAbsent(path, content, signal);
  }

  async #differs(path: string, content: Content, signal: AbortSignal): Promise<boolean> {
    if ('file' in content) return false;
    const there = await this.#parts.store.read(path, signal);
    return there === null || Buffer.compare(there, content.bytes) !== 0;
  }
}

async function lengthOf(content: Content): Promise<number> {
  return 'bytes' in content ? content.bytes.byteLength : (await stat(content.file)).size;
}

/** As a manifest shows the table; without a folder it names no files. Null before the table has a definition. */
function modelTable(
  { table, state }: PublishedTable,
  files: {
    readonly names: readonly string[];
    readonly folder: FolderName;
    readonly urlOf: (path: string) => string;
  } | null = null,
): (ModelTable & { readonly shape: TableShape }) | null {
  if (state.shape === null) return null;
  return {
    shape: state.shape,
    rows: 'versions',
    // Whatever strategy the table has elsewhere: the files of a folder are cut by year.
    partitionStrategy: 'year',
    completedAt: readableSince(state),
    partitions: (files?.names ?? []).map(name => ({ name })),
    locationOf: partition => files?.urlOf(`${files.folder}/${table}/${partition}.csv`) ?? '',
  };
}
