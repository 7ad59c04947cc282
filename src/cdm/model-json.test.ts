import { describe, expect, test } from 'vitest';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { appendColumns, lakeColumns, type TableShape } from '../core/shape.ts';
import { entityMetadata } from './entity-metadata.ts';
import { type ModelTable, modelJson } from './model-json.ts';
import { optionsetFiles } from './optionset-files.ts';

const small: TableShape = {
  ...crateShape,
  columns: crateShape.columns.filter(({ name }) =>
    ['statecode', 'ownerid', 'weight', 'length', 'createdon'].includes(name),
  ),
};

const table: ModelTable = {
  shape: small,
  rows: 'live',
  partitionStrategy: 'month',
  completedAt: '2024-03-09T13:02:03.456Z',
  partitions: [{ name: '2024-03' }],
  locationOf: name => `https://lake.example/dataverse-demo-org1/crate/${name}.csv`,
};

const golden = `{
  "name": "cdm",
  "description": "cdm",
  "version": "1.0",
  "entities": [
    {
      "$type": "LocalEntity",
      "name": "crate",
      "description": "crate",
      "annotations": [
        { "name": "Athena:PartitionGranularity", "value": "Month" },
        { "name": "Athena:InitialSyncState", "value": "Completed" },
        { "name": "Athena:InitialSyncDataCompletedTime", "value": "3/9/2024 1:02:03 PM" }
      ],
      "attributes": [
        { "name": "Id", "dataType": "guid", "maxLength": -1 },
        { "name": "SinkCreatedOn", "dataType": "dateTime", "maxLength": -1 },
        { "name": "SinkModifiedOn", "dataType": "dateTime", "maxLength": -1 },
        { "name": "statecode", "dataType": "int64", "maxLength": -1 },
        { "name": "ownerid", "dataType": "guid", "maxLength": -1 },
        { "name": "ownerid_entitytype", "dataType": "string", "maxLength": 128, "cdm:traits": [
          { "traitReference": "is.constrained", "arguments": [{ "name": "maximumLength", "value": 128 }] }] },
        { "name": "weight", "dataType": "decimal", "maxLength": -1, "cdm:traits": [
          { "traitReference": "is.dataFormat.numeric.shaped", "arguments": [
            { "name": "precision", "value": 38 }, { "name": "scale", "value": 10 }] }] },
        { "name": "length", "dataType": "decimal", "maxLength": -1, "cdm:traits": [
          { "traitReference": "is.dataFormat.numeric.shaped", "arguments": [
            { "name": "precision", "value": 38 }, { "name": "scale", "value": 15 }] }] },
        { "name": "createdon", "dataType": "dateTimeOffset", "maxLength": -1 }
      ],
      "partitions": [
        {
          "name": "2024-03",
          "location": "https://lake.example/dataverse-demo-org1/crate/2024-03.csv",
          "fileFormatSettings": {
            "$type": "CsvFormatSettings",
            "columnHeaders": false,
            "delimiter": ",",
            "quoteStyle": "QuoteStyle.Csv",
            "csvStyle": "CsvStyle.QuoteAlways",
            "encoding": "UTF-8"
          },
          "annotations": [
            { "name": "Athena:PartitionYear", "value": "2024" },
            { "name": "Athena:PartitionMonth", "value": "03" }
          ],
          "cdm:traits": [
            { "traitReference": "is.partition.format.CSV", "arguments": [{ "name": "raggedRight", "value": "true" }] }
          ]
        }
      ]
    }
  ]
}`;

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

