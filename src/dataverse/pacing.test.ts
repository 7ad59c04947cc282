import { setMaxListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { Pacer, type PacingLimits, type RequestKind, type Turn, usualPacing } from './pacing.ts';
import { figuresOf } from './server-figures.ts';

/** A number from 0 to 1 of its own sequence. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface ServerOptions {
  readonly clock: FakeClock;
  readonly servers: number;
  readonly executionMs: (kind: RequestKind, chance: number) => number;
  readonly cookies?: boolean;
  /** The documented limits unless told. */
  readonly limits?: PacingLimits;
  /** What the pacer takes the limits for, where that is something else. */
  readonly pacing?: PacingLimits;
}

/** The same rates in a window of a minute, for tests where only proportions matter. */
const inOneMinute: PacingLimits = { ...usualPacing, windowMs: 60_000, requestsMax: 1_200, executionMsMax: 240_000 };

/** Web servers that count by the documented limits and refuse with 429; which one answers is chance. */
class LimitedServers {
  readonly #options: ServerOptions;
  readonly #chance = chanceFrom(7);
  readonly #servers: { begun: number[]; done: { atMs: number; tookMs: number }[]; running: number }[];
  refused = 0;
  readonly served: Record<RequestKind, number> = { poll: 0, metadata: 0, bulk: 0 };
  executedMs = 0;
  mostAtOnce = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#servers = Array.from({ length: options.servers }, () => ({ begun: [], done: [], running: 0 }));
  }

  /** Strangers of the same user take this much of a server's budget at once. */
  spend({ server, requests }: { readonly server: number; readonly requests: number }): void {
    this.#servers[server]?.begun.push(...Array.from({ length: requests }, () => this.#options.clock.nowMs()));
  }

  async ask(kind: RequestKind, pacer: Pacer, turn: Turn, signal: AbortSignal): Promise<void> {
    const { clock, executionMs, limits = usualPacing } = this.#options;
    // The way there.
    await clock.sleep(20, signal);
    const index = Math.floor(this.#chance() * this.#servers.length);
    const server = this.#servers[index];
    if (server === undefined) throw new Error('no server');
    const fromMs = clock.nowMs() - limits.windowMs;
    while ((server.begun[0] ?? Number.POSITIVE_INFINITY) <= fromMs) server.begun.shift();
    while ((server.done[0]?.atMs ?? Number.POSITIVE_INFINITY) <= fromMs) server.done.shift();
    const usedMs = server.done.reduce((sum, { tookMs }) => sum + tookMs, 0);
    const refused =
      server.begun.length >= limits.requestsMax || usedMs >= limits.executionMsMax || server.running >= 52;
    server.begun.push(clock.nowMs());
    const headers: Record<string, string> = {
      'x-ms-ratelimit-burst-remaining-xrm-requests': String(Math.max(0, limits.requestsMax - server.begun.length)),
      'x-ms-ratelimit-time-remaining-xrm-requests': Math.max(
        0,
        (limits.executionMsMax - usedMs) / 1_000,
      ).toLocaleString('en-US'),
    };
    const cookies = this.#options.cookies === true ? [`ARRAffinity=server${index}; Path=/`] : [];
    if (refused) {
      this.refused += 1;
      pacer.throttled(30_000);
    } else {
      server.running += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, server.running);
      const tookMs = executionMs(kind, this.#chance());
      await clock.sleep(tookMs, signal);
      server.running -= 1;
      server.done.push({ atMs: clock.nowMs(), tookMs });
      this.executedMs += tookMs;
      this.served[kind] += 1;
    }
    turn.answered(figuresOf({ header: name => headers[name] ?? null, cookies }));
    turn.end();
  }
}

interface World {
  readonly clock: FakeClock;
  readonly pacer: Pacer;
  readonly servers: LimitedServers;
  readonly stop: AbortController;
  /** Longest wait for a turn so far, by kind. */
  readonly longestMs: Record<RequestKind, number>;
  run(kind: RequestKind, options: { readonly callers: number; readonly everyMs?: number }): Promise<void>;
}

function openWorld(options: Omit<ServerOptions, 'clock'>): World {
  const clock = new FakeClock();
  const pacer = new Pacer({ clock, limits: options.pacing ?? options.limits ?? usualPacing });
  const servers = new LimitedServers({ clock, ...options });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const longestMs: Record<RequestKind, number> = { poll: 0, metadata: 0, bulk: 0 };
  const caller = async (kind: RequestKind, everyMs: number) => {
    for (;;) {
      const askedMs = clock.nowMs();
      const turn = await pacer.turn({ kind, weight: 1, signal: stop.signal });
      longestMs[kind] = Math.max(longestMs[kind], clock.nowMs() - askedMs);
      await servers.ask(kind, pacer, turn, stop.signal);
      if (everyMs > 0) await clock.sleep(everyMs, stop.signal);
    }
  };
  return {
    clock,
    pacer,
    servers,
    stop,
    longestMs,
    async run(kind, { callers, everyMs = 0 }) {
      // They end by the abort at the end of the test.
      for (let number = 0; number < callers; number += 1) void caller(kind, everyMs).catch(() => undefined);
      // They begin before the clock moves.
      await settle();
    },
  };
}

