import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { silentLog } from './log.ts';
import { readSettings } from './settings.ts';
import type { ChildEnd, SqlChild } from './sql-child.ts';
import { type SqlEndpoint, startSqlEndpoint } from './sql-endpoint.ts';
import type { SqlNews, SqlOrder } from './sql-messages.ts';

/** A process that does what the test says. */
class FakeChild implements SqlChild {
  readonly orders: SqlOrder[] = [];
  readonly pid = 1;
  readonly ended: Promise<ChildEnd>;
  wasStopped = false;
  tell: (news: SqlNews) => void = () => {};
  end: (end: ChildEnd) => void = () => {};

  constructor() {
    this.ended = new Promise(resolve => {
      this.end = resolve;
    });
  }

  send(order: SqlOrder): void {
    this.orders.push(order);
  }

  onNews(listener: (news: SqlNews) => void): void {
    this.tell = listener;
  }

  async stop(): Promise<void> {
    this.wasStopped = true;
    this.end({ code: 0, signal: null });
  }

  ready(port: number): void {
    this.tell({ kind: 'ready', address: { host: '127.0.0.1', port, tls: false } });
  }
}

let clock: FakeClock;
let children: FakeChild[];
let logged: string[];
let endpoint: SqlEndpoint | null;

beforeEach(() => {
  clock = new FakeClock();
  children = [];
  logged = [];
  endpoint = null;
});
afterEach(() => endpoint?.stop());

const newest = () => children.at(-1) as FakeChild;

function start(changes: { readonly startChild?: () => SqlChild } = {}): SqlEndpoint {
  endpoint = startSqlEndpoint({
    settings: readSettings({ LAKELINK_SQL_PORT: '0' }),
    version: 'test',
    portTaken: 'fail',
    clock,
    log: {
      ...silentLog,
      error: (sentence, { code, signal } = {}) => void logged.push([sentence, code ?? signal].join(' ')),
    },
    tables: () => [],
    startChild: () => {
      children.push(new FakeChild());
      return newest();
    },
    ...changes,
  });
  return endpoint;
}

async function started(port = 5_433): Promise<SqlEndpoint> {
  const starting = start();
  newest().ready(port);
  await starting.begun;
  return starting;
}

describe('the process of the SQL endpoint', () => {
  test('the start waits until it listens, and tells where', async () => {
    expect((await started(7_000)).address).toEqual({ host: '127.0.0.1', port: 7_000, tls: false });
    expect(newest().orders).toMatchObject([{ kind: 'start', port: 0, orFreePort: false, version: 'test' }]);
  });

  test('one that ends is started again at the port that its clients know', async () => {
    const { address: before } = await started(7_000);
    newest().end({ code: null, signal: 'SIGKILL' });
    await settle();
    expect(endpoint?.address).toBeNull();
    expect(logged).toEqual(['sql endpoint ended; it is started again SIGKILL']);
    await clock.advance(1_000);
    expect(newest().orders).toMatchObject([{ kind: 'start', port: 7_000 }]);
    newest().ready(7_000);
    expect(endpoint?.address).toEqual(before);
  });

  test('pauses grow up to a minute, and are short again after it ran for a while', async () => {
    await started();
    const pauses: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      newest().end({ code: 1, signal: null });
      await settle();
      const count = children.length;
      let pause = 0;
      while (children.length === count && pause < 100_000) {
        await clock.advance(1_000);
        pause += 1_000;
      }
      pauses.push(pause);
      if (round === 7) await clock.advance(60_000);
    }
    expect(pauses.map(ms => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 1]);
  });

  test('a setting that keeps it from starting is the fault of the start, and nothing is left running', async () => {
    const { begun } = start();
    newest().tell({ kind: 'failed', code: 'input/invalid', details: { setting: 'LAKELINK_SQL_PORT' } });
    newest().end({ code: 1, signal: null });
    await expect(begun).rejects.toMatchObject({
      code: 'input/invalid',
      details: { setting: 'LAKELINK_SQL_PORT' },
    });
    await clock.advance(120_000);
    expect(children).toHaveLength(1);
  });

  test('any other trouble does not take the service down: it is tried again', async () => {
    const starting = start();
    newest().tell({ kind: 'failed', code: 'ledger/broken', details: {} });
    newest().end({ code: 1, signal: null });
    await starting.begun;
    expect(logged[0]).toBe('sql endpoint did not start ledger/broken');
    await clock.advance(1_000);
    newest().ready(5_433);
    expect(starting.address?.port).toBe(5_433);
  });

  test('a process that cannot be made is trouble of that kind', async () => {
    const starting = start({
      startChild: () => {
        throw new Error('no more processes');
      },
    });
    await starting.begun;
    expect(logged).toHaveLength(2);
    expect(starting.address).toBeNull();
  });

  test('one that says nothing does not hold up the service', async () => {
    const starting = start();
    await clock.advance(30_000);
    await starting.begun;
    expect(logged).toEqual(['sql endpoint is not ready yet ']);
    newest().ready(5_433);
    expect(starting.address?.port).toBe(5_433);
  });

  test('stopped once, it is not started again; stopping twice is allowed', async () => {
    await started();
    await endpoint?.stop();
    await endpoint?.stop();
    expect(newest().wasStopped).toBe(true);
    await clock.advance(120_000);
    expect(children).toHaveLength(1);
    expect(logged).toEqual([]);
  });

  test('it is told what the service knows of its tables', async () => {
    await started();
    newest().tell({ kind: 'ask-tables', id: 7 });
    expect(newest().orders.at(-1)).toEqual({ kind: 'tables', id: 7, tables: [] });
  });
});
