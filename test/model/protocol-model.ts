import type { Model, Step } from './checker.ts';

/**
 * The commit protocol of docs/protocol.md, made small: two workers on one table, a source that changes, and everything
 * that can go wrong, at every step: a worker dies (and starts again from the lake), the answer to a put is lost (it
 * happened, or did not, or happens later), a worker sleeps as long as it likes while the other goes on, also through a
 * sweep that frees the names of old entries. A change is its number: the cursor after change 3 is 3.
 */
export interface Lake {
  /** Changes the source has made. */
  readonly source: number;
  /** `log[n - 1]` is entry n; null where a sweep removed it. */
  readonly log: readonly (Entry | null)[];
  /** The newest checkpoint: entries below it may be gone. `log` is read from here. */
  readonly checkpoint: { readonly sequence: number; readonly changes: readonly number[]; readonly cursor: number };
  /** What readers see. */
  readonly shown: { readonly sequence: number; readonly cursor: number };
  /** Puts whose sender got no answer and which may still arrive. */
  readonly underway: readonly { readonly sequence: number; readonly entry: Entry }[];
  /** Only in the variant that keeps the cursor outside the log. */
  readonly savedCursor: number;
  readonly workers: readonly Worker[];
  /** Ghost: per sequence the nonce of the writer that was told it has committed. */
  readonly told: readonly (number | null)[];
  readonly left: Budget;
}

/** How often each may still happen, to keep the model finite. */
export interface Budget {
  readonly changes: number;
  readonly deaths: number;
  readonly lostAnswers: number;
  /** Entries that do not move the cursor (shape, mode). */
  readonly notes: number;
  readonly sweeps: number;
  readonly nonces: number;
}

export interface Entry {
  readonly nonce: number;
  /** Null: the entry is a note. */
  readonly change: number | null;
}

interface Worker {
  readonly does: 'idle' | 'ready' | 'saved' | 'putting' | 'unsure' | 'landed' | 'taken' | 'rendered';
  /** The state it knows, perhaps long past. */
  readonly tail: number;
  readonly cursor: number;
  /** What it wants to put. */
  readonly entry: Entry | null;
}

export type Planted =
  | 'none'
  /** The put replaces what is there. */
  | 'put-without-if-absent'
  /** The publisher does not look at the sequence that is shown. */
  | 'publish-without-sequence'
  /** The cursor is kept beside the log and written first. */
  | 'cursor-before-data'
  /** The writer that lost a race puts again without looking whether the cursor moved. */
  | 'put-again-without-looking'
  /** A lost answer counts as a failure: a new put under a new nonce. */
  | 'lost-answer-not-read-back'
  /** After a put nobody looks whether the number had been used and swept. */
  | 'no-look-at-checkpoints';

const idle: Worker = { does: 'idle', tail: 0, cursor: 0, entry: null };

export function protocolModel({
  planted,
  budget,
}: {
  readonly planted: Planted;
  readonly budget: Budget;
}): Model<Lake> {
  return {
    initial: {
      source: 0,
      log: [],
      checkpoint: { sequence: 0, changes: [], cursor: 0 },
      shown: { sequence: 0, cursor: 0 },
      underway: [],
      savedCursor: 0,
      workers: [idle, idle],
      told: [],
      left: budget,
    },
    *steps(lake) {
      yield* surroundings(lake);
      for (const [index, worker] of lake.workers.entries()) {
        const step = { lake, index, worker, planted, name: index === 0 ? 'A' : 'B' };
        yield* acts(step);
        yield* dies(step);
      }
    },
    broken: (lake, before) => broken(lake, before, planted),
    brokenAtRest,
  };
}

