import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../src/app/clock.ts';
import { parseTableName } from '../src/core/names.ts';
import { ADDED_ROWS, type Change, type ChangingLink, LINK, withChangingLink } from './changing-link.ts';
import { WIDE_TABLE } from './wide-table.ts';

/**
 * From a change's commit in the environment to its commit in the lake, with 10 changes a second over 20 tables, for the
 * usual poll interval and the demo's. A change counts as committed with the file of the first log entry that reaches
 * its version. The environment runs in a process of its own. Seconds to measure: `node … 60`. With `node … adding`, for
 * the usual interval, while nothing else happens and while a table of 1,000,000 rows is being added, whose pages take
 * 500 ms each.
 */
const signal = new AbortController().signal;

const [mode] = process.argv.slice(2);
if (mode === 'adding') await withChangingLink({ pollSeconds: 5, withAdded: true }, duringAdding);
else {
  for (const pollSeconds of [5, 1]) {
    await withChangingLink({ pollSeconds }, link => freshness(link, Number(mode ?? 60)));
  }
}

/** 95 % of the changes of the other tables, before and while a big table is added. */
async function duringAdding(link: ChangingLink): Promise<void> {
  console.log('nothing else happens');
  const idle = await freshness(link, 60);
  const { links } = link.service;
  await links.addTables(LINK, [parseTableName(WIDE_TABLE)], { partitionStrategy: null, appendOnly: false });
  console.log(`while a table of ${ADDED_ROWS} rows is added`);
  const adding = await freshness(link, 60);
  const added = links.status(LINK).find(({ table }) => table === WIDE_TABLE);
  console.log(
    `${(adding / idle).toFixed(2)} times; of the added table ${added?.progress?.rows ?? 'all'} rows were read meanwhile`,
  );
}

/** Makes changes for so long, says how long they took to be committed, and answers the 95th percentile, ms. */
async function freshness({ change, lakePath, pollSeconds }: ChangingLink, seconds: number): Promise<number> {
  const changes = await change(seconds);
  await systemClock.sleep(pollSeconds * 2_000 + 3_000, signal);
  const waits = await waitsOf(changes, lakePath);
  const msAt = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? 0;
  const at = (share: number) => `${(msAt(share) / 1_000).toFixed(2)} s`;
  console.log(
    `poll every ${pollSeconds} s: ${waits.length} of ${changes.length} changes, half within ${at(0.5)}, ` +
      `95 % within ${at(0.95)}, all within ${at(1)}`,
  );
  return msAt(0.95);
}

/** Milliseconds of each change, ascending; one that is not in the lake is missing. */
async function waitsOf(changes: readonly Change[], lakePath: string): Promise<readonly number[]> {
  const commits = new Map<string, readonly { readonly highWater: bigint; readonly ms: number }[]>();
  for (const table of new Set(changes.map(one => one.table))) {
    const folder = join(lakePath, '.lakelink', table, 'log');
    const entries = [];
    for (const name of (await readdir(folder)).filter(file => /^\d{20}\.json$/.test(file)).sort()) {
      const entry = JSON.parse(await readFile(join(folder, name), 'utf8')) as { kind: string; highWater?: string };
      if (entry.kind !== 'rows' || entry.highWater === undefined) continue;
      entries.push({ highWater: BigInt(entry.highWater), ms: (await stat(join(folder, name))).mtimeMs });
    }
    commits.set(table, entries);
  }
  return changes
    .flatMap(({ table, version, ms }) => {
      const found = commits.get(table)?.find(({ highWater }) => highWater >= BigInt(version));
      return found === undefined ? [] : [Math.max(0, found.ms - ms)];
    })
    .sort((a, b) => a - b);
}