describe('model.json', () => {
  test('it is the genuine form, keys in their order (R: model.json)', () => {
    // Through text, since the order of the keys counts.
    expect(text(modelJson([table]))).toBe(JSON.stringify(JSON.parse(golden)));
  });

  test('a table whose initial sync is under way is InProgress and names no partitions', () => {
    const [entity] = JSON.parse(text(modelJson([{ ...table, completedAt: null }]))).entities;
    expect(entity.annotations[1]).toEqual({ name: 'Athena:InitialSyncState', value: 'InProgress' });
    expect(entity.annotations).toHaveLength(3);
    expect(entity.partitions).toEqual([]);
    expect(entity.attributes).toHaveLength(9);
  });

  test('a partition by year has no month', () => {
    const byYear: ModelTable = { ...table, partitionStrategy: 'year', partitions: [{ name: '1' }, { name: '2024' }] };
    const [entity] = JSON.parse(text(modelJson([byYear]))).entities;
    expect(entity.annotations[0].value).toBe('Year');
    expect(entity.partitions.map((partition: { annotations: unknown }) => partition.annotations)).toEqual([
      [{ name: 'Athena:PartitionYear', value: '1' }],
      [{ name: 'Athena:PartitionYear', value: '2024' }],
    ]);
  });

  test('a partition that goes on in other files keeps its period, to the day (facts row 74)', () => {
    const partitions = [{ name: '2018_001' }, { name: '2018-07' }, { name: '2018-07-09_012' }];
    const [entity] = JSON.parse(text(modelJson([{ ...table, partitionStrategy: 'day', partitions }]))).entities;
    expect(entity.annotations[0].value).toBe('Day');
    expect(entity.partitions.map(({ name }: { name: string }) => name)).toEqual(partitions.map(({ name }) => name));
    const values = (of: { annotations: { name: string; value: string }[] }) =>
      Object.fromEntries(of.annotations.map(({ name, value }) => [name.replace('Athena:Partition', ''), value]));
    expect(entity.partitions.map(values)).toEqual([
      { Year: '2018' },
      { Year: '2018', Month: '07' },
      { Year: '2018', Month: '07', Day: '09' },
    ]);
  });

  test('append only: IsDelete, spelt so, stands behind the first columns and before those added later (facts rows 55, 141)', () => {
    const added = {
      ...small,
      columns: small.columns.map((column, at) => (at < 4 ? column : { ...column, addedLater: true })),
    };
    const namesOf = (shape: TableShape) =>
      JSON.parse(text(modelJson([{ ...table, shape, rows: 'versions' }]))).entities[0].attributes.slice(-2);
    const isDelete = { name: 'IsDelete', dataType: 'boolean', maxLength: -1 };
    expect(namesOf(small).at(-1)).toEqual(isDelete);
    expect(namesOf(added).at(0)).toEqual(isDelete);
    expect(namesOf(added).at(1).name).toBe(small.columns.at(-1)?.name);
  });
});

