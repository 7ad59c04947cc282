import type { RelationshipDefinition } from './definition.ts';

/** The lists that a table's definition has of its relationships. */
export const relationshipLists = [
  'ManyToManyRelationships',
  'ManyToOneRelationships',
  'OneToManyRelationships',
] as const;

export type RelationshipList = (typeof relationshipLists)[number];

/** Relationships by table: looked through once, not once for each table. */
export class RelationshipIndex {
  readonly #lists = new Map<string, RelationshipDefinition[]>();

  constructor(relationships: readonly RelationshipDefinition[]) {
    for (const one of relationships) {
      if (one.kind === 'OneToMany') {
        this.#put(one.table1, 'OneToManyRelationships', one);
        this.#put(one.table2, 'ManyToOneRelationships', one);
        continue;
      }
      for (const table of new Set([one.table1, one.table2])) this.#put(table, 'ManyToManyRelationships', one);
    }
  }

  /** In the order they were put. */
  of(table: string, list: RelationshipList): readonly RelationshipDefinition[] {
    return this.#lists.get(`${list} ${table}`) ?? [];
  }

  #put(table: string, list: RelationshipList, one: RelationshipDefinition): void {
    const key = `${list} ${table}`;
    const known = this.#lists.get(key);
    if (known === undefined) this.#lists.set(key, [one]);
    else known.push(one);
  }
}
