import { readFolder, readFolderRows, readFolders } from '../../src/verify/folder-reader.ts';
import type { LakeReader } from '../../src/verify/lake-reader.ts';
import { readManifest } from '../../src/verify/manifest.ts';
import { type SweepEnvironment, TABLES } from './sweep-environment.ts';

/** A row as readers find it. */
export interface Told {
  readonly id: string;
  readonly version: string;
  readonly isDelete: boolean;
}

/** How a link writes for its readers. */
export type OutputShape = 'in place' | 'append only' | 'incremental folders';

export interface Wrong {
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  readonly unreadable: readonly string[];
}

/** Holds what readers find against what was done to the environment; nothing of the product is asked. */
export class SweepReaders {
  readonly #shape: OutputShape;
  readonly #environment: SweepEnvironment;
  /** The newest folder that is of a table's life before it was removed. */
  readonly #since = new Map<string, string>();

  constructor(parts: { readonly shape: OutputShape; readonly environment: SweepEnvironment }) {
    this.#shape = parts.shape;
    this.#environment = parts.environment;
  }

  /** The table left; what readers find later is of another life. */
  async forget(lake: LakeReader, table: string): Promise<void> {
    this.#since.set(table, (await readFolders(lake)).finished.at(-1) ?? '');
    this.#environment.forget(table);
  }

  async wrongOf(
    lake: LakeReader,
    { away, columns }: { readonly away: ReadonlySet<string>; readonly columns: ReadonlyMap<string, string> },
  ): Promise<Wrong> {
    const wrong = { lost: [] as string[], repeated: [] as string[], unreadable: [] as string[] };
    for (const table of TABLES) {
      if (away.has(table)) continue;
      try {
        const told = await toldOf(lake, { table, shape: this.#shape, since: this.#since.get(table) ?? '' });
        const column = columns.get(table);
        if (column !== undefined && !told.columns.includes(column)) wrong.lost.push(`${table}: column ${column}`);
        const { lost, repeated } =
          this.#shape === 'in place' ? this.#live(table, told.rows) : this.#history(table, told.rows);
        wrong.lost.push(...lost.map(word => `${table}: ${word}`));
        wrong.repeated.push(...repeated.map(word => `${table}: ${word}`));
      } catch (failure) {
        wrong.unreadable.push(`${table}: ${failure}`);
      }
    }
    return wrong;
  }

  /** One line a row, as it is now. */
  #live(table: string, rows: readonly Told[]): { lost: string[]; repeated: string[] } {
    const live = new Set(this.#environment.live(table).map(({ id, version }) => `${id} ${version}`));
    const words = rows.map(({ id, version }) => `${id} ${version}`);
    const found = new Set(words);
    const lost = [...live].filter(word => !found.has(word));
    // A row that went, or an older version that still stands: its delete or its update is not there.
    const stale = words.filter(word => !live.has(word)).map(word => `${word} still stands`);
    return { lost: [...lost, ...stale], repeated: twice(rows.map(({ id }) => id)) };
  }

  /** Every version that the world rested with, each once; every delete once. */
  #history(table: string, rows: readonly Told[]): { lost: string[]; repeated: string[] } {
    const { versions, deletes } = this.#environment.due(table);
    const words = rows.flatMap(({ id, version, isDelete }) => (isDelete ? [] : [`${id} ${version}`]));
    const found = new Set(words);
    const gone = new Map<string, number>();
    for (const { id, isDelete } of rows) if (isDelete) gone.set(id, (gone.get(id) ?? 0) + 1);
    const untold = [...deletes].filter(([id, { told }]) => (gone.get(id) ?? 0) < told);
    const often = [...gone].filter(([id, times]) => times > (deletes.get(id)?.done ?? 0));
    return {
      lost: [...[...versions].filter(word => !found.has(word)), ...untold.map(([id]) => `the delete of ${id}`)],
      repeated: [...twice(words), ...often.map(([id]) => `the delete of ${id}`)],
    };
  }
}

function twice(words: readonly string[]): string[] {
  const seen = new Set<string>();
  return words.filter(word => {
    if (seen.has(word)) return true;
    seen.add(word);
    return false;
  });
}

/**
 * Every row in readers' files of a table: those in its own folder, or those in finished folders after `since`. Throws
 * where a file cannot be read, which between two publications may be so for a moment.
 */
async function toldOf(
  lake: LakeReader,
  { table, shape, since }: { readonly table: string; readonly shape: OutputShape; readonly since: string },
): Promise<{ readonly rows: Told[]; readonly columns: readonly string[] }> {
  const rows: Told[] = [];
  let columns: readonly string[] = [];
  for (const { attributes, files } of await filesOf(lake, { table, shape, since })) {
    columns = attributes.map(({ name }) => name);
    for (const path of files) {
      for await (const { id, version, isDelete } of readFolderRows({ lake, path, attributes })) {
        rows.push({ id, version: String(version), isDelete });
      }
    }
  }
  return { rows, columns };
}

async function filesOf(
  lake: LakeReader,
  { table, shape, since }: { readonly table: string; readonly shape: OutputShape; readonly since: string },
) {
  if (shape === 'incremental folders') {
    const finished = (await readFolders(lake)).finished.filter(name => name > since);
    const folders = await Promise.all(finished.map(name => readFolder(lake, name)));
    return folders.flatMap(folder => {
      if (typeof folder === 'string') throw new Error(folder);
      return folder.filter(({ name }) => name === table);
    });
  }
  const model = await readManifest(lake, `Microsoft.Athena.TrickleFeedService/${table}-model.json`);
  if (model === null) return [];
  if (typeof model === 'string') throw new Error(model);
  const files = (await lake.list(table)).filter(name => /^\d.*\.csv$/.test(name)).map(name => `${table}/${name}`);
  return model.map(({ attributes }) => ({ attributes, files }));
}