/** The committed state as a reader of the lake finds it. */
function committed(lake: Lake): {
  readonly tail: number;
  readonly cursor: number;
  readonly changes: readonly number[];
} {
  const changes = [...lake.checkpoint.changes];
  let { cursor } = lake.checkpoint;
  for (const entry of lake.log.slice(lake.checkpoint.sequence)) {
    if (entry === null || entry.change === null) continue;
    changes.push(entry.change);
    cursor = entry.change;
  }
  return { tail: Math.max(lake.log.length, lake.checkpoint.sequence), cursor, changes };
}

function* surroundings(lake: Lake): Generator<Step<Lake>> {
  if (lake.left.changes > 0) {
    const to = { ...lake, source: lake.source + 1, left: { ...lake.left, changes: lake.left.changes - 1 } };
    yield { says: `the source makes change ${to.source}`, to };
  }
  for (const [index, put] of lake.underway.entries()) {
    const underway = lake.underway.filter((_, other) => other !== index);
    const landed = { ...lake, underway, log: placed(lake, put.sequence, put.entry).log };
    yield { says: `a put of entry ${put.sequence} that was thought lost arrives`, to: landed };
    yield { says: `a put of entry ${put.sequence} is lost for good`, to: { ...lake, underway } };
  }
  const { tail, changes, cursor } = committed(lake);
  if (lake.left.sweeps > 0 && tail >= 2) {
    const log = lake.log.map((entry, index) => (index + 1 < tail ? null : entry));
    const left = { ...lake.left, sweeps: lake.left.sweeps - 1 };
    yield {
      says: `a sweep checkpoints at ${tail} and frees the numbers below`,
      to: { ...lake, log, left, checkpoint: { sequence: tail, changes, cursor } },
    };
  }
}

interface Acting {
  readonly lake: Lake;
  readonly index: number;
  readonly worker: Worker;
  readonly planted: Planted;
  readonly name: string;
}

function* dies({ lake, index, worker, name }: Acting): Generator<Step<Lake>> {
  if (worker.does === 'idle' || lake.left.deaths === 0) return;
  const left = { ...lake.left, deaths: lake.left.deaths - 1 };
  yield { says: `${name} dies while ${worker.does}`, to: { ...withWorker(lake, index, idle), left } };
}

function* acts(acting: Acting): Generator<Step<Lake>> {
  switch (acting.worker.does) {
    case 'idle':
      return yield* loads(acting);
    case 'ready':
      return yield* chooses(acting);
    case 'saved':
      return yield { says: `${acting.name} goes on to the data`, to: doing(acting, { does: 'putting' }) };
    case 'putting':
      return yield* puts(acting);
    case 'unsure':
      return yield* readsBack(acting);
    case 'landed':
      return yield* confirms(acting);
    case 'taken':
      return yield* looksAgain(acting);
    case 'rendered':
      return yield* publishes(acting);
  }
}

function* loads({ lake, index, name, planted }: Acting): Generator<Step<Lake>> {
  const { tail, cursor: logged } = committed(lake);
  const cursor = planted === 'cursor-before-data' ? lake.savedCursor : logged;
  const hasWork = lake.source > cursor || lake.shown.sequence < tail || lake.left.notes > 0;
  if (!hasWork) return;
  const worker: Worker = { does: 'ready', tail, cursor, entry: null };
  yield { says: `${name} loads the lake: entry ${tail}, cursor ${cursor}`, to: withWorker(lake, index, worker) };
}

function* chooses(acting: Acting): Generator<Step<Lake>> {
  const { lake, index, worker, name, planted } = acting;
  if (lake.left.nonces > 0) {
    const left = { ...lake.left, nonces: lake.left.nonces - 1 };
    if (lake.source > worker.cursor) {
      const entry = { nonce: left.nonces, change: worker.cursor + 1 };
      const saves = planted === 'cursor-before-data';
      const to = { ...withWorker(lake, index, { ...worker, does: saves ? 'saved' : 'putting', entry }), left };
      yield saves
        ? {
            says: `${name} reads change ${entry.change} and saves the cursor`,
            to: { ...to, savedCursor: entry.change },
          }
        : { says: `${name} reads change ${entry.change} and puts its data`, to };
    }
    if (lake.left.notes > 0) {
      const entry = { nonce: left.nonces, change: null };
      const to = withWorker(lake, index, { ...worker, does: 'putting', entry });
      yield { says: `${name} wants to note a new shape`, to: { ...to, left: { ...left, notes: left.notes - 1 } } };
    }
  }
  yield lake.shown.sequence < worker.tail
    ? { says: `${name} renders what it knows, entry ${worker.tail}`, to: doing(acting, { does: 'rendered' }) }
    : { says: `${name} rests`, to: withWorker(lake, index, idle) };
}

