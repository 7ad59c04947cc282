import type { StoredRow } from './database.ts';
import { badQuery } from './errors.ts';
import { othersTurn, PageText, pageRowsMax, writerFor } from './page-read.ts';
import { decodePageCookie } from './paging-cookie.ts';
import { allowOptions, selected } from './query-options.ts';
import { countAnnotations, nextLink, rowsMax, wantsCount } from './row-answer.ts';
import { type Expansion, expansionOf } from './row-expand.ts';
import { rowFilter } from './row-filter.ts';
import { type Place, type RowOrder, rowOrder } from './row-order.ts';
import { countMatching, type RowQuestion, type RowSource, readRows } from './row-read.ts';
import type { RowScope } from './row-scope.ts';
import { topOf } from './row-top.ts';
import { selectedColumns } from './rows-json.ts';
import type { Answer, Call } from './wire.ts';

const listOptions = ['$select', '$filter', '$orderby', '$expand', '$count', '$top', '$skiptoken'];
const sliceRows = 500;

interface Listed {
  readonly scope: RowScope;
  readonly source: RowSource;
  /** The path that the rows were asked for, below the service root. */
  readonly path: string;
}

/** Rows of a source with all the options of a list: filtered, ordered, expanded, counted, page by page. */
export async function answerRows({ scope, source, path }: Listed): Promise<Answer> {
  const { environment, call } = scope;
  const { table } = source;
  const { values } = call.options;
  const top = listTop(call);
  const select = selected(call.options);
  const { context } = selectedColumns(table, select);
  const [filter, orderBy] = [values.get('$filter'), values.get('$orderby')];
  const question: RowQuestion = {
    scope,
    source,
    filter: filter === undefined ? null : rowFilter({ scope, table, text: filter }),
  };
  const order = orderBy === undefined ? null : rowOrder(scope, table, orderBy);
  const expansion = expansionOf(scope, table, values.get('$expand'));
  const { after, pageNumber } = startOf(call, order);
  call.noted.page = `${table.logicalName} list ${path} ${filter ?? ''} ${orderBy ?? ''} ${select?.join(',') ?? '*'} ${pageNumber} after ${after?.id ?? 'start'}`;
  const counted = wantsCount(call) ? await countMatching(question, rowsMax(table)) : null;
  const limit = Math.min(top ?? call.preferences.pageSize ?? pageRowsMax, rowsMax(table));
  const { rows, more } = await readRows({ question, order, after, limit });
  const text = await rowsText(scope, { source, rows, expansion });
  const contextUrl = `${environment.apiUrl}/$metadata#${table.entitySetName}${withExpansion(context, expansion)}`;
  const head = `{"@odata.context":${JSON.stringify(contextUrl)}${countAnnotations(environment, call, table, counted)}`;
  const [first, last] = [rows[0], rows.at(-1)];
  if (!more || top !== null || first === undefined || last === undefined) {
    return { status: 200, body: [head, ',"value":[', ...text.pieces, ']}'] };
  }
  const keys = order === null ? null : order.encode(order.place(last));
  const ends = { first: first.id, last: last.id, keys };
  const link = JSON.stringify(nextLink({ environment, call, table, path, pageNumber, ...ends, minted: null }));
  return { status: 200, body: [head, ',"value":[', ...text.pieces, `],"@odata.nextLink":${link}}`] };
}

/** How many rows of a source there are, at most 5,000, as text. */
export async function answerCount(scope: RowScope, source: RowSource): Promise<Answer> {
  const { values } = scope.call.options;
  const text = values.get('$filter');
  const filter = text === undefined ? null : rowFilter({ scope, table: source.table, text });
  const most = rowsMax(source.table);
  const count = Math.min(await countMatching({ scope, source, filter }, most), most);
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: String(count) };
}

/** `(name,primarycontactid(fullname))` */
export function withExpansion(context: string, expansion: Expansion | null): string {
  if (expansion === null) return context;
  const names = context === '' ? [] : [context.slice(1, -1)];
  return `(${[...names, ...expansion.context].join(',')})`;
}

/**
 * Rows to answer at most; null when pages are asked for: with a page size `$top` is ignored, says the page "Page
 * results using OData". @throws WireError 400 for what a list does not take
 */
export function listTop(call: Call): number | null {
  if (call.options.values.has('$skip')) throw badQuery('Skip Clause is not supported in CRM');
  allowOptions(call.options, listOptions);
  const top = topOf(call.options);
  return call.preferences.pageSize === null ? top : null;
}

function startOf(
  { options }: Call,
  order: RowOrder | null,
): { readonly after: Place | null; readonly pageNumber: number } {
  const token = options.values.get('$skiptoken');
  if (token === undefined) return { after: null, pageNumber: 1 };
  const { attributes, pageNumber } = decodePageCookie(token);
  const id = attributes.last?.replace(/[{}]/g, '').toLowerCase() ?? '';
  return { after: order === null ? { keys: [], id } : order.decode(attributes.keys ?? '', id), pageNumber };
}

async function rowsText(
  { environment, call }: RowScope,
  {
    source,
    rows,
    expansion,
  }: { readonly source: RowSource; readonly rows: readonly StoredRow[]; readonly expansion: Expansion | null },
): Promise<PageText> {
  const text = new PageText(call);
  const write = writerFor(environment, call, source.table);
  const expand = await expansion?.read(rows);
  for (let at = 0; at < rows.length; at += sliceRows) {
    const slice = rows.slice(at, at + sliceRows);
    text.add(expand === undefined ? slice.map(write) : slice.map(row => `${write(row).slice(0, -1)}${expand(row)}}`));
    await othersTurn();
  }
  text.finish();
  return text;
}
