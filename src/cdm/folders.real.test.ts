import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../test/kit/csv.ts';
import { realData } from '../../test/kit/real-data.ts';

const { folder: theirs, isThere } = realData('synapse-link-fno');
const ours = resolve(import.meta.dirname, '../../test/golden/incremental');

/** The cells of the first line that are filled, by name; ids, times and versions as what they are. */
async function filled(model: string, csv: string, table: string): Promise<Record<string, string>> {
  const { entities } = JSON.parse(readFileSync(model, 'utf8'));
  const { attributes } = entities.find((entity: { readonly name: string }) => entity.name === table);
  const [cells = []] = await readCsv(readFileSync(csv, 'utf8'));
  const found = cells.flatMap((cell, at): [string, string][] => {
    if (cell === '') return [];
    const { name } = attributes[at];
    return [[name, /^(Id|SinkCreatedOn|SinkModifiedOn|versionnumber)$/.test(name) ? name : cell]];
  });
  return Object.fromEntries(found);
}

describe.skipIf(!isThere)('beside the test files of a production reader', () => {
  test('a delete fills the same columns, createdon and IsDelete with the same text (facts 2.5)', async () => {
    const name = 'dimensionattributelevelvalue';
    const expected = await filled(
      join(theirs, `${name}-modelJson.json`),
      join(theirs, `${name}-deleteFileContent.csv`),
      name,
    );
    expect(expected).toHaveProperty('IsDelete', 'True');
    expect(await filled(join(ours, 'model.json'), join(ours, 'crate', '1.csv'), 'crate')).toEqual(expected);
  });
});
