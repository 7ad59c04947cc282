import type { ByteStore } from '../../src/core/bytestore.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { EntryBody, TableState } from '../../src/core/commit.ts';
import { TableLog } from '../../src/core/commit-log.ts';
import { type LinkFile, writeLinkFile } from '../../src/core/link-file.ts';
import { emptyState } from '../../src/core/log-state.ts';
import { parseLinkName, parseTableName, type TableName } from '../../src/core/names.ts';
import { column, counter, live, rows, running, shapeOf } from './log-values.ts';

/** A lake of bare logs: whoever writes to it, as the service would, for what only reads. */
export class LakeOfLogs {
  readonly #store: ByteStore;
  readonly #clock: Clock;
  readonly #newNonce: () => string;
  readonly #logs = new Map<string, TableLog>();
  readonly #states = new Map<string, TableState>();
  #revision = 0;

  constructor({ store, clock, writer = 'writer' }: { store: ByteStore; clock: Clock; writer?: string }) {
    this.#store = store;
    this.#clock = clock;
    this.#newNonce = counter(writer);
  }

  /** Writes what the link is; its tables are these from now on. */
  async link(tables: readonly string[], more: Partial<LinkFile> = {}): Promise<void> {
    this.#revision += 1;
    const file: LinkFile = {
      format: 1,
      revision: this.#revision,
      linkId: 'link-1',
      name: parseLinkName('sales'),
      environmentUrl: 'https://contoso.crm.dynamics.com',
      organizationId: '00000000-0000-0000-0000-00000000000a',
      tables: tables.map(parseTableName),
      partitionStrategy: 'year',
      createdAt: '2026-01-01T00:00:00.000Z',
      ...more,
    };
    await writeLinkFile(this.#store, file, live);
  }

  log(table: string): TableLog {
    const known = this.#logs.get(table);
    if (known !== undefined) return known;
    const log = new TableLog({
      store: this.#store,
      table: parseTableName(table),
      clock: this.#clock,
      newNonce: this.#newNonce,
    });
    this.#logs.set(table, log);
    return log;
  }

  state(table: string): TableState {
    return this.#states.get(table) ?? emptyState();
  }

  async commit(table: string, make: (state: TableState) => EntryBody): Promise<TableState> {
    const state = this.state(table);
    const { state: next } = await this.log(table).commit(state, make(state), { signal: live });
    this.#states.set(table, next);
    return next;
  }

  /** A batch of one row: its file's bytes are the row's text. */
  async commitRow(table: string, row = 'row'): Promise<TableState> {
    const content = new TextEncoder().encode(row);
    const file = await this.log(table).putData({ kind: 'batch', file: { content, rows: 1 }, signal: live });
    return this.commit(table, state => rows(state, running(state.tail + 1), { batch: { ...file, deletes: 0 } }));
  }

  /** An image of one partition with these bytes, of everything that is committed. */
  async commitFold(table: string, text = 'image'): Promise<TableState> {
    const content = new TextEncoder().encode(text);
    const file = await this.log(table).putData({ kind: 'image', file: { content, rows: 1 }, signal: live });
    return this.commit(table, ({ tail }) => ({
      kind: 'fold',
      through: tail,
      partitions: [{ name: '2026', changedAt: tail + 1, file }],
      rowCount: 1,
    }));
  }

  commitShape(table: string, columns: readonly string[] = ['accountid', 'name']): Promise<TableState> {
    const shape = { ...shapeOf(columns.map(name => column(name, 'string'))), table: parseTableName(table) };
    return this.commit(table, () => ({ kind: 'shape', shape }));
  }

  async remove(table: string): Promise<void> {
    this.#states.set(table, await this.log(table).remove(this.state(table), live));
  }

  async sweep(table: string): Promise<void> {
    await this.log(table).sweep(this.state(table), live);
  }
}

export const table = (name: string): TableName => parseTableName(name);
