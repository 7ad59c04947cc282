import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import {
  CURRENT,
  deleteRow,
  type Entity,
  FEED,
  FIRST,
  incrementalLake,
  inPlaceRow,
  type LakeFiles,
  memoryLake,
  parcelRow,
  replicaLake,
  SECOND,
} from '../../test/kit/handmade-layouts.ts';
import { verifyLayout } from './layout-rules.ts';
import { layoutRules, type RuleId } from './layout-rules-catalogue.ts';
import { renderReport } from './report.ts';

const signal = new AbortController().signal;

async function check(files: LakeFiles, tables?: readonly string[]) {
  const clock = new FakeClock({ auto: true });
  return verifyLayout({ lake: memoryLake(files), tables, atRest: true, clock, signal });
}

/** The rules that a lake breaks, each once, in their order. */
async function broken(files: LakeFiles): Promise<string[]> {
  const { layout, clean } = await check(files);
  expect(clean).toBe(layout.problems.length === 0);
  return [...new Set(layout.problems.map(({ rule }) => rule ?? ''))].sort();
}

interface Model {
  readonly entities: Entity[];
}

/** Changes the JSON of a file. */
function edit(path: string, change: (model: Model) => void) {
  return (files: LakeFiles) => {
    const model: Model = JSON.parse(files.get(path) ?? '');
    change(model);
    files.set(path, JSON.stringify(model));
  };
}

/** Changes a table in the main manifest and in its own. */
function editTable(table: string, change: (entity: Entity) => void) {
  return (files: LakeFiles) => {
    const own = ({ entities }: Model) => {
      for (const entity of entities) if (entity.name === table) change(entity);
    };
    edit('model.json', own)(files);
    edit(`${FEED}/${table}-model.json`, own)(files);
  };
}

function replace(path: string, from: string | RegExp, to: string) {
  return (files: LakeFiles) => {
    const text = files.get(path) ?? '';
    expect(text).toMatch(from);
    files.set(path, text.replace(from, to));
  };
}

const set = (path: string, text: string) => (files: LakeFiles) => void files.set(path, text);
const remove = (path: string) => (files: LakeFiles) => void files.delete(path);
const history = (text: string) => set('history/2024_001.csv', text);
const METADATA = `${FEED}/parcel-EntityMetadata.json`;
const last = <T>(list: readonly T[]): T => {
  const found = list.at(-1);
  if (found === undefined) throw new Error('an empty list');
  return found;
};

type Plant = (files: LakeFiles) => void;

