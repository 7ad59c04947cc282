import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LakeReader } from '../../src/verify/lake-reader.ts';

/** Files of a lake by path, written by hand after the layout's rules: no code of the product's writers is in them. */
export type LakeFiles = Map<string, string>;

const ADDRESS = 'https://parcelstore.dfs.core.windows.net:443/dataverse-depot-org1';
export const FEED = 'Microsoft.Athena.TrickleFeedService';
export const [FIRST, SECOND, CURRENT] = ['2024-03-01T10.00.00Z', '2024-03-01T10.05.00Z', '2024-03-01T10.10.00Z'];

type Attribute = readonly [name: string, dataType: string, size?: number];

const HEAD: readonly Attribute[] = [
  ['Id', 'guid'],
  ['SinkCreatedOn', 'dateTime'],
  ['SinkModifiedOn', 'dateTime'],
];
const PARCEL: readonly Attribute[] = [
  ...HEAD,
  ['statecode', 'int64'],
  ['sealed', 'boolean'],
  ['weight', 'decimal', 2],
  ['title', 'string', 20],
  ['parcelid', 'guid'],
  ['versionnumber', 'int64'],
  ['createdon', 'dateTimeOffset'],
  ['modifiedon', 'dateTime'],
];
const IS_DELETE: Attribute = ['IsDelete', 'boolean'];
const COLOUR: Attribute = ['colour', 'string', 10];
/** Without a date of creation, as tables that join two others. */
const DEPOT: readonly Attribute[] = [...HEAD, ['depotid', 'guid'], ['versionnumber', 'int64']];

export const parcelId = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;

/** A row of the table `parcel` with `IsDelete`; `cells` replaces columns by the text between the commas. */
export function parcelRow(digit: number, cells: Readonly<Record<string, string>> = {}): string {
  return cellsOf([...PARCEL, IS_DELETE], {
    Id: parcelId(digit),
    SinkCreatedOn: '"3/1/2024 10:00:07 AM"',
    SinkModifiedOn: '"3/1/2024 12:00:07 PM"',
    statecode: '0',
    sealed: 'True',
    weight: '12.50',
    title: `"Parcel ${digit}"`,
    parcelid: parcelId(digit),
    versionnumber: `10${digit}`,
    createdon: '"2024-02-29T23:59:59.1234567+00:00"',
    modifiedon: '"2024-03-01T09:59:00Z"',
    ...cells,
  });
}

export function deleteRow(digit: number, cells: Readonly<Record<string, string>> = {}): string {
  const empty = { statecode: '', sealed: '', weight: '', title: '', parcelid: '', modifiedon: '' };
  const marks = { versionnumber: '200', createdon: '"0001-01-03T00:00:00.0000000"', IsDelete: 'True' };
  return parcelRow(digit, { ...empty, ...marks, ...cells });
}

function cellsOf(attributes: readonly Attribute[], cells: Readonly<Record<string, string>>): string {
  return `${attributes.map(([name]) => cells[name] ?? '').join(',')}\n`;
}

/** An in-place row has the same columns without the last. */
export function inPlaceRow(digit: number, cells: Readonly<Record<string, string>> = {}): string {
  return parcelRow(digit, cells).replace(/,\n$/, '\n');
}

function attributeOf([name, dataType, size = -1]: Attribute) {
  const base = { name, dataType, maxLength: dataType === 'string' ? size : -1 };
  const trait = (traitReference: string, values: Readonly<Record<string, number>>) => ({
    ...base,
    'cdm:traits': [
      { traitReference, arguments: Object.entries(values).map(([argument, value]) => ({ name: argument, value })) },
    ],
  });
  if (dataType === 'string') return trait('is.constrained', { maximumLength: size });
  if (dataType === 'decimal') return trait('is.dataFormat.numeric.shaped', { precision: 38, scale: size });
  return base;
}