function* puts(acting: Acting): Generator<Step<Lake>> {
  const { lake, worker, name, planted } = acting;
  const sequence = worker.tail + 1;
  if (worker.entry === null) return;
  const put = placed(lake, sequence, worker.entry, planted === 'put-without-if-absent');
  const after = { ...acting, lake: { ...lake, log: put.log } };
  yield put.created
    ? { says: `${name} puts entry ${sequence}`, to: doing(after, { does: 'landed' }) }
    : { says: `${name} puts entry ${sequence}: it exists`, to: doing(acting, { does: 'unsure' }) };
  if (lake.left.lostAnswers === 0) return;
  const left = { ...lake.left, lostAnswers: lake.left.lostAnswers - 1 };
  const unsure = (changed: Lake) => doing({ ...acting, lake: { ...changed, left } }, { does: 'unsure' });
  yield { says: `${name} puts entry ${sequence} and the answer is lost`, to: unsure(after.lake) };
  const underway = [...lake.underway, { sequence, entry: worker.entry }];
  yield {
    says: `${name} puts entry ${sequence}, the answer is lost, it has not arrived yet`,
    to: unsure({ ...lake, underway }),
  };
}

function* readsBack(acting: Acting): Generator<Step<Lake>> {
  const { lake, worker, name, planted } = acting;
  const there = lake.log[worker.tail] ?? null;
  if (planted === 'lost-answer-not-read-back' && there !== null && lake.left.nonces > 0) {
    const left = { ...lake.left, nonces: lake.left.nonces - 1 };
    const { tail } = committed(lake);
    const entry = { nonce: left.nonces, change: worker.entry?.change ?? null };
    const to = doing({ ...acting, lake: { ...lake, left } }, { does: 'putting', tail, entry });
    yield { says: `${name} takes the lost answer for a failure and puts again at ${tail + 1}`, to };
    return;
  }
  if (there === null && worker.tail + 1 > lake.checkpoint.sequence) {
    yield { says: `${name} reads back: nothing there, puts again`, to: doing(acting, { does: 'putting' }) };
  } else if (there !== null && there.nonce === worker.entry?.nonce) {
    yield { says: `${name} reads back its own entry`, to: doing(acting, { does: 'landed' }) };
  } else {
    yield { says: `${name} reads back: the number is another's`, to: doing(acting, { does: 'taken' }) };
  }
}

function* confirms(acting: Acting): Generator<Step<Lake>> {
  const { lake, worker, name, planted } = acting;
  const sequence = worker.tail + 1;
  if (lake.checkpoint.sequence >= sequence && planted !== 'no-look-at-checkpoints') {
    const { tail, cursor } = committed(lake);
    const to = doing(acting, { does: 'ready', tail, cursor, entry: null });
    yield { says: `${name} sees a checkpoint at or above ${sequence} and starts again from it`, to };
    return;
  }
  if (worker.entry === null) return;
  const told = Array.from({ length: Math.max(lake.told.length, sequence) }, (_, index) => lake.told[index] ?? null);
  const wasTold = told[sequence - 1] ?? null;
  told[sequence - 1] = wasTold === null || wasTold === worker.entry.nonce ? worker.entry.nonce : TWO_TOLD;
  const cursor = worker.entry.change ?? worker.cursor;
  const after = { ...acting, lake: { ...lake, told } };
  yield {
    says: `${name} has committed entry ${sequence}`,
    to: doing(after, { does: 'ready', tail: sequence, cursor, entry: null }),
  };
}

