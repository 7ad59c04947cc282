import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/app/clock.ts';
import { parseTableName } from '../src/core/names.ts';
import { openSource } from '../src/dataverse/source.ts';

/**
 * Definitions of 1,500 tables of 300 columns by a process whose heap may hold 256 MB: the list of all tables, every table
 * once, and what changed since. The environment is made up and serves prepared answers in the documented form, with every
 * property that was not asked for as null. Tables and columns: `node … 1500 300`.
 */
const HEAP_MB = 256;
const [mode, ...rest] = process.argv.slice(2);
if (mode === 'read') await read(String(rest[0]), Number(rest[1]));
else await measure({ tables: Number(mode ?? 1_500), columns: Number(rest[0] ?? 300) });

async function measure({ tables, columns }: { readonly tables: number; readonly columns: number }): Promise<void> {
  console.log(`${tables} tables of ${columns} columns, heap of ${HEAP_MB} MB`);
  const environment = madeUp({ tables, columns });
  const server = createServer(environment.answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reader = fork(fileURLToPath(import.meta.url), ['read', url, String(tables)], {
    execArgv: [`--max-old-space-size=${HEAP_MB}`, '--expose-gc', '--import', 'tsx'],
  });
  reader.on('message', step => {
    console.log(`${String(step)}  ${environment.requests()} requests, ${environment.megabytes()} MB of answers so far`);
  });
  const [code] = (await once(reader, 'exit')) as [number | null];
  console.log(code === 0 ? 'within the limit' : `the reader died (${String(code)})`);
  server.closeAllConnections();
  server.close();
}

async function read(url: string, count: number): Promise<void> {
  const signal = new AbortController().signal;
  const application = { tenantId: 'tenant', clientId: '11111111-2222-3333-4444-555555555555', clientSecret: 'secret' };
  const source = openSource({ url, authority: url, ...application, clock: systemClock });
  const names = Array.from({ length: count }, (_, n) => parseTableName(tableName(n)));
  await step('list of all tables', () => source.tables(signal));
  await step('every table, asked for at once', async () => {
    let columns = 0;
    const add = async (name: (typeof names)[number]) => {
      const shape = await source.shape(name, signal);
      columns += shape.columns.length;
    };
    await Promise.all(names.map(add));
    if (columns <= count) throw new Error('columns are missing');
  });
  await step('one table, as of now', () => source.shape(parseTableName(tableName(0)), signal));
  await step('every table, a minute old', async () => {
    for (const name of names) await source.shape(name, signal, { maxAgeMs: 60_000 });
  });
  await source.close();
  process.disconnect();
}

async function step(name: string, work: () => Promise<unknown>): Promise<void> {
  let heapBytes = 0;
  const watch = setInterval(() => {
    heapBytes = Math.max(heapBytes, process.memoryUsage().heapUsed);
  }, 10);
  const start = performance.now();
  await work();
  clearInterval(watch);
  const seconds = (performance.now() - start) / 1_000;
  globalThis.gc?.();
  const figures = [
    `${seconds.toFixed(1).padStart(6)} s`,
    `heap at most ${(heapBytes / 1_000_000).toFixed(0).padStart(4)} MB`,
    `kept ${(process.memoryUsage().heapUsed / 1_000_000).toFixed(0).padStart(4)} MB`,
    `process ${(process.memoryUsage.rss() / 1_000_000).toFixed(0).padStart(4)} MB`,
  ];
  process.send?.(`${name.padEnd(32)} ${figures.join('  ')}`);
}

function tableName(n: number): string {
  return `contoso_table${n}`;
}

/** An environment of equal tables: a table is text with its name put in. */
function madeUp({ tables, columns }: { readonly tables: number; readonly columns: number }) {
  let requests = 0;
  let bytes = 0;
  const names = Array.from({ length: tables }, (_, n) => tableName(n));
  const attributes = Array.from({ length: columns }, (_, n) => attribute(n));
  const prepared = { attributes: JSON.stringify(attributes), entity: JSON.stringify(entity()) };
  const named = (text: string, name: string) => text.replaceAll('{table}', name);
  const bodyOf = (path: string): string => {
    const [resource = '', query = ''] = path.replace('/api/data/v9.2/', '').split('?');
    if (path.includes('/oauth2/')) return '{"token_type":"Bearer","expires_in":3599,"access_token":"token"}';
    if (resource === 'EntityDefinitions') return `{"value":[${names.map(name => named(prepared.entity, name))}]}`;
    if (resource.startsWith('RetrieveMetadataChanges')) {
      const asked = JSON.parse(new URLSearchParams(query).get('@p1') ?? '{}');
      const conditions: readonly { Value: { Value: string } }[] = asked.Criteria.Conditions;
      const found = resource.includes('ClientVersionStamp') ? [] : conditions.map(({ Value }) => Value.Value);
      const whole = `${prepared.entity.slice(0, -1)},"Attributes":${prepared.attributes}}`;
      const list = found.map(name => named(whole, name)).join(',');
      return `{"ServerVersionStamp":"1!now","DeletedMetadata":null,"EntityMetadata":[${list}]}`;
    }
    const name = /'(\w+)'/.exec(resource)?.[1] ?? '';
    if (resource.endsWith(')')) return named(prepared.entity, name);
    const cast = /\.(\w+)AttributeMetadata$/.exec(resource)?.[1];
    const some = attributes.filter(({ AttributeTypeName: { Value } }) => cast === undefined || Value === `${cast}Type`);
    return named(JSON.stringify({ value: some }), name);
  };
  return {
    requests: () => requests,
    megabytes: () => Math.round(bytes / 1_000_000),
    answer: (request: IncomingMessage, response: ServerResponse) => {
      request.resume();
      const body = Buffer.from(bodyOf(request.url ?? ''));
      requests += 1;
      bytes += body.length;
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    },
  };
}

function entity() {
  return {
    ...nulls(60),
    LogicalName: '{table}',
    MetadataId: guid(0),
    DisplayName: labels('{table}'),
    EntitySetName: '{table}s',
    PrimaryIdAttribute: 'column0',
    ObjectTypeCode: 10_000,
    IsIntersect: false,
    ChangeTrackingEnabled: true,
    CanChangeTrackingBeEnabled: { Value: true, CanBeChanged: true },
    TableType: 'Standard',
    DataProviderId: null,
    IsPrivate: false,
  };
}

/** A tenth choices with six options in two languages, a tenth lookups, the rest texts. */
function attribute(n: number) {
  const type = n === 0 ? 'Uniqueidentifier' : n % 10 === 1 ? 'Picklist' : n % 10 === 2 ? 'Lookup' : 'String';
  const options = Array.from({ length: 6 }, (_, value) => ({
    Value: value,
    Color: null,
    Label: labels(`Option ${value}`),
  }));
  return {
    ...nulls(55),
    LogicalName: n === 0 ? 'column0' : `contoso_somecolumnoftable${n}`,
    MetadataId: guid(n + 1),
    AttributeType: type,
    AttributeTypeName: { Value: `${type}Type` },
    AttributeOf: null,
    IsValidForRead: true,
    IsSecured: false,
    ColumnNumber: n,
    ...(type === 'String' ? { MaxLength: 100, DatabaseLength: 200 } : {}),
    ...(type === 'Lookup' ? { Targets: ['contoso_table0', 'contoso_table1'] } : {}),
    ...(type === 'Picklist'
      ? { OptionSet: { Name: `{table}_choice${n}`, IsGlobal: false, Options: options }, GlobalOptionSet: null }
      : {}),
  };
}

function labels(text: string) {
  const one = (LanguageCode: number) => ({
    Label: text,
    LanguageCode,
    IsManaged: true,
    MetadataId: guid(LanguageCode),
  });
  return { LocalizedLabels: [one(1033), one(1031)], UserLocalizedLabel: one(1033) };
}

function nulls(count: number): Record<string, null> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`PropertyThatWasNotAskedFor${n}`, null]));
}

function guid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}