describe('EntityMetadata.json', () => {
  const metadata = JSON.parse(text(entityMetadata(crateShape, { rows: 'live', shapeAt: 17 })));

  test('its sections are those of genuine files', () => {
    expect(Object.keys(metadata)).toEqual([
      'StateMetadata',
      'StatusMetadata',
      'GlobalOptionSetMetadata',
      'OptionSetMetadata',
      'TargetMetadata',
      'AttributeMetadata',
    ]);
  });

  test('it has exactly one attribute row for each column of model.json', () => {
    const rows = metadata.AttributeMetadata as { AttributeName: string }[];
    expect(rows.map(row => row.AttributeName)).toEqual(lakeColumns(crateShape).map(({ name }) => name));
    const versions = JSON.parse(text(entityMetadata(crateShape, { rows: 'versions', shapeAt: 17 })));
    expect(versions.AttributeMetadata.map((row: { AttributeName: string }) => row.AttributeName)).toEqual(
      appendColumns(crateShape).map(({ name }) => name),
    );
    expect(rows[0]).toEqual({
      EntityName: 'crate',
      AttributeName: 'Id',
      AttributeType: 'Uniqueidentifier',
      AttributeTypeCode: 15,
      Version: 17,
      Timestamp: null,
      MetadataId: '00000000-0000-0000-0000-000000000000',
      Precision: null,
      MaxLength: 4000,
    });
  });

  test.each([
    ['name', 'String', 14, 100],
    ['notes', 'Memo', 7, 2000],
    ['tags', 'MultiSelectPicklist', 17, 4000],
    ['ownerid', 'Owner', 9, 4000],
    ['ownerid_entitytype', 'EntityName', 20, 128],
    ['weight', 'Decimal', 3, 4000],
    ['length', 'Double', 4, 4000],
    ['price', 'Money', 8, 4000],
    ['bestbefore', 'DateTime', 2, 4000],
    ['SinkCreatedOn', 'DateTime', 2, 4000],
  ])('column %s is %s (%i), length %i', (name, type, code, length) => {
    const row = metadata.AttributeMetadata.find((each: { AttributeName: string }) => each.AttributeName === name);
    expect([row.AttributeType, row.AttributeTypeCode, row.MaxLength]).toEqual([type, code, length]);
  });

  test('booleans are options 1 and 0; states and statuses are not options', () => {
    const options = metadata.OptionSetMetadata as { OptionSetName: string; Option: number }[];
    expect(options.map(row => `${row.OptionSetName} ${row.Option}`)).toEqual([
      'colour 1',
      'colour 2',
      'sealed 1',
      'sealed 0',
    ]);
    expect(metadata.StatusMetadata[1]).toEqual({
      EntityName: 'crate',
      State: 1,
      Status: 2,
      IsUserLocalizedLabel: false,
      LocalizedLabelLanguageCode: 1033,
      LocalizedLabel: 'Gone',
    });
  });

  test('a choice without labels is shown all the same', () => {
    expect(metadata.GlobalOptionSetMetadata[1]).toEqual({
      OptionSetName: 'size',
      Option: 8,
      IsUserLocalizedLabel: false,
      LocalizedLabelLanguageCode: null,
      LocalizedLabel: null,
      GlobalOptionSetName: 'sizes',
      EntityName: 'crate',
    });
  });

  test('an owner may be a user or a team; no attribute is named for it', () => {
    const owners = metadata.TargetMetadata.filter((row: { AttributeName: string }) => row.AttributeName === 'ownerid');
    expect(owners).toEqual([
      { EntityName: 'crate', AttributeName: 'ownerid', ReferencedEntity: 'systemuser', ReferencedAttribute: null },
      { EntityName: 'crate', AttributeName: 'ownerid', ReferencedEntity: 'team', ReferencedAttribute: null },
    ]);
  });
});

describe('OptionsetMetadata', () => {
  test('the five files have their columns in the order that readers take by position', () => {
    const files = Object.fromEntries(optionsetFiles([crateShape]).map(({ path, bytes }) => [path, text(bytes)]));
    expect(files).toEqual({
      'OptionsetMetadata/OptionsetMetadata.csv':
        '"crate","colour",1,False,1033,"Red, ""light"""\n"crate","colour",2,False,1033,"Blue"\n' +
        '"crate","sealed",1,False,1033,"Yes"\n"crate","sealed",0,False,1033,"No"\n',
      'OptionsetMetadata/GlobalOptionsetMetadata.csv':
        '"size",7,False,1033,"Small","sizes","crate"\n"size",8,False,,,"sizes","crate"\n' +
        '"tags",1,False,1033,"Fragile","tagset","crate"\n"tags",2,False,1033,"易碎","tagset","crate"\n',
      'OptionsetMetadata/StateMetadata.csv': '"crate",0,False,1033,"Active"\n"crate",1,False,1033,"Inactive"\n',
      'OptionsetMetadata/StatusMetadata.csv': '"crate",0,1,False,1033,"Open"\n"crate",1,2,False,1033,"Gone"\n',
      'OptionsetMetadata/TargetMetadata.csv':
        '"crate","shelfid","shelf","shelfid"\n"crate","ownerid","systemuser",\n"crate","ownerid","team",\n' +
        '"crate","buyerid","account","accountid"\n"crate","buyerid","contact","contactid"\n',
    });
  });

  test('tables of one link share the files', () => {
    const [first] = optionsetFiles([small, crateShape, { ...crateShape, table: small.table }]);
    expect(text(first?.bytes ?? new Uint8Array()).split('\n').length - 1).toBe(8);
  });
});
