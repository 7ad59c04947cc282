import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonPrograms, runPython } from '../test/interop/python.ts';
import { serveRealNames } from '../test/kit/real-names.ts';
import { servePrepared } from './prepared-environment.ts';
import { WIDE_TABLE } from './wide-table.ts';

/**
 * Rows per second of Airbyte's Dataverse source, which prints each row as a line of JSON, from the same pages as
 * `bench/initial-sync.ts` reads. Its start (a Python program) is measured apart and taken off. Rows: `node … 20000`.
 */
const rows = Number(process.argv[2] ?? 20_000);
const folder = await mkdtemp(join(tmpdir(), 'lakelink-airbyte-'));
try {
  await pythonPrograms();
  const environment = await servePrepared({ folder: join(folder, 'pages'), rows, form: 'wide', pageDelayMs: 0 });
  const authority = new URL(environment.authorityUrl);
  const names = await serveRealNames(
    { 'login.microsoftonline.com': () => ({ origin: authority.origin, pathPrefix: authority.pathname }) },
    { folder },
  );
  const config = join(folder, 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      url: environment.url,
      tenant_id: environment.tenantId,
      client_id: environment.clientId,
      client_secret_value: environment.clientSecret,
      odata_maxpagesize: 5_000,
    }),
  );
  const run = async (args: readonly string[]) => {
    const start = performance.now();
    const printed = await runPython('source-microsoft-dataverse', [...args, '--config', config], names.env);
    return { printed, seconds: (performance.now() - start) / 1_000 };
  };
  const { printed } = await run(['discover']);
  const found = printed.split('\n').find(line => line.includes('"CATALOG"')) ?? '{}';
  const { streams } = (JSON.parse(found) as { catalog: { streams: { name: string }[] } }).catalog;
  const catalog = join(folder, 'catalog.json');
  const stream = streams.find(({ name }) => name === WIDE_TABLE);
  await writeFile(
    catalog,
    JSON.stringify({ streams: [{ stream, sync_mode: 'full_refresh', destination_sync_mode: 'overwrite' }] }),
  );
  const { seconds: startSeconds } = await run(['check']);
  const read = await run(['read', '--catalog', catalog]);
  const count = read.printed.split('"type": "RECORD"').length - 1;
  const seconds = read.seconds - startSeconds;
  const figures = `${seconds.toFixed(1)} s  ${(count / seconds).toFixed(0)} rows/s (start of ${startSeconds.toFixed(1)} s taken off)`;
  console.log(`airbyte-source-microsoft-dataverse: ${count} rows of ${rows}, ${figures}`);
  await names.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);
