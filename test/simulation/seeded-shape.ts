import type { TableName } from '../../src/core/names.ts';
import type { TableShape } from '../../src/core/shape.ts';

/** A table of one column; another `metadataId` is a column of the same name that was removed and made again. */
export function shapeOf(table: TableName, metadataId: string): TableShape {
  return {
    table,
    displayName: table,
    entitySetName: `${table}s`,
    primaryId: 'thingid',
    objectTypeCode: 10_001,
    isIntersect: false,
    columns: [
      {
        name: 'text',
        kind: 'string',
        property: 'text',
        typeProperty: null,
        attributeType: 'String',
        attributeTypeName: 'StringType',
        maxLength: 100,
        precision: null,
        targets: [],
        optionSet: null,
        metadataId,
      },
    ],
    omitted: [],
    unreadable: [],
  };
}