const never = () => new AbortController().signal;
const quick = (_: RequestKind, chance: number) => 30 + chance * 60;
const slow = (kind: RequestKind, chance: number) =>
  (kind === 'poll' ? 20 : 300) + chance * (kind === 'poll' ? 40 : 1_400);

describe('40 callers at once', () => {
  test.each([1, 3])('as fast as they can get no 429 from %i web servers, and nearly what one allows', async count => {
    const world = openWorld({ servers: count, executionMs: quick });
    await world.run('bulk', { callers: 40 });
    await world.clock.advance(400_000);
    world.stop.abort();
    expect(world.servers.refused).toBe(0);
    expect(world.servers.served.bulk).toBeGreaterThan(0.9 * 8_000);
    expect(world.pacer.figures.waitedMs).toBeGreaterThan(0);
  });

  test.each([1, 2, 3])(
    'with slow requests get no 429 from %i web servers, and nearly the execution time of one',
    async count => {
      const world = openWorld({ servers: count, executionMs: slow, cookies: count === 2 });
      await world.run('bulk', { callers: 40 });
      await world.clock.advance(900_000);
      world.stop.abort();
      expect(world.servers.refused).toBe(0);
      expect(world.servers.executedMs).toBeGreaterThan(0.85 * 3_600_000);
      expect(world.servers.mostAtOnce).toBeLessThanOrEqual(usualPacing.concurrentMax);
    },
  );

  test('without pacing would be refused (the control of the tests above)', async () => {
    const world = openWorld({ servers: 1, executionMs: quick });
    const unpaced = { answered: () => undefined, end: () => undefined };
    const caller = async () => {
      for (;;) await world.servers.ask('bulk', world.pacer, unpaced, world.stop.signal);
    };
    for (let number = 0; number < 40; number += 1) void caller().catch(() => undefined);
    await world.clock.advance(15_000);
    world.stop.abort();
    expect(world.servers.refused).toBeGreaterThan(1_000);
  });

  test.each([
    ['quick', quick],
    ['slow', slow],
  ])(
    'of %s pages leave room for polls that begin later: each has its turn within two seconds (I-8)',
    async (_, executionMs) => {
      const world = openWorld({ servers: 1, executionMs, limits: inOneMinute });
      await world.run('bulk', { callers: 40 });
      await world.clock.advance(12_000);
      await world.run('poll', { callers: 20, everyMs: 5_000 });
      await world.clock.advance(180_000);
      world.stop.abort();
      expect(world.servers.refused).toBe(0);
      expect(world.servers.served.poll).toBeGreaterThan(650);
      expect(world.longestMs.poll).toBeLessThan(2_000);
      expect(world.servers.served.bulk).toBeGreaterThan(450);
    },
  );
});

describe('polls that fill the limit by themselves', () => {
  test('are spread, not refused, and a page in bulk has its turn every few seconds all the same', async () => {
    const world = openWorld({ servers: 1, executionMs: quick, limits: inOneMinute });
    await world.run('poll', { callers: 40, everyMs: 100 });
    await world.clock.advance(60_000);
    await world.run('bulk', { callers: 1 });
    await world.clock.advance(60_000);
    world.stop.abort();
    expect(world.servers.refused).toBe(0);
    expect(world.servers.served.bulk).toBeGreaterThanOrEqual(8);
  });
});

