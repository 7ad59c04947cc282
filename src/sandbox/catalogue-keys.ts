import { metadataIdOf } from './catalogue-line.ts';
import type { KeyDefinition, TableDefinition } from './definition.ts';

/** Columns of the keys of standard tables: the published one of team, and one of our own for whoever wants to try. */
const keys: Readonly<Record<string, readonly (readonly [schemaName: string, label: string, ...columns: string[]])[]>> =
  {
    team: [
      ['aadobjectid_membershiptype', 'ObjectId with MembershipType', 'azureactivedirectoryobjectid', 'membershiptype'],
    ],
    lake_untracked: [['lake_UntrackedCode', 'Code', 'lake_code']],
  };

/** The alternate keys a standard table begins with. */
export function keysOf(table: Pick<TableDefinition, 'logicalName' | 'primaryId' | 'kind'>): readonly KeyDefinition[] {
  const own = keys[table.logicalName] ?? [];
  return [...own, ...(table.kind === 'Elastic' ? [elasticKey(table)] : [])].map(
    ([schemaName, displayName, ...columns]) => ({
      logicalName: schemaName.toLowerCase(),
      schemaName,
      displayName,
      metadataId: metadataIdOf(`key ${table.logicalName} ${schemaName}`),
      columns,
      status: 'Active',
    }),
  );
}

/** Every elastic table has this one and no other ("Create elastic tables using code"). */
function elasticKey({ primaryId }: Pick<TableDefinition, 'primaryId'>): readonly [string, string, ...string[]] {
  const name = 'KeyForNoSqlEntityWithPKPartitionId';
  return [name, name, primaryId, 'partitionid'];
}
