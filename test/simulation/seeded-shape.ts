import type { TableName } from '../../src/core/names.ts';
import type { Column, TableShape } from '../../src/core/shape.ts';

/**
 * A table of a text, and the date that says a row's partition, without which it could not be kept in place; another
 * `metadataId` is a text of the same name that was removed and made again.
 */
export function shapeOf(table: TableName, metadataId: string): TableShape {
  return {
    table,
    displayName: table,
    entitySetName: `${table}s`,
    primaryId: 'thingid',
    objectTypeCode: 10_001,
    isIntersect: false,
    columns: [
      columnOf('text', {
        kind: 'string',
        attributeType: 'String',
        attributeTypeName: 'StringType',
        maxLength: 100,
        metadataId,
      }),
      columnOf('createdon', {
        kind: 'datetime',
        attributeType: 'DateTime',
        attributeTypeName: 'DateTimeType',
        maxLength: null,
        metadataId: 'column-createdon',
      }),
    ],
    omitted: [],
    unreadable: [],
  };
}

function columnOf(
  name: string,
  given: Pick<Column, 'kind' | 'attributeType' | 'attributeTypeName' | 'maxLength' | 'metadataId'>,
): Column {
  return { name, property: name, typeProperty: null, precision: null, targets: [], optionSet: null, ...given };
}