/** One violation of each rule, in a lake that keeps them all; `also` are rules that cannot be kept beside it. */
const inReplicas: Partial<Record<RuleId, { readonly plant: Plant; readonly also?: readonly RuleId[] }>> = {
  'model/json': { plant: replace('model.json', /\]\}$/, '') },
  'model/top': { plant: edit('model.json', model => void Object.assign(model, { description: 'another' })) },
  'model/tables-distinct': {
    plant: edit('model.json', ({ entities }) => void entities.push(entities[0] ?? last(entities))),
  },
  'model/entity': { plant: editTable('depot', entity => void Object.assign(entity, { description: 'Depot' })) },
  'model/annotations': { plant: editTable('depot', ({ annotations }) => void annotations.reverse()) },
  'model/attribute': {
    plant: editTable('depot', ({ attributes }) => void Object.assign(last(attributes), { dataType: 'int32' })),
  },
  'model/traits': {
    plant: files => {
      const swapped = (text: string) => text.replace(/(\{"name":"precision","value":38\}),(\{[^}]*\})/g, '$2,$1');
      for (const [path, text] of files) files.set(path, path.endsWith('model.json') ? swapped(text) : text);
    },
  },
  'model/head': {
    plant: editTable('depot', ({ attributes }) => void attributes.splice(1, 2, ...attributes.slice(1, 3).reverse())),
  },
  'model/columns-distinct': {
    plant: editTable('depot', ({ attributes }) => void Object.assign(last(attributes), { name: 'DepotId' })),
    also: ['feed/attributes'],
  },
  'model/partition': {
    plant: editTable('parcel', ({ partitions }) => void Object.assign(last(partitions), { fileFormatSettings: {} })),
  },
  'model/partition-name': {
    plant: editTable('history', ({ annotations }) => void Object.assign(annotations[0] ?? {}, { value: 'Month' })),
  },
  'model/partition-annotations': {
    plant: editTable('history', ({ partitions }) => {
      Object.assign(last(partitions), { annotations: [{ name: 'Athena:PartitionYear', value: '2023' }] });
    }),
  },
  'model/location': { plant: remove('parcel/Snapshot/2024_1709290800.csv') },
  'files/readable-names': { plant: set('history/readme.txt', 'x') },
  'files/named': { plant: set('history/2025.csv', parcelRow(7)) },
  'files/one-moment': {
    plant: editTable('parcel', ({ partitions }) => {
      const [first] = partitions;
      if (first !== undefined) first.location = first.location.replace('Snapshot/2023_1709287200', '2023');
    }),
  },
  'snapshot/name': { plant: set('parcel/Snapshot/2023-T1.csv', '') },
  'snapshot/generations': {
    plant: files => {
      for (const digit of [1, 2, 3, 4, 5]) files.set(`parcel/Snapshot/2023_170928720${digit}.csv`, '');
    },
  },
  'feed/model': { plant: remove(`${FEED}/depot-model.json`) },
  'feed/metadata': { plant: replace(METADATA, '"Timestamp":null,', '') },
  'feed/attributes': { plant: replace(METADATA, '"MaxLength":20', '"MaxLength":4000') },
  'options/there': { plant: remove('OptionsetMetadata/StateMetadata.csv') },
  'options/columns': {
    plant: set('OptionsetMetadata/GlobalOptionsetMetadata.csv', '"parcel","statecode",0,False,1033,"Open","shared"\n'),
  },
  'options/names': { plant: replace('OptionsetMetadata/TargetMetadata.csv', '"parcelid"', '"unknown"') },
  'csv/dialect': { plant: replace('history/2024.csv', '"Parcel 1"', '"Parcel" 1') },
  'csv/width': { plant: history(inPlaceRow(7)) },
  'csv/ragged': { plant: history(parcelRow(7).replace(/\n$/, ',"red"\n') + parcelRow(8)) },
  'csv/key': { plant: history(parcelRow(7, { SinkCreatedOn: '' })) },
  'csv/type': { plant: history(parcelRow(7, { weight: '1E+2' })) },
  'csv/sink-date': { plant: history(parcelRow(7, { SinkModifiedOn: '"2024-03-01T12:00:07Z"' })) },
  'csv/offset-date': { plant: history(parcelRow(7, { createdon: '"2024-02-29T23:59:59Z"' })) },
  'csv/text-length': { plant: history(parcelRow(7, { title: `"${'x'.repeat(21)}"` })) },
  'csv/is-delete': { plant: history(parcelRow(7, { IsDelete: 'False' })) },
  'csv/delete-row': { plant: history(deleteRow(7, { title: '"gone"' })) },
  'csv/sink-order': {
    plant: history(parcelRow(7) + parcelRow(8, { SinkModifiedOn: '"3/1/2024 11:59:59 AM"' })),
  },
  'csv/version-order': { plant: history(parcelRow(7) + parcelRow(7, { versionnumber: '1' })) },
  'csv/one-row': { plant: set('parcel/2023.csv', inPlaceRow(1) + inPlaceRow(2)) },
};