function* looksAgain(acting: Acting): Generator<Step<Lake>> {
  const { lake, worker, name, planted } = acting;
  const { tail, cursor } = committed(lake);
  const holds = cursor === worker.cursor || worker.entry?.change === null || planted === 'put-again-without-looking';
  yield holds
    ? {
        says: `${name} finds the cursor unchanged and goes behind, to ${tail + 1}`,
        to: doing(acting, { does: 'putting', tail, cursor }),
      }
    : {
        says: `${name} finds the cursor moved and discards`,
        to: doing(acting, { does: 'ready', tail, cursor, entry: null }),
      };
}

function* publishes(acting: Acting): Generator<Step<Lake>> {
  const { lake, index, worker, name, planted } = acting;
  const isStale = worker.tail < lake.shown.sequence && planted !== 'publish-without-sequence';
  const shown = isStale ? lake.shown : { sequence: worker.tail, cursor: worker.cursor };
  yield {
    says: isStale ? `${name} is stale and publishes nothing` : `${name} publishes entry ${worker.tail}`,
    to: withWorker({ ...lake, shown }, index, idle),
  };
}

const TWO_TOLD = -1;

/** A conditional put: only an absent name takes the entry. */
function placed(
  lake: Lake,
  sequence: number,
  entry: Entry,
  replaces = false,
): { readonly log: Lake['log']; readonly created: boolean } {
  if (!replaces && (lake.log[sequence - 1] ?? null) !== null) return { log: lake.log, created: false };
  const log = [...lake.log];
  log[sequence - 1] = entry;
  return { log, created: true };
}

function withWorker(lake: Lake, index: number, worker: Worker): Lake {
  return { ...lake, workers: lake.workers.map((other, position) => (position === index ? worker : other)) };
}

function doing({ lake, index, worker }: Acting, changes: Partial<Worker>): Lake {
  return withWorker(lake, index, { ...worker, ...changes });
}

function broken(lake: Lake, before: Lake | null, planted: Planted): string | null {
  const { tail, cursor, changes } = committed(lake);
  const trusted = planted === 'cursor-before-data' ? cursorIfAtRest(lake, cursor) : cursor;
  if (changes.some((change, index) => changes.indexOf(change) !== index))
    return `a change is applied twice: ${changes}`;
  if (changes.some((change, index) => change !== index + 1) || changes.length !== trusted) {
    return `the cursor says ${trusted} and the data holds ${changes.length === 0 ? 'nothing' : changes}`;
  }
  if (lake.told.includes(TWO_TOLD)) return 'two workers were told that they committed one sequence';
  const untrue = lake.told.findIndex((nonce, index) => {
    const entry = lake.log[index] ?? null;
    return nonce !== null && index + 1 >= lake.checkpoint.sequence && entry?.nonce !== nonce;
  });
  if (untrue !== -1) return `entry ${untrue + 1} is not what its writer was told it committed`;
  if (before !== null && lake.shown.sequence < before.shown.sequence) {
    return `the published sequence falls from ${before.shown.sequence} to ${lake.shown.sequence}`;
  }
  return lake.shown.sequence > tail ? 'what is published was never committed' : null;
}

/** In the variant with a cursor of its own, while nobody is between the two writes it must agree with the data. */
function cursorIfAtRest(lake: Lake, logged: number): number {
  return lake.workers.every(worker => worker.does === 'idle') ? lake.savedCursor : logged;
}

function brokenAtRest(lake: Lake): string | null {
  const { tail, cursor } = committed(lake);
  if (cursor !== lake.source) return `change ${cursor + 1} of the source never arrived`;
  if (lake.shown.sequence !== tail || lake.shown.cursor !== cursor) return 'what is published is not what is committed';
  return null;
}
