import { answerChangeCount } from './change-count.ts';
import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { notBuilt } from './errors.ts';
import { pageRowsMax, readPage, writerFor } from './page-read.ts';
import { decodePageCookie } from './paging-cookie.ts';
import { requireRead, requireReadOfRow } from './privileges.ts';
import { allowOptions, selected } from './query-options.ts';
import { rowOf, tableOfSet } from './row-address.ts';
import { answerAggregate } from './row-aggregate.ts';
import { countAnnotations, nextLink, rowsMax, wantsCount } from './row-answer.ts';
import { isUnchanged } from './row-conditions.ts';
import { expansionOf } from './row-expand.ts';
import { answerCount, answerRows, listTop, withExpansion } from './row-list.ts';
import { countMatching, tableSource } from './row-read.ts';
import { RowScope } from './row-scope.ts';
import { selectedColumns } from './rows-json.ts';
import type { Answer, Call, Environment, Handler } from './wire.ts';

/** Options that a list without them reads straight from the table, page after page. */
const slowOptions = ['$filter', '$orderby', '$expand'] as const;
/** Other languages of queries; ignored they would answer all rows. */
const otherLanguages = ['fetchXml', 'savedQuery', 'userQuery', '$search'] as const;

/** `GET /accounts/$count`: text, at most 5000; with `$filter`, or with `$deltatoken` the number of changes since. */
export const countRows: Handler = (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  call.noted.table = table.logicalName;
  if (call.options.values.has('$deltatoken')) return answerChangeCount(environment, call, table);
  allowOptions(call.options, ['$filter']);
  requireRead(environment, call, table);
  if (seesAll(environment, call, table) && !call.options.values.has('$filter')) {
    const body = String(Math.min(environment.database.count(table.logicalName), rowsMax(table)));
    return { status: 200, headers: { 'Content-Type': 'text/plain' }, body };
  }
  return answerCount(new RowScope(environment, call), tableSource(environment.database, table));
};

/** `GET /accounts(<guid>)`, or by an alternate key. */
export const retrieveRow: Handler = async (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  call.noted.table = table.logicalName;
  const { stored, unknown } = rowOf(environment, call, table, parts.key);
  allowOptions(call.options, ['$select', '$expand']);
  requireRead(environment, call, table);
  if (stored === undefined) throw unknown;
  requireReadOfRow(environment, call, table, stored);
  call.noted.rows = 1;
  if (isUnchanged(call, stored)) return { status: 304, headers: etag(stored) };
  return {
    status: 200,
    headers: etag(stored),
    body: await expandedBody(new RowScope(environment, call), table, stored),
  };
};

/** One row as a whole answer, without what `$expand` would bring. */
export function rowBody(environment: Environment, call: Call, table: TableDefinition, stored: StoredRow): string {
  const { context } = selectedColumns(table, selected(call.options));
  const row = writerFor(environment, call, table)(stored);
  const head = JSON.stringify(`${environment.apiUrl}/$metadata#${table.entitySetName}${context}/$entity`);
  return `{"@odata.context":${head},${row.slice(1)}`;
}

/** One row as a whole answer, with what belongs to it. */
export async function expandedBody(scope: RowScope, table: TableDefinition, stored: StoredRow): Promise<string> {
  const { environment, call } = scope;
  const expansion = expansionOf(scope, table, call.options.values.get('$expand'));
  if (expansion === null) return rowBody(environment, call, table, stored);
  const { context } = selectedColumns(table, selected(call.options));
  const address = `${environment.apiUrl}/$metadata#${table.entitySetName}${withExpansion(context, expansion)}/$entity`;
  const row = writerFor(environment, call, table)(stored);
  const added = (await expansion.read([stored]))(stored);
  return `{"@odata.context":${JSON.stringify(address)},${row.slice(1, -1)}${added}}`;
}

export function etag(stored: StoredRow): Readonly<Record<string, string>> {
  return { ETag: `W/"${stored.version}"` };
}

/** `GET /accounts` without tracking. */
export async function answerList(environment: Environment, call: Call, table: TableDefinition): Promise<Answer> {
  const { values } = call.options;
  const other = otherLanguages.find(name => values.has(name));
  if (other !== undefined) throw notBuilt(`${other} on rows`);
  requireRead(environment, call, table);
  const scope = new RowScope(environment, call);
  if (values.has('$apply')) return answerAggregate(scope, table);
  if (slowOptions.some(name => values.has(name))) {
    return answerRows({ scope, source: tableSource(environment.database, table), path: table.entitySetName });
  }
  return answerWholeTable(scope, table);
}

async function answerWholeTable(scope: RowScope, table: TableDefinition): Promise<Answer> {
  const { environment, call } = scope;
  const top = listTop(call);
  const select = selected(call.options);
  const { context } = selectedColumns(table, select);
  const token = call.options.values.get('$skiptoken');
  const cookie = token === undefined ? null : decodePageCookie(token);
  const pageNumber = cookie?.pageNumber ?? 1;
  const after = cookie?.attributes.last?.replace(/[{}]/g, '').toLowerCase() ?? null;
  call.noted.page = `${table.logicalName} list ${select?.join(',') ?? '*'} ${pageNumber} after ${after ?? 'start'}`;
  const limit = Math.min(top ?? call.preferences.pageSize ?? pageRowsMax, rowsMax(table));
  const { text, first, last, more } = await readPage({ environment, call, table, after, limit });
  const head = `{"@odata.context":${JSON.stringify(`${environment.apiUrl}/$metadata#${table.entitySetName}${context}`)}`;
  const link = (): string => nextLink({ environment, call, table, pageNumber, first, last, minted: null });
  const next = more && top === null ? `,"@odata.nextLink":${JSON.stringify(link())}` : '';
  const count = countAnnotations(environment, call, table, await countSeen(scope, table));
  return { status: 200, body: [head, count, ',"value":[', ...text.pieces, ']', next, '}'] };
}

/** Null where the table's own count says it. */
async function countSeen(scope: RowScope, table: TableDefinition): Promise<number | null> {
  const { environment, call } = scope;
  if (!wantsCount(call) || seesAll(environment, call, table)) return null;
  const source = tableSource(environment.database, table);
  return countMatching({ scope, source, filter: null }, rowsMax(table));
}

function seesAll({ applications }: Environment, { application }: Call, { logicalName }: TableDefinition): boolean {
  return applications.readLevel(application, logicalName) === 'organization';
}
