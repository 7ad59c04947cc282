import type { KeyDefinition, TableDefinition } from './definition.ts';
import { label, type MetadataObject } from './metadata-json.ts';

/** An alternate key as `EntityKeyMetadata`. */
export function keyJson(table: TableDefinition, key: KeyDefinition): MetadataObject {
  return {
    '@odata.type': '#Microsoft.Dynamics.CRM.EntityKeyMetadata',
    MetadataId: key.metadataId,
    LogicalName: key.logicalName,
    SchemaName: key.schemaName,
    EntityLogicalName: table.logicalName,
    DisplayName: label({ 1033: key.displayName }),
    KeyAttributes: key.columns,
    EntityKeyIndexStatus: key.status,
    AsyncJob: null,
    IsCustomizable: { Value: true, CanBeChanged: true, ManagedPropertyLogicalName: 'iscustomizable' },
    IsManaged: !table.isCustom,
    IsSynchronous: true,
    IsExportKey: false,
    IsSecondaryKey: false,
    IntroducedVersion: '1.0.0.0',
    HasChanged: null,
  };
}
