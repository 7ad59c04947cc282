import type { TableName } from '../../core/names.ts';

/** What a relation of schema `dbo` shows of its table. */
export type TableView = 'table' | 'current' | 'partitioned' | 'labels';

/** The original's tables of texts, as it spells them. */
export const CHOICE_TABLES = [
  'OptionsetMetadata',
  'GlobalOptionsetMetadata',
  'StateMetadata',
  'StatusMetadata',
  'TargetMetadata',
] as const;
export type ChoiceTable = (typeof CHOICE_TABLES)[number];

/** What a name of schema `dbo` means. */
export type NamedRelation =
  | {
      readonly is: 'of-table';
      readonly name: string;
      readonly table: TableName;
      readonly view: TableView;
      /** The name it would have, where a table has that one; else null. */
      readonly insteadOf: string | null;
    }
  | {
      readonly is: 'choices';
      readonly name: string;
      readonly choices: ChoiceTable;
      readonly insteadOf: string | null;
    };

/** `_partitioned` is the original's; the others are ours. */
const SUFFIXES = { current: '_current', partitioned: '_partitioned', labels: '_labels' } as const;

/**
 * Every name that a link's tables give, by its lower-case form. A real table has its own name; a derived relation whose
 * name is a table's is numbered: `account_partitioned_1`, or the next number that no table has. So a name follows from the
 * names of the tables alone, in whichever order they were added, and never from what is in them.
 */
export function relationNames(tables: readonly TableName[]): ReadonlyMap<string, NamedRelation> {
  const taken = new Set<string>(tables);
  const found = new Map<string, NamedRelation>();
  const put = (relation: NamedRelation) => found.set(relation.name.toLowerCase(), relation);
  for (const table of tables) put({ is: 'of-table', name: table, table, view: 'table', insteadOf: null });
  for (const table of tables) {
    for (const view of ['current', 'partitioned', 'labels'] as const) {
      put({ is: 'of-table', table, view, ...freeName(`${table}${SUFFIXES[view]}`, taken) });
    }
  }
  for (const choices of CHOICE_TABLES) put({ is: 'choices', choices, ...freeName(choices, taken) });
  return found;
}

/** No two derived relations would have one name: their endings differ, and a table has each of them once. */
function freeName(
  wanted: string,
  taken: ReadonlySet<string>,
): { readonly name: string; readonly insteadOf: string | null } {
  let name = wanted;
  for (let n = 1; taken.has(name.toLowerCase()); n += 1) name = `${wanted}_${n}`;
  return { name, insteadOf: name === wanted ? null : wanted };
}
