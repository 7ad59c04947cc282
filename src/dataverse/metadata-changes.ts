import { z } from 'zod';
import type { TableName } from '../core/names.ts';
import { ATTRIBUTE_PROPERTIES, ENTITY_SELECT } from './definition.ts';

/**
 * `RetrieveMetadataChanges`, the one question of the Web API that spans tables and the types of columns, and tells what
 * changed since. Sources: the pages "Query schema definitions" (the query; its JSON goes as a parameter alias) and "Cache
 * schema data" (stamps, changes, deletions); the names of the other two aliases are those of Microsoft's own sample.
 */

/** Conditions name tables one by one, as the documented example does; so many stay well below a URL's 32 KB. */
export const TABLES_NAMED_MAX = 50;

/** The address that asks for these tables with all their columns. */
export function definitionsResource(tables: readonly TableName[]): string {
  return `RetrieveMetadataChanges(Query=@p1)?@p1=${queryText(tables)}`;
}

/**
 * The address that asks what changed since a stamp: `tables` narrows it; null asks for all, since more names than
 * `TABLES_NAMED_MAX` do not fit. Deleted tables are `Default` in the Web API, which has no `Entity` ("Cache schema data").
 */
export function changesResource({
  stamp,
  tables,
}: {
  readonly stamp: string;
  readonly tables: readonly TableName[] | null;
}): string {
  const parameters = 'Query=@p1,DeletedMetadataFilters=@p2,ClientVersionStamp=@p3';
  const deleted = "Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute'";
  const values = `@p1=${queryText(tables)}&@p2=${deleted}&@p3='${encodeURIComponent(stamp.replaceAll("'", "''"))}'`;
  return `RetrieveMetadataChanges(${parameters})?${values}`;
}

/** Labels come in every language, as the lake's option-set files hold them, so there is no `LabelQuery`. */
function queryText(tables: readonly TableName[] | null): string {
  const query = {
    Properties: { AllProperties: false, PropertyNames: [...ENTITY_SELECT.split(','), 'Attributes'] },
    Criteria: {
      FilterOperator: tables === null ? 'And' : 'Or',
      Conditions: (tables ?? []).map(table => ({
        ConditionOperator: 'Equals',
        PropertyName: 'LogicalName',
        Value: { Type: 'System.String', Value: table },
      })),
    },
    AttributeQuery: { Properties: { AllProperties: false, PropertyNames: ATTRIBUTE_PROPERTIES } },
  };
  return encodeURIComponent(JSON.stringify(query));
}

const guids = z.array(z.string());
const answer = z.object({
  ServerVersionStamp: z.string().min(1),
  EntityMetadata: z.array(
    z.looseObject({
      LogicalName: z.string(),
      MetadataId: z.string().nullish(),
      Attributes: z
        .array(
          z.looseObject({
            MetadataId: z.string().nullish(),
            AttributeTypeName: z.object({ Value: z.string().nullish() }).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
  /** One collection of ids for each kind that was asked for; none of them says whose the id is. */
  DeletedMetadata: z.object({ Values: z.array(z.union([guids, z.object({ Items: guids })])).nullish() }).nullish(),
});

export interface MetadataChanges {
  /** What to ask by next time: what is told here holds as of it. */
  readonly stamp: string;
  /** Tables, each as the wire has it. Asked by a stamp, a table holds only what changed in it. */
  readonly tables: readonly TableDefinition[];
  /** `MetadataId`s of everything that was deleted, in lower case; most of them were never heard of. */
  readonly deletedIds: readonly string[];
}

export interface TableDefinition {
  readonly name: string;
  /** `MetadataId`s of the table and all its columns, in lower case. */
  readonly ids: readonly string[];
  /** Whether it has columns and each names its type: without that nothing can be said of them. */
  readonly isWhole: boolean;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Null for what is no answer to this question. */
export function parseMetadataChanges(json: unknown): MetadataChanges | null {
  const { data } = answer.safeParse(json);
  if (data === undefined) return null;
  return {
    stamp: data.ServerVersionStamp,
    tables: data.EntityMetadata.map(entity => {
      const attributes = entity.Attributes ?? [];
      return {
        name: entity.LogicalName,
        ids: [entity, ...attributes].flatMap(({ MetadataId: id }) => (id ? [id.toLowerCase()] : [])),
        isWhole: attributes.length > 0 && attributes.every(attribute => !!attribute.AttributeTypeName?.Value),
        json: entity,
      };
    }),
    deletedIds: (data.DeletedMetadata?.Values ?? [])
      .flatMap(value => (Array.isArray(value) ? value : value.Items))
      .map(id => id.toLowerCase()),
  };
}