const inFolders: typeof inReplicas = {
  'model/json': { plant: set(`${FIRST}/model.json`, '{"entities": [') },
  'model/location': { plant: remove(`${SECOND}/parcel/1.csv`) },
  'options/there': { plant: remove(`${SECOND}/OptionsetMetadata/GlobalOptionsetMetadata.csv`) },
  'feed/model': { plant: files => void files.set(`${FIRST}/${FEED}/parcel-model.json`, files.get('model.json') ?? '') },
  'folder/name': { plant: set('2024-03-01T09:55:00Z/model.json', '') },
  'folder/changelog': { plant: set('Changelog/changelog.info', `${CURRENT}\n`) },
  'folder/order': { plant: set('2024-03-01T10.15.00Z/parcel/2024.csv', parcelRow(6)) },
  'folder/in-progress': {
    plant: files => void files.set(`${CURRENT}/model.json`, files.get(`${SECOND}/model.json`) ?? ''),
  },
  'folder/finished': { plant: set(`${FIRST}/model.json`, '') },
  'folder/all-tables': { plant: edit(`${SECOND}/model.json`, ({ entities }) => void entities.shift()) },
  'folder/is-delete': {
    plant: edit(`${SECOND}/model.json`, ({ entities }) => {
      Object.assign(last(entities[0]?.attributes ?? []), { name: 'isDeleted' });
    }),
  },
  'folder/named': { plant: set(`${SECOND}/parcel/2022.csv`, parcelRow(6)) },
  'folder/changed': {
    plant: edit(`${SECOND}/model.json`, ({ entities }) => void last(entities).partitions.splice(0)),
    also: ['folder/named'],
  },
  'folder/one-kind': {
    plant: set(`${SECOND}/parcel/2024.csv`, parcelRow(4) + deleteRow(5, { SinkModifiedOn: '"3/1/2024 12:00:08 PM"' })),
  },
  'folder/one-word': { plant: set(`${SECOND}/parcel/1.csv`, deleteRow(4)) },
  'folder/delete-date': {
    plant: set(`${SECOND}/parcel/1.csv`, deleteRow(2, { createdon: '"2024-02-29T23:59:59.0000000+00:00"' })),
  },
};

test('lakes that keep every rule are without problems', async () => {
  const replicas = await check(replicaLake());
  expect(replicas.layout).toEqual({ kind: 'replicas', files: 6, rows: 11, problems: [] });
  const folders = await check(incrementalLake());
  expect(folders.layout).toEqual({ kind: 'incremental', files: 4, rows: 6, problems: [] });
});

test.each(Object.entries(inReplicas))(
  'a lake of replicas that breaks %s is found',
  async (rule, { plant, also = [] }) => {
    const files = replicaLake();
    plant(files);
    expect(await broken(files)).toEqual([rule, ...also].sort());
  },
);

test.each(Object.entries(inFolders))(
  'a lake of folders that breaks %s is found',
  async (rule, { plant, also = [] }) => {
    const files = incrementalLake();
    plant(files);
    expect(await broken(files)).toEqual([rule, ...also].sort());
  },
);

test('every rule has a violation above', () => {
  const planted = new Set([...Object.keys(inReplicas), ...Object.keys(inFolders)]);
  expect(Object.keys(layoutRules).filter(rule => !planted.has(rule))).toEqual([]);
});

test('a table of a CSV that no manifest lists is found (a manifest cut off between two tables)', async () => {
  const files = incrementalLake();
  edit(`${SECOND}/model.json`, ({ entities }) => void entities.pop())(files);
  expect(await broken(files)).toEqual(['folder/all-tables', 'folder/changed', 'folder/named', 'options/names']);
});

test('a table that left and was added again is not missing in the folders between: it comes back with a full copy', async () => {
  const files = incrementalLake();
  const later = `${SECOND.slice(0, -3)}59Z`;
  for (const [path, text] of [...files]) {
    if (path.startsWith(FIRST)) files.set(path.replace(FIRST, later), text.replaceAll(FIRST, later));
  }
  edit(`${SECOND}/model.json`, ({ entities }) => void entities.pop())(files);
  expect((await check(files)).layout.problems.filter(({ rule }) => rule === 'folder/all-tables')).toEqual([]);
  edit(`${later}/model.json`, ({ entities }) => void last(entities).partitions.splice(0))(files);
  expect((await check(files)).layout.problems.map(({ path }) => path)).toContain(`${SECOND}/model.json`);
});

