import { ident } from '../../batch/sql.ts';
import { emptyValue, engineType } from './carriers.ts';
import type { RelationFact } from './facts.ts';

/**
 * Where a relation of the catalogue has its rows from. `columns`: expressions over `from`; a column that is not named
 * is NULL, or where it may not be NULL nothing (0, false, '').
 */
export interface RelationSource {
  readonly from: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Names that a source needs. */
export interface SourceNames {
  /** The engine's database of the lake's catalogue, of what is the same for all, and the lake database's own name. */
  readonly lake: string;
  readonly fixed: string;
  readonly database: string;
  readonly user: string;
}

export type Sources = Readonly<Record<string, RelationSource>>;

/** The relation as a SELECT in brackets; one without a source has its columns and no rows. */
export function selectRelation({ columns }: RelationFact, source: RelationSource | undefined): string {
  const list = columns.map(({ name, type, notNull }) => {
    const value = source?.columns[name] ?? (notNull ? emptyValue(type) : 'NULL');
    return `CAST(${value} AS ${engineType(type)}) AS ${ident(name)}`;
  });
  const from = source === undefined ? 'WHERE false' : `FROM ${source.from}`;
  return `(SELECT ${list.join(', ')} ${from})`;
}
