import type { RelationInfo } from '../database-view.ts';
import { RELATION_FACTS } from './facts.ts';

/** Where a name without a schema is looked for. */
export const VISIBLE_SCHEMAS: readonly string[] = ['pg_catalog', 'dbo', 'public', 'lakelink'];

/** Relations that a name without a schema does not mean, since one of another schema comes first. */
export function hiddenRelations(relations: readonly RelationInfo[]): ReadonlySet<RelationInfo> {
  const first = new Map<string, string>();
  for (const schema of VISIBLE_SCHEMAS) {
    const here = [...RELATION_FACTS, ...relations].filter(each => each.schema === schema);
    for (const { name } of here) if (!first.has(name)) first.set(name, schema);
  }
  return new Set(relations.filter(({ schema, name }) => first.get(name) !== schema));
}
