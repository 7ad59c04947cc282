import type { Change } from './database.ts';
import type { TableDefinition } from './definition.ts';
import {
  type DeltaToken,
  deltaTokenParameter,
  deltaTokenText,
  parseDeltaToken,
  refuseExpiredToken,
} from './delta-token.ts';
import { badArgument, badQuery } from './errors.ts';
import { othersTurn, PageText, pageRowsMax, preparedKind, readPage, writerFor } from './page-read.ts';
import { decodePageCookie, encodePageCookie, queryWithout } from './paging-cookie.ts';
import { requireReadOfAll } from './privileges.ts';
import { allowOptions, selected } from './query-options.ts';
import { countAnnotations, nextLink } from './row-answer.ts';
import { selectedColumns } from './rows-json.ts';
import type { Answer, Call, Environment } from './wire.ts';

const refusedWithTracking = ['$filter', '$orderby', '$expand', '$top'] as const;
const sliceChanges = 500;

/** The first read of a tracked table: pages of all rows, and a token with the last one. */
export async function answerTrackedRead(environment: Environment, call: Call, table: TableDefinition): Promise<Answer> {
  requireTracking(environment, call, table);
  const select = selected(call.options);
  const { context } = selectedColumns(table, select);
  const skip = call.options.values.get('$skiptoken');
  const cookie = skip === undefined ? null : decodePageCookie(skip);
  const pageNumber = cookie?.pageNumber ?? 1;
  const after = cookie?.attributes.last?.replace(/[{}]/g, '').toLowerCase() ?? null;
  call.noted.page = `${table.logicalName} tracked ${select?.join(',') ?? '*'} ${pageNumber} after ${after ?? 'start'}`;
  const started = parseDeltaToken(cookie?.attributes.minted ?? deltaTokenText(now(environment)));
  const limit = call.preferences.pageSize ?? pageRowsMax;
  const { text, first, last, more } = await readPage({ environment, call, table, after, limit });
  const contextUrl = `${environment.apiUrl}/$metadata#${table.entitySetName}${context}`;
  const head = `{"@odata.context":${JSON.stringify(contextUrl)}${countAnnotations(environment, call, table)}`;
  const moment = environment.behaviour.deltaTokenMintedAt === 'first-page' ? started : now(environment);
  const token = environment.behaviour.deltaLinkSelect === 'free' ? moment : { ...moment, select };
  const deltaLink = deltaLinkText(environment, call, { table, token, isLast: !more });
  if (!more) return { status: 200, body: [head, deltaLink, ',"value":[', ...text.pieces, ']}'] };
  const minted = deltaTokenText(started);
  const link = JSON.stringify(nextLink({ environment, call, table, pageNumber, first, last, minted }));
  return { status: 200, body: [head, deltaLink, ',"value":[', ...text.pieces, `],"@odata.nextLink":${link}}`] };
}

/**
 * What changed after a token: rows by version, then deletes. The end of the span is fixed with the first page, so a row
 * that changes while pages are read is in the next delta and in none of these pages' gaps.
 */
export async function answerDelta(environment: Environment, asked: Call, table: TableDefinition): Promise<Answer> {
  requireTracking(environment, asked, table);
  const since = parseDeltaToken(asked.options.values.get('$deltatoken') ?? '');
  const call = columnsOf(environment, asked, since);
  const { context } = selectedColumns(table, selected(call.options));
  const skip = call.options.values.get('$skiptoken');
  const { until, after, pageNumber } = deltaPlace(environment, skip);
  const { apiUrl } = environment;
  refuseExpiredToken(environment, { table: table.logicalName, token: since });
  call.noted.page = `${table.logicalName} delta ${deltaTokenText(since)} ${pageNumber} after ${after?.kind ?? 'start'} ${after?.version ?? ''}`;
  const { text, last, more } = await readChanges({
    environment,
    call,
    table,
    since: since.version,
    until: until.version,
    after,
  });
  const head = `{"@odata.context":${JSON.stringify(`${apiUrl}/$metadata#${table.entitySetName}${context}/$delta`)}`;
  const token = since.select === undefined ? until : { ...until, select: since.select };
  const deltaLink = deltaLinkText(environment, call, { table, token, isLast: !more || last === null });
  if (!more || last === null) return { status: 200, body: [head, deltaLink, ',"value":[', ...text.pieces, ']}'] };
  const next = encodePageCookie({
    pageNumber: pageNumber + 1,
    tracking: true,
    element: 'changes',
    attributes: { until: deltaTokenText(until), kind: last.kind, version: last.version.toString() },
  });
  const query = queryWithout(call.options, ['$skiptoken']);
  const link = JSON.stringify(`${apiUrl}/${table.entitySetName}?${query}&$skiptoken=${next}`);
  return { status: 200, body: [head, deltaLink, ',"value":[', ...text.pieces, `],"@odata.nextLink":${link}}`] };
}