describe('what web servers say is left', () => {
  const openServed = (options: { readonly servers: number; readonly cookies: boolean }) => {
    const world = openWorld({ ...options, executionMs: quick });
    world.servers.spend({ server: 0, requests: 5_000 });
    return world;
  };

  test('holds us back when strangers used most of the only one', async () => {
    const world = openServed({ servers: 1, cookies: true });
    await world.run('bulk', { callers: 40 });
    await world.clock.advance(290_000);
    world.stop.abort();
    expect(world.servers.refused).toBe(0);
    expect(world.servers.served.bulk).toBeGreaterThan(300);
    expect(world.servers.served.bulk).toBeLessThan(1_000);
  });

  test.each([
    ['a third of the documented limit', { ...usualPacing, requestsMax: 2_000 }, 1_900],
    ['a tiny limit within a tiny window', { ...usualPacing, requestsMax: 100, windowMs: 2_000 }, 1_000],
  ])('keeps us below %s, which we know nothing of', async (_, limits, least) => {
    const world = openWorld({ servers: 1, executionMs: quick, limits, pacing: usualPacing });
    await world.run('bulk', { callers: 40 });
    await world.clock.advance(320_000);
    world.stop.abort();
    expect(world.servers.refused).toBe(0);
    expect(world.servers.served.bulk).toBeGreaterThan(least);
  });

  test.each([true, false])('never stops us for a low one of three (named by cookies: %s)', async cookies => {
    const world = openServed({ servers: 3, cookies });
    await world.run('bulk', { callers: 40 });
    await world.clock.advance(290_000);
    world.stop.abort();
    // Without names the low figure drowns among the others; the first 429 then makes everyone wait.
    expect(world.servers.refused).toBeLessThan(cookies ? 1 : 100);
    expect(world.servers.served.bulk).toBeGreaterThan(1_500);
  });

  test('is read as the field shows it: separators, seconds, an affinity cookie among others', () => {
    const headers: Record<string, string> = {
      'x-ms-ratelimit-burst-remaining-xrm-requests': '7995',
      'x-ms-ratelimit-time-remaining-xrm-requests': '1,199.97',
    };
    const cookies = ['other=1', 'ARRAffinity=abc123; Path=/; HttpOnly'];
    expect(figuresOf({ header: name => headers[name] ?? null, cookies })).toEqual({
      server: 'abc123',
      requestsLeft: 7_995,
      executionLeftMs: 1_199_970,
    });
    const nothing = { server: null, requestsLeft: null, executionLeftMs: null };
    expect(figuresOf({ header: () => null, cookies: [] })).toEqual(nothing);
    expect(figuresOf({ header: () => '00:04:12', cookies: [] })).toEqual(nothing);
  });
});

describe('a turn', () => {
  const open = (limits: Partial<typeof usualPacing> = {}) => {
    const clock = new FakeClock();
    const pacer = new Pacer({ clock, limits: { ...usualPacing, ...limits } });
    const turn = (kind: RequestKind, signal = never()) => pacer.turn({ kind, weight: 1, signal });
    return { clock, pacer, turn };
  };

  test('comes for a poll while every place of the pages is taken, and a page waits for a place', async () => {
    const { pacer, turn } = open({ concurrentMax: 5 });
    const pages = await Promise.all([turn('bulk'), turn('bulk'), turn('bulk'), turn('bulk')]);
    const fifth = turn('bulk');
    await turn('poll');
    expect(pacer.figures).toMatchObject({ running: 5, waiting: 1 });
    pages[0]?.end();
    pages[0]?.end();
    expect(pacer.figures).toMatchObject({ running: 4, waiting: 1 });
    pages[1]?.end();
    await fifth;
    expect(pacer.figures).toMatchObject({ running: 4, waiting: 0, requests: 6 });
  });

  test('comes to no one for as long as a 429 asked', async () => {
    const { clock, pacer, turn } = open();
    pacer.throttled(17_000);
    const poll = turn('poll');
    await clock.advance(16_999);
    expect(pacer.figures).toMatchObject({ waiting: 1, throttled: 1 });
    await clock.advance(1);
    await poll;
    expect(pacer.figures).toMatchObject({ waiting: 0, waitedMs: 17_000 });
  });

  test('that is no longer wanted is given up at once, and others move up', async () => {
    const { turn } = open({ concurrentMax: 1 });
    const running = await turn('poll');
    const stop = new AbortController();
    const unwanted = turn('poll', stop.signal);
    const next = turn('poll');
    stop.abort(new Error('stopped'));
    await expect(unwanted).rejects.toThrow('stopped');
    await expect(turn('poll', stop.signal)).rejects.toThrow('stopped');
    running.end();
    await next;
  });

  test('that does not come in time is a fault with a time to try again, not an endless wait', async () => {
    const { clock, pacer, turn } = open({ waitMaxMs: 60_000 });
    pacer.throttled(600_000);
    const late = turn('bulk').catch((error: unknown) => error);
    await clock.advance(60_000);
    expect(await late).toMatchObject({ code: 'source/throttled', details: { kind: 'bulk', waitMs: 60_000 } });
    expect(clock.sleeping).toBe(0);
  });

  test('comes to no one any more once the source is closed', async () => {
    const { clock, pacer, turn } = open();
    pacer.throttled(1_000);
    const waiting = turn('poll');
    pacer.close(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    expect(clock.sleeping).toBe(0);
  });
});
