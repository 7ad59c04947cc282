import type { CascadeDelete } from './definition.ts';

/** Users, teams and units go while what they made or owned keeps their id, in every published relationship but one. */
const keepers: ReadonlySet<string> = new Set(['systemuser', 'team', 'businessunit', 'owner']);

/** By `table.column target`, else by `column`. */
const published: ReadonlyMap<string, CascadeDelete> = new Map([
  ['contact.parentcustomerid account', 'Cascade'],
  ['team.businessunitid businessunit', 'Restrict'],
  ['transactioncurrencyid', 'Restrict'],
  ['objectid', 'Cascade'],
  ['regardingobjectid', 'Cascade'],
  ['activityid', 'Cascade'],
  ['partyid', 'NoCascade'],
  ['stageid', 'NoCascade'],
]);

/**
 * What deleting a row does to the rows whose lookup points to it: as the published definitions of account, contact,
 * annotation and team say. Other standard tables follow the same pattern by our choice: notes and activities go with
 * what they are about, currencies stay while they are used, all other links are removed, which is also what the
 * platform gives to a new relationship.
 */
export function cascadeDeleteOf({
  table,
  column,
  target,
}: {
  readonly table: string;
  readonly column: string;
  readonly target: string;
}): CascadeDelete {
  const found = published.get(`${table}.${column} ${target}`) ?? published.get(column);
  return found ?? (keepers.has(target) ? 'NoCascade' : 'RemoveLink');
}
