import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { type ImportResult, importPackage } from '../../src/sandbox/package.ts';
import { realData } from '../kit/real-data.ts';
import { differences, openSyncedWorld } from '../kit/world.ts';

const { folder, isThere } = realData();

const signal = new AbortController().signal;

function packages(): string[] {
  if (!isThere) return [];
  return ['crm-data', 'cmt-types'].flatMap(part =>
    readdirSync(join(folder, part))
      .filter(name => /data\d?\.xml$/i.test(name))
      .map(name => join(folder, part, name)),
  );
}

describe.skipIf(!isThere)('packages of the Configuration Migration tool', () => {
  test.each(packages().map(path => [basename(path), path]))(
    '%s arrives in the lake whole (R 24, R 25)',
    async (_name, path) => {
      const imported: { result: ImportResult | null } = { result: null };
      const world = await openSyncedWorld({
        rows: 0,
        fill: async database => {
          imported.result = await importPackage(database, { path, clock: systemClock, signal });
        },
      });
      try {
        const rows = imported.result?.rows ?? new Map<string, number>();
        expect(rows.size).toBeGreaterThan(0);
        const report = await world.verify();
        expect(differences(report)).toEqual([]);
        for (const [table, count] of rows) {
          // A table without change tracking is not in the link; packages' own tables are made with it.
          const proof = report.tables.find(one => one.table === table);
          expect([table, proof?.lakeRows]).toEqual([table, count]);
        }
      } finally {
        await world.stop();
      }
    },
  );
});
