import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realData } from '../../test/kit/real-data.ts';
import { compareLakes } from './compare-lakes.ts';

const { folder: real, isThere } = realData('synapse-link-fno');

const root = mkdtempSync(join(tmpdir(), 'lakelink-compare-real-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const signal = new AbortController().signal;

const read = (name: string) => readFileSync(join(real, name), 'utf8');

/** An incremental lake of one production reader's fixtures: its model.json, and its CSV files folder by folder. */
function lakeOf(
  name: string,
  { model, table, files }: { model: string; table: string; files: readonly string[] },
): string {
  const lake = join(root, name);
  files.forEach((text, at) => {
    const folder = join(lake, `2025-02-0${at + 1}T00.00.00Z`);
    mkdirSync(join(folder, table), { recursive: true });
    writeFileSync(join(folder, 'model.json'), model);
    writeFileSync(join(folder, table, '2025.csv'), text);
  });
  mkdirSync(join(lake, 'Changelog'));
  writeFileSync(join(lake, 'Changelog', 'changelog.info'), '2025-03-01T00.00.00Z');
  writeFileSync(join(lake, 'model.json'), model);
  return lake;
}

const cases = [
  ['inventtrans', 'inventtrans-model.json', ['inventtrans-content.csv']],
  ['synapsetable', 'synapsetable-model.json', ['synapsetable-content.csv']],
  [
    'dimensionattributelevelvalue',
    'dimensionattributelevelvalue-modelJson.json',
    [
      'dimensionattributelevelvalue-fileContent.csv',
      'dimensionattributelevelvalue-upsertedFileContent.csv',
      'dimensionattributelevelvalue-deleteFileContent.csv',
    ],
  ],
] as const;

describe.skipIf(!isThere)('fixtures of a production reader', () => {
  test.each(cases)(
    '%s is read whole, equals itself, and a changed cell of it is found',
    async (table, model, files) => {
      const texts = files.map(read);
      const original = lakeOf(`${table}-original`, { model: read(model), table, files: texts });
      const same = lakeOf(`${table}-same`, { model: read(model), table, files: texts });
      const equal = await compareLakes({ original: { root: original }, ours: { root: same }, tables: [table], signal });
      const [found] = equal.tables;
      expect(found?.unexplained).toEqual([]);
      expect(equal.ready).toBe(true);
      const lines = texts
        .join('')
        .split('\n')
        .filter(line => line !== '').length;
      expect(found?.original?.lines).toBe(lines);
      expect(found?.original?.rows).toBeGreaterThan(0);
      expect(found?.rows).toMatchObject({ equal: found?.original?.rows, different: 0, 'only-original': 0 });

      const changed = texts.map(text => text.replace(/^([^,\n]+(?:,(?:"[^"]*"|[^,"\n]*)){5}),/m, '$14'));
      expect(changed).not.toEqual(texts);
      const other = lakeOf(`${table}-other`, { model: read(model), table, files: changed });
      const differing = await compareLakes({
        original: { root: original },
        ours: { root: other },
        tables: [table],
        signal,
      });
      expect(differing.ready).toBe(false);
    },
  );
});
