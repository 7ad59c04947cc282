/**
 * Chance that a seed decides: the same seed gives the same numbers on every machine. The generator is mulberry32 (32 bits
 * of state, public domain), good enough to choose among faults.
 */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    // Neighbouring seeds begin alike; a few turns part them.
    for (let turn = 0; turn < 4; turn += 1) this.share();
  }

  /** From 0 to below 1. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number {
    return lowest + Math.floor(this.share() * (highest - lowest + 1));
  }

  happens(probability: number): boolean {
    return this.share() < probability;
  }

  oneOf<T>(choices: readonly T[]): T {
    const choice = choices[this.between(0, choices.length - 1)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }

  /** Another stream of chance, which goes on by itself: what one part of a simulation asks does not move another part. */
  part(): Chance {
    return new Chance(Math.floor(this.share() * 4_294_967_296));
  }
}

/** The seeds to run: `LAKELINK_SEED` alone, or the first `LAKELINK_SEEDS`, or the first `usual`. */
export function chosenSeeds(usual: number): number[] {
  const { LAKELINK_SEED: one, LAKELINK_SEEDS: many } = process.env;
  if (one !== undefined) return [Number(one)];
  return Array.from({ length: many === undefined ? usual : Number(many) }, (_, index) => index + 1);
}
