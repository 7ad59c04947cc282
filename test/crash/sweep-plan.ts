import type { Chance } from '../kit/chance.ts';
import type { Orders } from './sweep-words.ts';

/** How often each place (`step|site`) is passed in a run without a death. */
export type Listing = ReadonlyMap<string, number>;

export function siteOf(place: string): string {
  return place.slice(place.indexOf('|') + 1);
}

export function sitesOf(listing: Listing): Set<string> {
  return new Set([...listing.keys()].map(siteOf));
}

function stepOf(place: string): string {
  return place.slice(0, place.indexOf('|'));
}

/**
 * Which deaths a sweep tries: each distinct site once, at a pass that chance chooses, and more passes beside; or every
 * pass there is. A site that was not met in the run without a death is tried when it is met.
 */
export class Plan {
  readonly tried = new Set<string>();
  /** Passes that are still to be tried: `place#n`. */
  readonly #targets: Set<string>;
  readonly #known: Set<string>;
  readonly #steps: readonly string[];
  /** Everything that was to be tried at the beginning. */
  readonly planned: number;

  constructor(
    listing: Listing,
    {
      steps,
      chance,
      more,
    }: { readonly steps: readonly string[]; readonly chance: Chance; readonly more: number | 'all' },
  ) {
    this.#steps = steps;
    this.#known = sitesOf(listing);
    const all = [...listing].flatMap(([place, times]) =>
      Array.from({ length: times }, (_, at) => `${place}#${at + 1}`),
    );
    const chosen = more === 'all' ? all : Array.from({ length: Math.min(more, all.length) }, () => chance.oneOf(all));
    const ofEach = [...this.#known].map(site => {
      const places = [...listing].filter(([place]) => siteOf(place) === site);
      const [place, times] = chance.oneOf(places);
      return `${place}#${chance.between(1, times)}`;
    });
    this.#targets = new Set([...ofEach, ...chosen]);
    this.planned = this.#targets.size;
  }

  /** Distinct sites, those met on the way among them. */
  get sites(): number {
    return this.#known.size;
  }

  get untriedSites(): string[] {
    return [...this.#known].filter(site => !this.tried.has(site));
  }

  /** Passes that were chosen and have not come. */
  get untriedPasses(): number {
    return this.#targets.size;
  }

  /** `again`: another run, for what was missed. */
  orders(step: string, passed: Readonly<Record<string, number>>, { again }: { readonly again: boolean }): Orders {
    const at = this.#steps.indexOf(step);
    const isMissed = (site: string) =>
      again || ![...this.#targets].some(one => siteOf(placeOf(one)) === site && this.#steps.indexOf(stepOf(one)) >= at);
    return {
      step,
      passed,
      targets: again ? [] : [...this.#targets].filter(one => stepOf(one) === step),
      sites: this.untriedSites.filter(isMissed),
      known: [...this.#known],
    };
  }

  died({ place, site, nth }: { readonly place: string; readonly site: string; readonly nth: number }): void {
    this.tried.add(site);
    this.#known.add(site);
    this.#targets.delete(`${place}#${nth}`);
  }
}

function placeOf(target: string): string {
  return target.slice(0, target.lastIndexOf('#'));
}
