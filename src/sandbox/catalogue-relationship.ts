import { cascadeDeleteOf } from './catalogue-cascade.ts';
import type { ColumnDefinition, RelationshipDefinition, TableDefinition } from './definition.ts';

/** Tables of the platform that columns point to and that this environment does not have. */
export const ABSENT_TABLES: ReadonlySet<string> = new Set(
  `adx_invitation adx_inviteredemption adx_portalcomment approvalprocess approvalstageapproval calendar
  campaignresponse channelaccessprofile channelaccessprofilerule channelaccessprofileruleitem chat contract
  contractdetail convertrule datalakefolder delegatedauthorization duplicaterule emailserverprofile entitlement externalparty fax
  goal kbarticle knowledgearticle knowledgebaserecord letter mailbox mobileofflineprofile
  msdyn_aifptrainingdocument msdyn_aimodel msdyn_aiodimage msdyn_flow_approval msfp_alert msfp_question
  msfp_surveyinvite msfp_surveyresponse mspcat_catalogsubmissionfiles organization owner position pricelevel queue
  recurringappointmentmaster routingrule routingruleitem sensitivitylabel sharepointdocument sla slakpiinstance
  socialactivity socialprofile subject teamtemplate template territory workflow`.split(/\s+/),
);

/** The many-to-many relationships of the standard tables. */
export const manyToMany: readonly RelationshipDefinition[] = [
  {
    schemaName: 'contactleads_association',
    kind: 'ManyToMany',
    table1: 'contact',
    column1: 'contactid',
    table2: 'lead',
    column2: 'leadid',
    intersectTable: 'contactleads',
    navigation1: 'contactleads_association',
    navigation2: 'contactleads_association',
  },
  {
    schemaName: 'systemuserroles_association',
    kind: 'ManyToMany',
    table1: 'systemuser',
    column1: 'systemuserid',
    table2: 'role',
    column2: 'roleid',
    intersectTable: 'systemuserroles',
    navigation1: 'systemuserroles_association',
    navigation2: 'systemuserroles_association',
  },
];

/**
 * One-to-many relationships of every lookup: under its published names where they are known, else named as the
 * platform names new ones. An owner is one relationship to the abstract `owner`.
 */
export function manyToOne({
  tables,
  published,
}: {
  readonly tables: readonly TableDefinition[];
  readonly published: string;
}): RelationshipDefinition[] {
  const known = publishedByColumn(published);
  const byName = new Map(tables.map(table => [table.logicalName, table]));
  const found: RelationshipDefinition[] = [];
  for (const table of tables) {
    for (const column of table.columns) {
      for (const [target, column1] of targetsOf(column, byName)) {
        const one =
          known.get(`${table.logicalName}.${column.logicalName}.${target}`) ??
          lookupRelationship({ table, column, target, targetKey: column1 });
        const cascadeDelete = cascadeDeleteOf({ table: table.logicalName, column: column.logicalName, target });
        found.push({ ...one, cascadeDelete });
      }
    }
  }
  return found;
}

/** The relationship of a lookup to one of its tables; navigation names follow the platform's habits. */
export function lookupRelationship({
  table,
  column,
  target,
  targetKey,
}: {
  readonly table: Pick<TableDefinition, 'logicalName' | 'isActivity'>;
  readonly column: ColumnDefinition;
  readonly target: string;
  readonly targetKey: string;
}): RelationshipDefinition {
  const schemaName = `${target}_${table.logicalName}_${column.logicalName}`;
  const many = (column.targets ?? []).length > 1 && column.type !== 'OwnerType';
  const single = column.isCustom ? column.schemaName : column.logicalName;
  const suffix = table.isActivity && column.logicalName === 'regardingobjectid' ? `_${table.logicalName}` : '';
  return {
    schemaName,
    kind: 'OneToMany',
    table1: target,
    column1: targetKey,
    table2: table.logicalName,
    column2: column.logicalName,
    navigation1: schemaName,
    navigation2: many ? `${single}_${target}${suffix}` : `${single}${suffix}`,
  };
}

function targetsOf(column: ColumnDefinition, tables: ReadonlyMap<string, TableDefinition>): [string, string][] {
  if (column.type === 'OwnerType') return [['owner', 'ownerid']];
  if (column.type !== 'LookupType' && column.type !== 'CustomerType') return [];
  return (column.targets ?? []).flatMap(target => {
    const key = tables.get(target)?.primaryId;
    return key === undefined ? [] : [[target, key] as [string, string]];
  });
}

function publishedByColumn(text: string): ReadonlyMap<string, RelationshipDefinition> {
  const found = new Map<string, RelationshipDefinition>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [schemaName = '', table1 = '', column1 = '', table2 = '', column2 = '', navigation1 = '', navigation2 = ''] =
      line.split('\t');
    found.set(`${table2}.${column2}.${table1}`, {
      schemaName,
      kind: 'OneToMany',
      table1,
      column1,
      table2,
      column2,
      navigation1,
      navigation2,
    });
  }
  return found;
}