test('a lake without model.json, and a folder lake without its changelog, say so', async () => {
  expect(await broken(new Map([['parcel/2024.csv', '']]))).toEqual(['model/json']);
  const files = incrementalLake();
  files.delete('Changelog/changelog.info');
  expect(await broken(files)).toEqual(['folder/changelog']);
});

test('beside snapshots a table’s own model may be ahead: it describes the near real-time files', async () => {
  const colour = { name: 'colour', dataType: 'string', maxLength: 10 };
  const files = replicaLake();
  edit(`${FEED}/parcel-model.json`, ({ entities }) => void entities[0]?.attributes.push(colour))(files);
  const row = { ...JSON.parse(files.get(METADATA) ?? '').AttributeMetadata[0], AttributeName: 'colour', MaxLength: 10 };
  replace(METADATA, /\]\}$/, `,${JSON.stringify(row)}]}`)(files);
  files.set('parcel/2023.csv', inPlaceRow(1).replace(/\n$/, ',"red"\n'));
  expect(await broken(files)).toEqual([]);
  files.set('parcel/Snapshot/2023_1709287200.csv', inPlaceRow(1).replace(/\n$/, ',"red"\n'));
  expect(await broken(files)).toEqual(['csv/width']);
});

test('as many generations of a snapshot may lie there as the link keeps', async () => {
  const files = replicaLake();
  inReplicas['snapshot/generations']?.plant(files);
  const clock = new FakeClock({ auto: true });
  const request = { lake: memoryLake(files), atRest: true, clock, signal };
  expect((await verifyLayout({ ...request, snapshotsKept: 6 })).clean).toBe(true);
});

test('files of a table whose initial sync is under way are left alone', async () => {
  const files = replicaLake();
  editTable('history', entity => {
    Object.assign(entity.annotations[1] ?? {}, { value: 'InProgress' });
    Object.assign(entity.annotations[2] ?? {}, { value: '' });
    entity.partitions.splice(0);
  })(files);
  files.set('history/2024.csv', 'half a row');
  expect(await broken(files)).toEqual([]);
});

test('only the tables that were asked for are read', async () => {
  const files = replicaLake();
  files.set('history/2024.csv', 'no row at all');
  expect((await check(files, ['parcel'])).clean).toBe(true);
  expect((await check(files, ['history'])).clean).toBe(false);
});

test('a report names rows and columns and never a value, and of many findings of a kind a few and their number', async () => {
  const files = replicaLake();
  const rows = Array.from({ length: 50 }, (_, at) =>
    parcelRow(at % 9, { statecode: '"secret"', versionnumber: `${at + 1}` }),
  );
  files.set('history/2024_001.csv', rows.join(''));
  const report = await check(files);
  expect(report.layout.problems.map(({ path, problem, rule }) => `${path}: ${problem} [${rule}]`)).toEqual([
    'history/2024_001.csv: row 1: statecode is not an int64 [csv/type]',
    'history/2024_001.csv: row 2: statecode is not an int64 [csv/type]',
    'history/2024_001.csv: row 3: statecode is not an int64, and 47 more like it [csv/type]',
  ]);
  const text = renderReport(report);
  expect(text).toContain('layout (replicas): 6 files, 59 rows, 3 problems');
  expect(text).toContain('NOT CLEAN');
  expect(text).not.toContain('secret');
});

test('beside a working service a problem counts only when it stays', async () => {
  const files = replicaLake();
  const whole = files.get('history/2024.csv') ?? '';
  files.set('history/2024.csv', 'half a row');
  const clock = new FakeClock({ auto: true });
  const lake = memoryLake(files);
  let looks = 0;
  const list = async (folder: string) => {
    if (folder === 'history') looks += 1;
    if (looks > 4) files.set('history/2024.csv', whole);
    return lake.list(folder);
  };
  const report = await verifyLayout({ lake: { ...lake, list }, clock, signal });
  expect(report.clean).toBe(true);
});
