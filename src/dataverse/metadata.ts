import { Fault } from '../core/fault.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import type { OfferedTable } from '../core/source.ts';
import { ENTITY_SELECT, type EntityDefinition, labelText, parseEntities } from './definition.ts';
import type { WebApi } from './web-api.ts';

/** System tables the original cannot export either. `activitymimeattachment`, another table, can be. */
export const REFUSED_TABLES: Readonly<Record<string, string>> = {
  attachment: 'Attachment is a system table that cannot be exported.',
  stringmap: 'String Map is a system table that cannot be exported; choice labels are in OptionsetMetadata.',
  calendar: 'Calendar is a system table that cannot be exported.',
};

/** Definitions of all tables, without their columns, in one request: `EntityDefinitions` is never paged. */
export async function readEntities({
  api,
  signal,
}: {
  readonly api: WebApi;
  readonly signal: AbortSignal;
}): Promise<readonly EntityDefinition[]> {
  const resource = `EntityDefinitions?$select=${ENTITY_SELECT}`;
  return parseEntities(await api.json({ target: { resource }, kind: 'metadata', signal }));
}

/** The tables as they are offered, by name. Names that cannot be a table's name anywhere in Lakelink are left out. */
export function offeredTables(entities: readonly EntityDefinition[]): OfferedTable[] {
  return entities
    .flatMap(entity => {
      const table = tableNameOf(entity);
      return table === null ? [] : [offeredTable(entity, table)];
    })
    .sort((a, b) => (a.table < b.table ? -1 : 1));
}

export function offeredTable(entity: EntityDefinition, table: TableName): OfferedTable {
  return {
    table,
    displayName: labelText(entity.DisplayName) ?? entity.LogicalName,
    entitySetName: entity.EntitySetName ?? '',
    changeTracking: entity.ChangeTrackingEnabled === true,
    canTrackChanges: entity.CanChangeTrackingBeEnabled?.Value === true,
    refusal: refusalOf(entity),
  };
}

function refusalOf(entity: EntityDefinition): OfferedTable['refusal'] {
  const reason = reasonOf(entity);
  if (reason !== null) return { code: 'source/table-refused', reason };
  if (entity.ChangeTrackingEnabled === true) return null;
  return {
    code: 'source/table-untracked',
    reason:
      entity.CanChangeTrackingBeEnabled?.Value === true
        ? 'Track changes is off; it can be turned on in the table properties.'
        : 'Track changes is off, and this table does not allow it to be turned on.',
  };
}

function reasonOf(entity: EntityDefinition): string | null {
  const refused = REFUSED_TABLES[entity.LogicalName];
  if (refused !== undefined) return refused;
  if (entity.TableType === 'Virtual' || (!entity.TableType && entity.DataProviderId)) {
    return 'It is a virtual table: its rows are in another system.';
  }
  if (entity.TableType === 'Elastic') {
    return 'It is an elastic table: its rows are found by id and partition together, which Lakelink does not do.';
  }
  if (entity.IsPrivate === true) return 'It is a private table of the platform.';
  if (!/^[A-Za-z_]\w*$/.test(entity.EntitySetName ?? '')) return 'The Web API does not serve it: it has no entity set.';
  if (!/^[a-z_]\w*$/.test(entity.PrimaryIdAttribute ?? '')) return 'It has no primary key column.';
  return null;
}

function tableNameOf(entity: EntityDefinition): TableName | null {
  try {
    return parseTableName(entity.LogicalName);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