/** The call with the columns its token keeps to. @throws WireError 400 when it asks for others and may not. */
function columnsOf({ behaviour }: Environment, call: Call, { select }: DeltaToken): Call {
  if (behaviour.deltaLinkSelect === 'free' || select === undefined) return call;
  const asked = selected(call.options);
  if ([...(asked ?? ['*'])].sort().join(',') === [...(select ?? ['*'])].sort().join(',')) return call;
  if (behaviour.deltaLinkSelect === 'refused') {
    throw badQuery('The $select of a delta link cannot differ from that of the read it continues.');
  }
  const values = new Map(call.options.values);
  values.delete('$select');
  if (select !== null) values.set('$select', select.join(','));
  return { ...call, options: { ...call.options, values } };
}

interface Place {
  readonly kind: 'row' | 'deleted';
  readonly version: bigint;
}

function deltaPlace(
  environment: Environment,
  skip: string | undefined,
): { readonly until: DeltaToken; readonly after: Place | null; readonly pageNumber: number } {
  if (skip === undefined) return { until: now(environment), after: null, pageNumber: 1 };
  const { element, attributes, pageNumber } = decodePageCookie(skip);
  if (element !== 'changes') throw badQuery('Malformed XML in the Paging Cookie');
  return {
    until: parseDeltaToken(attributes.until ?? ''),
    after: {
      kind: attributes.kind === 'deleted' ? 'deleted' : 'row',
      version: BigInt(/^\d+$/.exec(attributes.version ?? '')?.[0] ?? '0'),
    },
    pageNumber,
  };
}

async function readChanges({
  environment,
  call,
  table,
  since,
  until,
  after,
}: {
  readonly environment: Environment;
  readonly call: Call;
  readonly table: TableDefinition;
  readonly since: bigint;
  readonly until: bigint;
  readonly after: Place | null;
}): Promise<{ readonly text: PageText; readonly last: Place | null; readonly more: boolean }> {
  const limit = call.preferences.pageSize ?? pageRowsMax;
  const writeRow = writerFor(environment, call, table);
  const deletedContext = JSON.stringify(`${environment.apiUrl}/$metadata#${table.entitySetName}/$deletedEntity`);
  const write = (change: Change): string =>
    change.kind === 'row'
      ? writeRow(change.stored)
      : `{"@odata.context":${deletedContext},"id":"${change.id}","reason":"deleted"}`;
  const kind = preparedKind(environment, call, { table, write: writeRow });
  const text = new PageText(call);
  let last = after;
  for (;;) {
    const wanted = Math.min(sliceChanges, limit - text.rows);
    if (kind !== null && last?.kind !== 'deleted') {
      const span = { kind, write: writeRow, since: last?.version ?? since, until, limit: wanted };
      const slice = environment.database.prepared.changes(table.logicalName, span);
      if (slice !== null && slice.rows > 0 && slice.rows < limit - text.rows) {
        text.addPrepared(slice);
        last = { kind: 'row', version: BigInt(slice.last) };
        await othersTurn();
        continue;
      }
    }
    const changes = environment.database.changes(table.logicalName, { since, until, after: last, limit: wanted + 1 });
    const more = changes.length > wanted;
    const taken = changes.slice(0, wanted);
    text.add(taken.map(write));
    const end = taken.at(-1);
    if (end !== undefined) {
      last = { kind: end.kind, version: end.kind === 'row' ? end.stored.version : end.version };
    }
    if (!more || text.rows >= limit) {
      text.finish();
      return { text, last, more };
    }
    await othersTurn();
  }
}

function requireTracking(environment: Environment, call: Call, table: TableDefinition): void {
  for (const name of refusedWithTracking) {
    if (call.options.values.has(name)) {
      throw badQuery(`The "${name}" query parameter isn't supported when Change Tracking is enabled.`);
    }
  }
  allowOptions(call.options, ['$select', '$count', '$skiptoken', '$deltatoken']);
  requireReadOfAll(environment, call, table);
  if (!table.changeTracking) {
    throw badArgument(`Change tracking is not enabled for entity '${table.logicalName}'.`);
  }
}

function deltaLinkText(
  { apiUrl, behaviour }: Environment,
  call: Call,
  { table, token, isLast }: { readonly table: TableDefinition; readonly token: DeltaToken; readonly isLast: boolean },
): string {
  if (!isLast && behaviour.deltaLinkOn === 'last-page') return '';
  const annotated = call.preferences.wants('OData.Community.Display.V1.FormattedValue');
  if (annotated && behaviour.deltaLinkWithAnnotations === 'missing') return '';
  const query = queryWithout(call.options, ['$skiptoken', '$deltatoken', '$count']);
  const parameter = deltaTokenParameter(token);
  const link = `${apiUrl}/${table.entitySetName}?${query === '' ? '' : `${query}&`}$deltatoken=${parameter}`;
  return `,"@odata.deltaLink":${JSON.stringify(link)}`;
}

function now(environment: Environment): DeltaToken {
  return { version: environment.database.version(), atMs: environment.clock.nowMs() };
}
