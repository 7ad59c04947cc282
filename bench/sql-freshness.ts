import { loadavg } from 'node:os';
import pg from 'pg';
import { systemClock } from '../src/app/clock.ts';
import { parseUserName } from '../src/core/user-name.ts';
import { type Change, type ChangingLink, LINK, withChangingLink } from './changing-link.ts';

/**
 * From a change's commit in the environment to an answer of the SQL endpoint that has it, with 10 changes a second over 20
 * tables, for the usual poll interval and the demo's. A client asks all tables again and again for their highest version,
 * with a pause between; a change counts from when the answer has arrived, so what is told is never too little. The
 * environment and the endpoint run in processes of their own. Seconds to measure: `node … 60`.
 */
const SECONDS = Number(process.argv[2] ?? 60);
const PAUSE_MS = 100;
const PASSWORD = 'correct horse battery staple';
const signal = new AbortController().signal;

/** An answer: the highest version of each table, and when it had arrived. */
interface Answer {
  readonly ms: number;
  readonly versions: ReadonlyMap<string, bigint>;
}

for (const pollSeconds of [5, 1]) {
  await withChangingLink({ pollSeconds, sql: { portTaken: 'free' } }, freshness);
}

async function freshness(link: ChangingLink): Promise<void> {
  const client = await connect(link);
  const stop = new AbortController();
  const watching = watch(client, link, stop.signal);
  const changes = await link.change(SECONDS);
  await systemClock.sleep(link.pollSeconds * 2_000 + 3_000, signal);
  stop.abort();
  const { answers, queryMs } = await watching;
  await client.end();
  const waits = waitsOf(changes, answers);
  const at = (share: number) => `${((waits[Math.floor(share * (waits.length - 1))] ?? 0) / 1_000).toFixed(2)} s`;
  console.log(
    `poll every ${link.pollSeconds} s: ${waits.length} of ${changes.length} changes answered, half within ${at(0.5)}, ` +
      `95 % within ${at(0.95)}, all within ${at(1)}; ${answers.length} answers of ${link.tables.length} tables, ` +
      `half of them after ${queryMs.toFixed(0)} ms, ${PAUSE_MS} ms apart (load ${loadavg()[0]?.toFixed(1)})`,
  );
}

async function connect({ service }: ChangingLink): Promise<pg.Client> {
  const name = parseUserName('bench');
  await service.administration.users.create({ name, password: PASSWORD, role: 'Reader', databases: 'all' });
  while (service.sql?.address == null) await systemClock.sleep(100, signal);
  const { port } = service.sql.address;
  const database = service.links.link(LINK).lakeName;
  const client = new pg.Client({ host: '127.0.0.1', port, user: name, password: PASSWORD, database });
  await client.connect();
  return client;
}

async function watch(client: pg.Client, { tables }: ChangingLink, until: AbortSignal) {
  const query = tables
    .map(table => `SELECT '${table}' AS "table", max(versionnumber) AS version FROM "${table}"`)
    .join(' UNION ALL ');
  const answers: Answer[] = [];
  const took: number[] = [];
  while (!until.aborted) {
    const start = performance.now();
    const { rows } = await client.query<{ table: string; version: string | null }>(query);
    took.push(performance.now() - start);
    const versions = new Map(rows.map(({ table, version }) => [table, BigInt(version ?? 0)]));
    answers.push({ ms: Date.now(), versions });
    await systemClock.sleep(PAUSE_MS, signal);
  }
  took.sort((a, b) => a - b);
  return { answers, queryMs: took[Math.floor(took.length / 2)] ?? 0 };
}

/** Milliseconds of each change, ascending; one that no answer had is missing. */
function waitsOf(changes: readonly Change[], answers: readonly Answer[]): readonly number[] {
  return changes
    .flatMap(({ table, version, ms }) => {
      const found = answers.find(answer => answer.ms >= ms && (answer.versions.get(table) ?? 0n) >= BigInt(version));
      return found === undefined ? [] : [found.ms - ms];
    })
    .sort((a, b) => a - b);
}
