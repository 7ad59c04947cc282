import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery, missingPrivilege, notBuilt, unknownRow, WireError } from './errors.ts';
import { pageRowsMax, readPage, writerFor } from './page-read.ts';
import { decodePageCookie, encodePageCookie, queryWithout } from './paging-cookie.ts';
import { mayReadRow, requireRead } from './privileges.ts';
import { allowOptions, selected } from './query-options.ts';
import { keyOf, tableOfSet } from './row-address.ts';
import { rowFilter } from './row-filter.ts';
import { selectedColumns } from './rows-json.ts';
import type { Answer, Call, Environment, Handler } from './wire.ts';

/** `$count` never says more. */
const countMax = 5_000;

/** `GET /accounts/$count`: text, at most 5000. */
export const countRows: Handler = (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  call.noted.table = table.logicalName;
  allowOptions(call.options, []);
  requireRead(environment, call, table);
  const body = String(Math.min(environment.database.count(table.logicalName), countMax));
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body };
};

/** `GET /accounts(<guid>)`. */
export const retrieveRow: Handler = (environment, call, parts) => {
  const table = tableOfSet(environment, parts.set);
  call.noted.table = table.logicalName;
  const id = keyOf(parts.key, table);
  if (call.options.values.has('$expand')) throw notBuilt('$expand on rows');
  allowOptions(call.options, ['$select']);
  requireRead(environment, call, table);
  const stored = environment.database.get(table.logicalName, id);
  if (stored === undefined) throw unknownRow({ table: table.logicalName, id });
  if (!mayReadRow(environment, call, table, stored)) {
    throw missingPrivilege({ userId: call.application.userId, table, verb: 'Read' });
  }
  call.noted.rows = 1;
  if (call.headers['if-none-match'] === `W/"${stored.version}"`) return { status: 304 };
  return { status: 200, headers: etag(stored), body: rowBody(environment, call, table, stored) };
};

/** One row as a whole answer. */
export function rowBody(environment: Environment, call: Call, table: TableDefinition, stored: StoredRow): string {
  const { context } = selectedColumns(table, selected(call.options));
  const row = writerFor(environment, call, table)(stored);
  const head = JSON.stringify(`${environment.apiUrl}/$metadata#${table.entitySetName}${context}/$entity`);
  return `{"@odata.context":${head},${row.slice(1)}`;
}

export function etag(stored: StoredRow): Readonly<Record<string, string>> {
  return { ETag: `W/"${stored.version}"` };
}

/** `GET /accounts` without tracking. */
export async function answerList(environment: Environment, call: Call, table: TableDefinition): Promise<Answer> {
  const top = listTop(call);
  requireRead(environment, call, table);
  const select = selected(call.options);
  const { context } = selectedColumns(table, select);
  const token = call.options.values.get('$skiptoken');
  const cookie = token === undefined ? null : decodePageCookie(token);
  const pageNumber = cookie?.pageNumber ?? 1;
  const after = cookie?.attributes.last?.replace(/[{}]/g, '').toLowerCase() ?? null;
  call.noted.page = `${table.logicalName} list ${select?.join(',') ?? '*'} ${pageNumber} after ${after ?? 'start'}`;
  const limit = top ?? call.preferences.pageSize ?? pageRowsMax;
  const filter = filterOf(call, table);
  const { text, first, last, more } = await readPage({ environment, call, table, after, limit, filter });
  const head = `{"@odata.context":${JSON.stringify(`${environment.apiUrl}/$metadata#${table.entitySetName}${context}`)}`;
  const next =
    more && top === null
      ? `,"@odata.nextLink":${JSON.stringify(nextLink({ environment, call, table, pageNumber, first, last, minted: null }))}`
      : '';
  const count = countAnnotations(environment, call, table);
  return { status: 200, body: [head, count, ',"value":[', ...text.pieces, ']', next, '}'] };
}

export function nextLink({
  environment,
  call,
  table,
  pageNumber,
  first,
  last,
  minted,
}: {
  readonly environment: Environment;
  readonly call: Call;
  readonly table: TableDefinition;
  readonly pageNumber: number;
  readonly first: string;
  readonly last: string;
  /** For a tracked read: the moment its token will stand for. */
  readonly minted: string | null;
}): string {
  const cookie = encodePageCookie({
    pageNumber: pageNumber + 1,
    tracking: minted !== null,
    element: table.primaryId,
    attributes: {
      last: `{${last.toUpperCase()}}`,
      first: `{${first.toUpperCase()}}`,
      ...(minted === null ? {} : { minted }),
    },
  });
  const query = queryWithout(call.options, ['$skiptoken']);
  return `${environment.apiUrl}/${table.entitySetName}?${query === '' ? '' : `${query}&`}$skiptoken=${cookie}`;
}

/** What stands between the context and the rows. */
export function countAnnotations(environment: Environment, call: Call, table: TableDefinition): string {
  const counted = call.options.values.get('$count') === 'true';
  const total = counted ? environment.database.count(table.logicalName) : -1;
  const shown = Math.min(total, countMax);
  const number = call.ieee754 ? `"${shown}"` : String(shown);
  let text = counted ? `,"@odata.count":${number}` : '';
  if (call.preferences.wants('Microsoft.Dynamics.CRM.totalrecordcount')) {
    text += `,"@Microsoft.Dynamics.CRM.totalrecordcount":${shown}`;
  }
  if (call.preferences.wants('Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded')) {
    text += `,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":${total > countMax}`;
  }
  if (call.preferences.wants('Microsoft.Dynamics.CRM.globalmetadataversion')) {
    text += `,"@Microsoft.Dynamics.CRM.globalmetadataversion":"${environment.database.tables().length}"`;
  }
  return text;
}

function filterOf(call: Call, table: TableDefinition): (row: StoredRow['row']) => boolean {
  const text = call.options.values.get('$filter');
  if (text === undefined) return () => true;
  if (call.options.values.has('$count')) throw notBuilt('$count together with $filter');
  return rowFilter(table, text);
}

function listTop(call: Call): number | null {
  const { values } = call.options;
  if (values.has('$skip')) throw badQuery('Skip Clause is not supported in CRM');
  for (const name of ['$orderby', '$expand', '$apply', '$search']) {
    if (values.has(name)) throw notBuilt(`${name} on rows`);
  }
  allowOptions(call.options, ['$select', '$filter', '$count', '$top', '$skiptoken']);
  const top = values.get('$top');
  if (top === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(top)) throw badQuery(`Invalid value '${top}' for $top query option found.`);
  if (Number(top) > pageRowsMax) {
    const message = `The value of $top is above ${pageRowsMax}.`;
    throw new WireError({ status: 400, code: '0x8004e024', message });
  }
  return Number(top);
}
