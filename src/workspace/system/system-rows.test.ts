import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { live } from '../../../test/kit/log-values.ts';
import { openEngine } from '../../batch/duckdb.ts';
import { type SystemTable, systemRelation } from './system-rows.ts';

interface Made {
  readonly n: number;
}

const made: SystemTable<Made> = {
  name: 'made',
  comment: 'Rows for a test',
  columns: [
    { name: 'n', sqlType: 'BIGINT', comment: 'A number', of: ({ n }) => n },
    { name: 'text', sqlType: 'VARCHAR', comment: 'A text', of: ({ n }) => `it's "${n}" \\ \n ü ; -- $1` },
    { name: 'third', sqlType: 'BOOLEAN', comment: 'Or null', of: ({ n }) => (n % 3 === 0 ? true : null) },
    { name: 'at', sqlType: 'TIMESTAMPTZ', comment: 'A time', of: () => '2026-01-02T03:04:05.678Z' },
    { name: 'wide', sqlType: 'BIGINT', comment: 'A wide number', of: () => '9223372036854775807' },
  ],
  rows: async () => Array.from({ length: 12_001 }, (_, n) => ({ n })),
};

test('rows of any number and text come through whole and typed', async () => {
  const tempDirectory = mkdtempSync(join(tmpdir(), 'lakelink-rows-'));
  const engine = await openEngine({ threads: 1, tempDirectory });
  try {
    const rows = await engine.session(async session => {
      const relation = systemRelation(made);
      if (relation.is !== 'rows') throw new Error('not rows');
      const sql = await relation.sql(session, live);
      const sums = `count(*) AS n, count(DISTINCT text) AS texts, sum(n) AS sum, count(third) AS thirds`;
      const [all] = await session.runAll(`SELECT ${sums} FROM (${sql})`);
      const [one] = await session.runAll(`SELECT * FROM (${sql}) WHERE n = 12000`);
      return [all, one];
    }, live);
    expect(rows).toEqual([
      { n: '12001', texts: '12001', sum: '72006000', thirds: '4001' },
      {
        n: '12000',
        text: `it's "12000" \\ \n ü ; -- $1`,
        third: true,
        at: '2026-01-02 03:04:05.678+00',
        wide: '9223372036854775807',
      },
    ]);
  } finally {
    engine.close();
    rmSync(tempDirectory, { recursive: true, force: true });
  }
});