export function entityOf(name: string, attributes: readonly Attribute[], files: readonly string[]) {
  return {
    $type: 'LocalEntity',
    name,
    description: name,
    annotations: [
      { name: 'Athena:PartitionGranularity', value: 'Year' },
      { name: 'Athena:InitialSyncState', value: 'Completed' },
      { name: 'Athena:InitialSyncDataCompletedTime', value: '3/1/2024 10:00:09 AM' },
    ],
    attributes: attributes.map(attributeOf),
    partitions: files.map(partitionOf),
  };
}

function partitionOf(path: string) {
  const file = path.slice(path.lastIndexOf('/') + 1).replace('.csv', '');
  const name = path.includes('/Snapshot/') ? file.replace(/_\d+$/, '') : file;
  return {
    name,
    location: `${ADDRESS}/${path}`,
    fileFormatSettings: {
      $type: 'CsvFormatSettings',
      columnHeaders: false,
      delimiter: ',',
      quoteStyle: 'QuoteStyle.Csv',
      csvStyle: 'CsvStyle.QuoteAlways',
      encoding: 'UTF-8',
    },
    annotations: [{ name: 'Athena:PartitionYear', value: name.split('_')[0] }],
    'cdm:traits': [{ traitReference: 'is.partition.format.CSV', arguments: [{ name: 'raggedRight', value: 'true' }] }],
  };
}

export type Entity = ReturnType<typeof entityOf>;

export function modelOf(entities: readonly Entity[]): string {
  return JSON.stringify({ name: 'cdm', description: 'cdm', version: '1.0', entities });
}

function optionSets(folder: string): LakeFiles {
  const files = {
    OptionsetMetadata: '"parcel","sealed",1,False,1033,"Yes"\n"parcel","sealed",0,False,1033,"No"\n',
    GlobalOptionsetMetadata: '"statecode",0,False,1033,"Open","shared_states","parcel"\n',
    StateMetadata: '"parcel",0,False,1033,"Active"\n',
    StatusMetadata: '"parcel",0,1,False,1033,"Packed"\n',
    TargetMetadata: '"parcel","parcelid","depot","depotid"\n',
  };
  return new Map(Object.entries(files).map(([name, text]) => [`${folder}OptionsetMetadata/${name}.csv`, text]));
}

/** A correct incremental lake: two finished folders (in the second a column is new and a row is deleted) and one in progress. */
export function incrementalLake(): LakeFiles {
  const old = [...PARCEL, IS_DELETE];
  const wide = [...old, COLOUR];
  const depot = entityOf('depot', [...DEPOT, IS_DELETE], []);
  const firstFiles = [`${FIRST}/parcel/2023.csv`, `${FIRST}/parcel/2024.csv`];
  const secondFiles = [`${SECOND}/parcel/1.csv`, `${SECOND}/parcel/2024.csv`];
  const year2023 = { createdon: '"2023-12-31T00:00:00.0000000+00:00"' };
  const widened = parcelRow(3, { versionnumber: '150', title: '"a ""b"",\nc"' }).replace(/\n$/, ',"red"\n');
  return new Map([
    ['model.json', modelOf([depot, entityOf('parcel', wide, [])])],
    ['Changelog/changelog.info', CURRENT],
    [`${FIRST}/model.json`, modelOf([depot, entityOf('parcel', old, firstFiles)])],
    [`${FIRST}/parcel/2023.csv`, parcelRow(1, year2023) + parcelRow(2, year2023)],
    [`${FIRST}/parcel/2024.csv`, parcelRow(3)],
    ...optionSets(`${FIRST}/`),
    [`${SECOND}/model.json`, modelOf([depot, entityOf('parcel', wide, secondFiles)])],
    [`${SECOND}/parcel/1.csv`, deleteRow(2).trimEnd()],
    [`${SECOND}/parcel/2024.csv`, parcelRow(4) + widened],
    ...optionSets(`${SECOND}/`),
    [`${CURRENT}/parcel/2024.csv`, parcelRow(5)],
  ]);
}

