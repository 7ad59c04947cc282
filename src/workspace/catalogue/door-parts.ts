import type { SessionFacts } from '../catalogue-door.ts';
import type { Tree } from '../sql-tree.ts';
import type { Lookup } from './lookup.ts';

/** Where macros of the catalogue stand in the engine. */
export interface Place {
  readonly catalog: string;
  readonly schema: string;
}

/** What the rewriting of one statement knows. */
export interface DoorParts {
  readonly facts: SessionFacts;
  readonly lookup: Lookup;
  readonly lakePlace: Place;
  readonly fixedPlace: Place;
  /** A user's name for an object id. */
  userName(id: Tree): Tree;
}
