import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBatcher } from '../src/batch/batcher.ts';
import { openEngine } from '../src/batch/duckdb.ts';
import { openSpool } from '../src/batch/spool.ts';
import {
  answer,
  column,
  countingIds,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../test/kit/batch-fixtures.ts';

const shape = shapeOf([
  column('name', 'string'),
  column('description', 'memo'),
  column('statecode', 'state'),
  column('industrycode', 'choice'),
  column('donotemail', 'boolean'),
  column('ownerid', 'owner'),
  column('revenue', 'money', { precision: 4 }),
  column('exchangerate', 'decimal', { precision: 12 }),
  column('address1_latitude', 'double'),
  column('numberofemployees', 'integer'),
  column('createdon', 'datetime'),
  column('modifiedon', 'datetime'),
]);

/**
 * MB/s of the way from a page to a change batch, beside two measures taken in the same run: reading the file (the
 * floor) and JSON.parse (what a program that moves rows in JavaScript would begin with). Rows: `node … 200000`.
 */
const rowCount = Number(process.argv[2] ?? 100_000);
const folder = await mkdtemp(join(tmpdir(), 'lakelink-bench-'));
const engine = await openEngine({ tempDirectory: join(folder, 'temp') });
try {
  await run();
} finally {
  engine.close();
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const signal = new AbortController().signal;
  const spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  const batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
  const rows = Array.from({ length: rowCount }, (_, n) => rowOf(n, decimalText));
  const bare = Array.from({ length: rowCount }, (_, n) => rowOf(n, decimalNumber));
  const body = answer(rows, { delta: 'https://example.crm.dynamics.com/delta' });
  const bytes = body.length;
  let floorMs = 0;
  const measure = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = await work();
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    if (floorMs === 0) floorMs = ms;
    const speed = `${(bytes / 1000 / ms).toFixed(0)} MB/s`;
    const processor = `${((user + system) / 1000).toFixed(0)} ms of processor`;
    const ratio = `${(ms / floorMs).toFixed(1)} x the floor`;
    console.log(`${name.padEnd(34)} ${ms.toFixed(0).padStart(7)} ms ${speed.padStart(10)}   ${ratio}, ${processor}`);
    return result;
  };
  const page = await spool.receive(pageKey({ read: 'full' }), inPieces(body), signal);
  const barePage = await spool.receive(pageKey({ read: 'full', address: 'bare' }), inPieces(answer(bare)), signal);
  console.log(`${rowCount} rows, ${(bytes / 1e6).toFixed(1)} MB`);
  await measure('read the file (floor)', async () => {
    for await (const _ of createReadStream(page.path));
  });
  await measure('JSON.parse', async () => JSON.parse(await readFile(page.path, 'utf8')));
  await measure('wire to spool', () => spool.receive(pageKey({ address: 'again' }), inPieces(body), signal));
  const request = { shape, ...requestRest };
  const first = await measure('page to Parquet, fast', () => batcher.build({ ...request, page }, signal));
  await measure('delta page to Parquet, fast', () =>
    batcher.build({ ...request, page: { ...page, key: pageKey({ read: 'delta' }) } }, signal),
  );
  await measure('page to Parquet, careful', () => batcher.build({ ...request, page: barePage }, signal));
  if (first.is !== 'built' || first.file === null) throw new Error('nothing was built');
  const batch = { path: first.file.path, sequence: 1, epoch: 1 };
  const folded = await measure('fold into an empty image', () =>
    batcher.fold({ shape, image: [], batches: [batch], partitionStrategy: 'month' }, signal),
  );
  const image = folded.changed.map(({ name, file }) => ({ name, path: file.path }));
  const few = Array.from({ length: 1000 }, (_, n) => rowOf(n * 7, decimalText, 1_000_000));
  const fewPage = await spool.receive(pageKey({ address: 'few' }), inPieces(answer(few)), signal);
  const fewBuilt = await measure('1,000 changes to Parquet', () =>
    batcher.build({ ...request, page: fewPage }, signal),
  );
  if (fewBuilt.is !== 'built' || fewBuilt.file === null) throw new Error('nothing was built');
  const second = { path: fewBuilt.file.path, sequence: 2, epoch: 1 };
  await measure('fold 1,000 changes', () =>
    batcher.fold({ shape, image, batches: [second], partitionStrategy: 'month' }, signal),
  );
}

function decimalText(text: string): string {
  return `"${text}"`;
}

function decimalNumber(text: string): string {
  return text;
}

function rowOf(n: number, decimal: (text: string) => string, versionFrom = 1000): string {
  const owner = guid(n % 50);
  const month = String((n % 12) + 1).padStart(2, '0');
  return (
    `{"@odata.etag":"W/\\"${n + versionFrom}\\"","accountid":"${guid(n)}","name":"Contoso ${n} \\"Süd\\"",` +
    `"description":"${'Lorem ipsum dolor sit amet, '.repeat(4)}\\r\\n東京 🚀","statecode":0,"industrycode":${n % 33},` +
    `"donotemail":${n % 2 === 0},"_ownerid_value":"${owner}",` +
    `"_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser","revenue":${decimal(`${n}.5807`)},` +
    `"exchangerate":${decimal('1.000000000000')},"address1_latitude":${(n % 90) + 0.25},"numberofemployees":${n % 5000},` +
    `"createdon":"20${String(10 + (n % 10))}-${month}-03T04:05:06Z","modifiedon":"2024-${month}-03T04:05:06Z",` +
    `"versionnumber":${n + versionFrom}}`
  );
}