function metadataOf(table: string, attributes: readonly Attribute[]): string {
  const rows = attributes.map(([name, dataType, size]) => ({
    EntityName: table,
    AttributeName: name,
    AttributeType: dataType === 'string' ? 'String' : 'Uniqueidentifier',
    AttributeTypeCode: dataType === 'string' ? 14 : 15,
    Version: 1,
    Timestamp: null,
    MetadataId: '00000000-0000-0000-0000-000000000000',
    Precision: null,
    MaxLength: dataType === 'string' ? size : 4000,
  }));
  const label = { IsUserLocalizedLabel: false, LocalizedLabelLanguageCode: 1033, LocalizedLabel: 'Yes' };
  return JSON.stringify({
    StateMetadata: [],
    StatusMetadata: [],
    GlobalOptionSetMetadata: [],
    OptionSetMetadata: [{ EntityName: table, OptionSetName: 'sealed', Option: 1, ...label }],
    TargetMetadata: [],
    AttributeMetadata: rows,
  });
}

/** A correct lake of replicas: `parcel` in place with snapshots, `history` append only, `depot` without rows. */
export function replicaLake(): LakeFiles {
  const history = [...PARCEL, IS_DELETE, COLOUR];
  const snapshots = ['parcel/Snapshot/2023_1709287200.csv', 'parcel/Snapshot/2024_1709290800.csv'];
  const tables = [
    { attributes: DEPOT, entity: entityOf('depot', DEPOT, []) },
    { attributes: PARCEL, entity: entityOf('parcel', PARCEL, snapshots) },
    { attributes: history, entity: entityOf('history', history, ['history/2024.csv', 'history/2024_001.csv']) },
  ];
  const later = { SinkModifiedOn: '"3/1/2024 12:00:08 PM"', versionnumber: '300' };
  return new Map([
    ['model.json', modelOf(tables.map(({ entity }) => entity))],
    ...tables.flatMap(({ entity, attributes }): [string, string][] => [
      [`${FEED}/${entity.name}-model.json`, modelOf([entity])],
      [`${FEED}/${entity.name}-EntityMetadata.json`, metadataOf(entity.name, attributes)],
    ]),
    ...optionSets(''),
    ['parcel/2023.csv', inPlaceRow(1)],
    ['parcel/2024.csv', inPlaceRow(2) + inPlaceRow(3)],
    ['parcel/Snapshot/2023_1709287200.csv', inPlaceRow(1)],
    ['parcel/Snapshot/2024_1709287200.csv', inPlaceRow(2)],
    ['parcel/Snapshot/2024_1709290800.csv', inPlaceRow(2) + inPlaceRow(3)],
    ['history/2024.csv', parcelRow(1) + parcelRow(2) + parcelRow(1, { versionnumber: '102' })],
    [
      'history/2024_001.csv',
      parcelRow(1, later).replace(/\n$/, ',"red"\n') + deleteRow(2, later).replace(/\n$/, ',\n'),
    ],
  ]);
}

/** A lake that is nowhere but in memory. */
export function memoryLake(files: LakeFiles): LakeReader {
  const bytesOf = (path: string) => {
    const text = files.get(path);
    return text === undefined ? null : Buffer.from(text, 'utf8');
  };
  return {
    location: 'memory',
    read: async path => bytesOf(path),
    list: async folder => {
      const prefix = folder === '' ? '' : `${folder}/`;
      const inside = [...files.keys()].filter(path => path.startsWith(prefix));
      return [...new Set(inside.map(path => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
    },
    localFile: async path => path,
    pathOf: () => null,
    // In pieces of seven bytes, so that a row seldom comes in one.
    async *open(path) {
      const bytes = bytesOf(path) ?? Buffer.alloc(0);
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    },
  };
}

/** A lake in a temporary folder, gone with its disposal. */
export async function folderLake(files: LakeFiles): Promise<{ readonly root: string } & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), 'lakelink-layout-'));
  for (const [path, text] of files) {
    const target = join(root, ...path.split('/'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
