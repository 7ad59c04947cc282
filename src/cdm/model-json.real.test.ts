import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../test/kit/csv.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { realData } from '../../test/kit/real-data.ts';
import { modelJson } from './model-json.ts';

const { folder, isThere } = realData('synapse-link-fno');

interface Entity {
  readonly annotations: readonly { readonly name: string }[];
  readonly attributes: readonly (Record<string, unknown> & { readonly name: string; readonly dataType: string })[];
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const entityOf = (text: string): Entity => JSON.parse(text).entities[0];

/** One attribute of each data type with its keys, and the names in its traits, in their order. */
function forms({ attributes }: Entity): Record<string, string> {
  const skeleton = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(skeleton);
    if (typeof value !== 'object' || value === null) return null;
    return Object.entries(value).map(([key, inner]) =>
      key === 'traitReference' || (key === 'name' && !('dataType' in value)) ? [key, inner] : [key, skeleton(inner)],
    );
  };
  return Object.fromEntries(attributes.map(attribute => [attribute.dataType, JSON.stringify(skeleton(attribute))]));
}

const table = {
  shape: crateShape,
  rows: 'live',
  partitionStrategy: 'year',
  completedAt: '2024-03-09T13:02:03Z',
  partitions: [{ name: '2024' }],
  locationOf: (name: string) => name,
} as const;

describe.skipIf(!isThere)('against models that a production reader accepts', () => {
  const ours = JSON.parse(Buffer.from(modelJson([table])).toString('utf8'));

  test.each(['inventtrans-model.json', 'synapsetable-model.json', 'dimensionattributelevelvalue-modelJson.json'])(
    '%s has our keys, annotations, attribute and trait forms in our order (R: model.json)',
    name => {
      const theirs = JSON.parse(read(name));
      expect(Object.keys(ours)).toEqual(Object.keys(theirs));
      expect(Object.keys(ours.entities[0])).toEqual(Object.keys(theirs.entities[0]));
      expect(entityOf(JSON.stringify(ours)).annotations.map(each => each.name)).toEqual(
        entityOf(read(name)).annotations.map(each => each.name),
      );
      expect(forms(ours.entities[0])).toMatchObject(forms(entityOf(read(name))));
    },
  );

  // The other content file of that folder has 25 columns where its model has 38: written by hand, it proves nothing here.
  test('inventtrans: cells are quoted exactly where ours are: text and dates (R: CSV layout)', async () => {
    const [model, csv] = ['inventtrans-model.json', 'inventtrans-content.csv'];
    const { attributes } = entityOf(read(model));
    const rows = await readCsv(read(csv), {
      cast: (value, { quoting }) => ({ value, quoting }),
      relax_column_count: true,
    });
    const isQuoted = (type: string | undefined) => ['string', 'dateTime', 'dateTimeOffset'].includes(type ?? '');
    const cells = (rows as unknown as { value: string; quoting: boolean }[][]).flatMap(row =>
      row.flatMap(({ value, quoting }, index) =>
        value === '' ? [] : [{ quoting, expected: isQuoted(attributes[index]?.dataType) }],
      ),
    );
    expect(cells.length).toBeGreaterThan(100);
    expect(cells.filter(({ quoting, expected }) => quoting !== expected)).toEqual([]);
  });
});
