import type { TableDefinition } from './definition.ts';
import { encodePageCookie, queryWithout } from './paging-cookie.ts';
import type { Call, Environment } from './wire.ts';

/** Rows of a page at most, and what `$count` never says more than: 5,000, of an elastic table 500. */
export function rowsMax({ kind }: TableDefinition): number {
  return kind === 'Elastic' ? 500 : 5_000;
}

/** The address of the next page: the caller's own query and the place of the last row. */
export function nextLink({
  environment,
  call,
  table,
  path = table.entitySetName,
  pageNumber,
  first,
  last,
  keys = null,
  minted,
}: {
  readonly environment: Environment;
  readonly call: Call;
  readonly table: TableDefinition;
  /** Where the rows were asked for, when it was not their set. */
  readonly path?: string;
  readonly pageNumber: number;
  readonly first: string;
  readonly last: string;
  /** For an ordered read: the place of the last row. */
  readonly keys?: string | null;
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
      ...(keys === null ? {} : { keys }),
      ...(minted === null ? {} : { minted }),
    },
  });
  const query = queryWithout(call.options, ['$skiptoken']);
  return `${environment.apiUrl}/${path}?${query === '' ? '' : `${query}&`}$skiptoken=${cookie}`;
}

export function wantsCount(call: Call): boolean {
  return call.options.values.get('$count') === 'true';
}

/** What stands between the context and the rows. The total is that of the table when nobody counted. */
export function countAnnotations(
  environment: Environment,
  call: Call,
  table: TableDefinition,
  counted: number | null = null,
): string {
  const wanted = wantsCount(call);
  const total = wanted ? (counted ?? environment.database.count(table.logicalName)) : -1;
  const most = rowsMax(table);
  const shown = Math.min(total, most);
  const number = call.ieee754 ? `"${shown}"` : String(shown);
  let text = wanted ? `,"@odata.count":${number}` : '';
  if (call.preferences.wants('Microsoft.Dynamics.CRM.totalrecordcount')) {
    text += `,"@Microsoft.Dynamics.CRM.totalrecordcount":${shown}`;
  }
  if (call.preferences.wants('Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded')) {
    text += `,"@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded":${total > most}`;
  }
  if (call.preferences.wants('Microsoft.Dynamics.CRM.globalmetadataversion')) {
    text += `,"@Microsoft.Dynamics.CRM.globalmetadataversion":"${environment.database.tables().length}"`;
  }
  return text;
}
