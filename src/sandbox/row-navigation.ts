import type { StoredRow } from './database.ts';
import type { ManyEnd, NavigationEnd } from './navigation-end.ts';
import { othersTurn } from './page-read.ts';
import { linksOf } from './row-links.ts';
import { namedSource, type RowSource, tableSource } from './row-read.ts';
import { type RowScope, referenceIn } from './row-scope.ts';

type Collection = Exclude<NavigationEnd, { readonly kind: 'single' }>;

/** The rows that belong to one row. */
export function memberSource(
  scope: RowScope,
  end: Collection,
  owner: { readonly table: string; readonly id: string },
): RowSource {
  const { database } = scope.environment;
  if (end.kind === 'collection') {
    const belongs = ({ row }: StoredRow): boolean => {
      const reference = referenceIn(row[end.column]);
      return reference !== null && reference.id === owner.id && reference.table === owner.table;
    };
    return tableSource(database, end.table, belongs);
  }
  const ids = linksOf(database, end.intersect, { column: end.own, id: owner.id }).map(({ row }) =>
    idIn(row[end.other]),
  );
  return namedSource(
    database,
    end.table,
    ids.filter(id => id !== null),
  );
}

/** What a many-to-many relationship links to each of these rows, by one walk over all its links. */
export async function linkedIds(
  scope: RowScope,
  end: ManyEnd,
  owners: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const linked = new Map<string, string[]>();
  for await (const [owner, member] of links(scope, end)) {
    if (!owners.has(owner)) continue;
    const ids = linked.get(owner);
    if (ids === undefined) linked.set(owner, [member]);
    else ids.push(member);
  }
  return linked;
}

/** All links, each from the table's side to the other. */
export async function* links(
  scope: RowScope,
  { intersect, own, other }: ManyEnd,
): AsyncGenerator<readonly [owner: string, member: string]> {
  for (const slice of tableSource(scope.environment.database, intersect).slices(null)) {
    for (const { row } of slice) {
      const [owner, member] = [idIn(row[own]), idIn(row[other])];
      if (owner !== null && member !== null) yield [owner, member];
    }
    await othersTurn();
  }
}

function idIn(cell: StoredRow['row'][string] | undefined): string | null {
  return typeof cell === 'string' ? cell.toLowerCase() : (referenceIn(cell)?.id ?? null);
}
