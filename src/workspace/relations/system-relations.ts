import type { Relation, RelationInfo } from '../database-view.ts';

/**
 * The relations of schema `lakelink`: what is known of the link, its tables, runs and commits. They have no log of their
 * own, so their `read` is null, and there is no other time they could be read as of. A relation that comes from `find`
 * holds what it showed when it was found: a statement that reads it twice gets the same rows (I-5).
 */
export interface SystemRelations {
  /** All of them, by name; the same as long as `catalogueVersion` does not change. Reads nothing. */
  infos(): readonly RelationInfo[];
  /** Compared without case; null: there is none of this name. Reads nothing: its `sql` does. */
  find(name: string): Relation | null;
}

/** A database without system relations: for tests, and for a lake that is looked at by itself. */
export const noSystemRelations: SystemRelations = { infos: () => [], find: () => null };
