/** A model: where it begins, what may happen next, and what must hold. States are plain values. */
export interface Model<S> {
  readonly initial: S;
  /** Everything that may happen in a state. */
  steps(state: S): Iterable<Step<S>>;
  /** What is wrong in a state, or with the step that led to it; null when nothing is. */
  broken(state: S, before: S | null): string | null;
  /** What is wrong with a state in which nothing more can happen. */
  brokenAtRest(state: S): string | null;
}

export interface Step<S> {
  readonly says: string;
  readonly to: S;
}

export interface Exploration {
  readonly states: number;
  readonly rests: number;
  /** The shortest way to what is wrong; null when every state was seen and is right. */
  readonly counterexample: { readonly wrong: string; readonly steps: readonly string[] } | null;
}

interface Seen<S> {
  readonly state: S;
  readonly from: number;
  readonly says: string;
}

/**
 * Visits every state the model can reach, nearest first, so that a counterexample is a shortest one. Also holds that
 * from every state a rest can still be reached (nothing waits for ever). Throws beyond `statesMax`: never half a proof.
 */
export function explore<S>(model: Model<S>, { statesMax }: { readonly statesMax: number }): Exploration {
  const seen: Seen<S>[] = [{ state: model.initial, from: -1, says: 'start' }];
  const numbers = new Map<string, number>([[JSON.stringify(model.initial), 0]]);
  const before: number[][] = [[]];
  const rests: number[] = [];
  for (let index = 0; index < seen.length; index += 1) {
    const here = at(seen, index);
    let moves = 0;
    for (const { says, to } of model.steps(here.state)) {
      moves += 1;
      const wrong = model.broken(to, here.state);
      if (wrong !== null) return failed(seen, { wrong, from: index, says });
      const key = JSON.stringify(to);
      let number = numbers.get(key);
      if (number === undefined) {
        number = seen.length;
        if (number >= statesMax) throw new Error(`more than ${statesMax} states: make the model smaller`);
        numbers.set(key, number);
        seen.push({ state: to, from: index, says });
        before.push([]);
      }
      at(before, number).push(index);
    }
    if (moves > 0) continue;
    rests.push(index);
    const wrong = model.brokenAtRest(here.state);
    if (wrong !== null) return failed(seen, { wrong: `at rest: ${wrong}`, from: index, says: 'nothing more happens' });
  }
  const stuck = firstStuck(before, rests);
  if (stuck !== null) return failed(seen, { wrong: 'no rest can be reached', from: stuck, says: 'from here on' });
  return { states: seen.length, rests: rests.length, counterexample: null };
}

function failed<S>(
  seen: readonly Seen<S>[],
  { wrong, from, says }: { readonly wrong: string; readonly from: number; readonly says: string },
): Exploration {
  const steps = [says];
  for (let index = from; index > 0; index = at(seen, index).from) steps.unshift(at(seen, index).says);
  return { states: seen.length, rests: 0, counterexample: { wrong, steps } };
}

/** A state from which no rest can be reached; null when there is none. */
function firstStuck(before: readonly (readonly number[])[], rests: readonly number[]): number | null {
  const reaches = new Array<boolean>(before.length).fill(false);
  const queue = [...rests];
  for (const rest of rests) reaches[rest] = true;
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const earlier of at(before, next)) {
      if (reaches[earlier] === true) continue;
      reaches[earlier] = true;
      queue.push(earlier);
    }
  }
  const stuck = reaches.indexOf(false);
  return stuck === -1 ? null : stuck;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
