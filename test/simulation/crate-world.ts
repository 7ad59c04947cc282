import { TableLog } from '../../src/core/commit-log.ts';
import { LinkLog } from '../../src/core/link-log.ts';
import { parseLinkName } from '../../src/core/names.ts';
import type { PublishedTable, Replica } from '../../src/core/replica.ts';
import { EnvironmentGuard } from '../../src/engine/environment-guard.ts';
import { Gate } from '../../src/engine/gate.ts';
import { QuietPolls } from '../../src/engine/quiet-polls.ts';
import { ReadQueue } from '../../src/engine/read-queue.ts';
import { TableRunner } from '../../src/engine/table-runner.ts';
import { FakeClock, settle } from '../kit/clock.ts';
import { MemoryStore, type ScriptLine } from '../kit/memory-store.ts';
import { CrateBatcher, type CrateBatcherOptions, merged, type Version } from './crate-batcher.ts';
import { type CrateEnvironment, crateTable } from './crate-environment.ts';
import { CrateSpool } from './crate-spool.ts';

const signal = new AbortController().signal;

/** Seconds of the simulated clock before a simulation that does not come to rest is called stuck. */
const ADVANCES_MAX = 2_000;

/**
 * One table's engine over an environment and a lake in memory, under one clock. `start` is a process; a script may kill
 * it at a store call; the next `start` goes on with what lies in the lake and in the spool.
 */
export class CrateWorld {
  readonly environment: CrateEnvironment;
  readonly clock = new FakeClock();
  readonly spool = new CrateSpool();
  readonly #lake = new MemoryStore({ clock: this.clock });
  readonly #batcher: CrateBatcher;
  readonly #handles: MemoryStore[] = [];
  #nonces = 0;

  constructor(environment: CrateEnvironment, options: CrateBatcherOptions = {}) {
    this.environment = environment;
    this.#batcher = new CrateBatcher(this.spool, options);
  }

  start(script: readonly ScriptLine[] = []): CrateProcess {
    const store = this.#lake.handle({ script });
    this.#handles.push(store);
    const newNonce = () => {
      this.#nonces += 1;
      return `nonce-${String(this.#nonces).padStart(8, '0')}`;
    };
    const deltaGate = new Gate(1);
    const report = { info: () => {}, warn: () => {} };
    const { clock, environment: source } = this;
    const environment = new EnvironmentGuard({
      source,
      clock,
      organizationId: 'o',
      linkLog: new LinkLog({ store, clock, newNonce }),
      witnesses: () => {
        const { witnesses, known } = runner;
        return { tables: witnesses === null ? [] : [witnesses], isAll: known };
      },
      report,
      signal,
    });
    const runner: TableRunner = new TableRunner({
      link: parseLinkName('crates'),
      table: crateTable,
      source: this.environment,
      store,
      log: new TableLog({ store, table: crateTable, clock: this.clock, newNonce }),
      spool: this.spool,
      batcher: this.#batcher,
      replica: replicaOn(store),
      clock: this.clock,
      settings: {
        partitionStrategy: 'year',
        writeMode: 'in-place',
        pollMs: 1_000,
        quietPollMs: 4_000,
        retryMs: 100,
        retryMsMax: 1_000,
        pausedMs: 60_000,
        publishMs: 5_000,
        describeMs: 3_600_000,
        renewCursorMs: 3_600_000,
      },
      readQueue: new ReadQueue({ places: 1, clock: this.clock, patienceMs: 60_000 }),
      fullGate: new Gate(1),
      deltaGate,
      upkeepGate: new Gate(1),
      quietPolls: new QuietPolls({ source, clock, gate: deltaGate, report, signal }),
      report,
      environment,
      onPublished: () => {},
    });
    runner.start();
    return { runner, store };
  }

  /** Removes the files that stood for the lake's. */
  async close(): Promise<void> {
    await this.#batcher.close();
    for (const handle of this.#handles) await handle.close();
  }

  /** Lets time pass until the condition holds; fails when it never does. */
  async until(what: string, holds: () => boolean | Promise<boolean>, state: () => unknown = () => ''): Promise<void> {
    for (let advances = 0; advances < ADVANCES_MAX; ) {
      if (await holds()) return;
      if (this.clock.sleeping === 0) {
        // A file is being read or written: that takes what it takes, and the test's own limit ends it.
        await settle();
        continue;
      }
      await this.clock.advance(1_000);
      advances += 1;
    }
    throw new Error(`it never came to: ${what} ${JSON.stringify(state())}`);
  }

  /** Lets so many seconds pass. */
  async pass(seconds: number): Promise<void> {
    const startMs = this.clock.nowMs();
    for (let past = 0; past < seconds; past += ADVANCES_MAX / 2) {
      const endMs = startMs + Math.min(seconds, past + ADVANCES_MAX / 2) * 1_000;
      await this.until('the time is over', () => this.clock.nowMs() >= endMs);
    }
  }

  /** Until the process dies (throws `ProcessDied`), or the table is active and the lake shows exactly the environment's rows, committed and published. */
  async untilEqual({ runner, store }: CrateProcess): Promise<void> {
    const expected = () =>
      this.environment.rows().map(({ crateid, versionnumber, text }) => `${crateid} ${versionnumber} ${text}`);
    await this.until(
      'the environment and the lake are equal',
      async () => {
        if (runner.status().error?.message.includes('the process died') === true) throw new ProcessDied();
        if (runner.status().label !== 'Active') return false;
        const committed = (await this.committedRows()).map(lineOf);
        const published = this.publishedRows().map(lineOf);
        return sameLines(committed, expected()) && sameLines(published, expected());
      },
      () => [runner.status(), store.calls.length, store.calls.at(-1)],
    );
  }

  async committedRows(): Promise<Version[]> {
    const store = this.#lake.handle();
    const state = await new TableLog({ store, table: crateTable, clock: this.clock, newNonce: () => 'reader-0' }).load(
      signal,
    );
    const local = (path: string) => store.localFile(path, signal).then(found => ({ path: found }));
    const rows = merged({
      image: await Promise.all((state.image?.partitions ?? []).map(({ file }) => local(file.path))),
      batches: await Promise.all(state.pending.map(({ batch }) => local(batch.path))),
    });
    await store.close();
    return rows;
  }

  publishedRows(): Version[] {
    return JSON.parse(this.#lake.text('crate/1.json') ?? '[]') as Version[];
  }
}

/** The script killed the process. */
export class ProcessDied extends Error {}

export interface CrateProcess {
  readonly runner: TableRunner;
  readonly store: MemoryStore;
}

function replicaOn(store: MemoryStore): Replica {
  return {
    async publishTable({ state }: PublishedTable, abort) {
      for (const { name, changedAt, file } of state.image?.partitions ?? []) {
        const path = `crate/${name}.json`;
        if ((await store.publishedSequence(path, abort)) === changedAt) continue;
        await store.publish(
          path,
          { file: await store.localFile(file.path, abort) },
          { sequence: changedAt, signal: abort },
        );
      }
      return { files: 1, bytes: 0 };
    },
    async publishLink() {},
    async tidyTable() {},
    async withdrawTable() {},
  };
}

function lineOf({ id, version, text }: Version): string {
  return `${id} ${version} ${text}`;
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
