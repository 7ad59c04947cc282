import { parseApply } from './apply-parse.ts';
import type { Cell, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery, WireError } from './errors.ts';
import { type Labels, labelMaker } from './labels.ts';
import { pageRowsMax } from './page-read.ts';
import { decodePageCookie } from './paging-cookie.ts';
import { allowOptions } from './query-options.ts';
import { nextLink } from './row-answer.ts';
import { type Figure, type FigureKind, figureKind, valueKey } from './row-figure.ts';
import { bindTruth } from './row-filter.ts';
import { type BoundPath, bindPath } from './row-path.ts';
import { tableSource, visible } from './row-read.ts';
import type { RowScope } from './row-scope.ts';
import { compareValues, kindOf, type Value } from './row-value.ts';
import { valueEncoder } from './value-json.ts';
import type { Answer } from './wire.ts';

const recordsMax = 50_000;
const formattedValue = 'OData.Community.Display.V1.FormattedValue';

interface GroupColumn {
  /** `statuscode`, or `contact_fullname` for a column behind a lookup. */
  readonly name: string;
  readonly bound: BoundPath;
  readonly isRelated: boolean;
}

interface Group {
  readonly values: readonly (Value | null)[];
  readonly cells: readonly Cell[];
  readonly figures: readonly Figure[];
}

/**
 * `$apply` as the page "Aggregate data using OData" shows it. Figures are exact, empty cells make groups of their own
 * without the property, and more than 50,000 rows are refused. @throws WireError 400
 */
export async function answerAggregate(scope: RowScope, table: TableDefinition): Promise<Answer> {
  const { environment, call } = scope;
  const { values } = call.options;
  if (values.has('$orderby')) throw badQuery('The query node SingleValueOpenPropertyAccess is not supported');
  allowOptions(call.options, ['$apply', '$skiptoken']);
  const plan = parseApply(values.get('$apply') ?? '', values);
  const tests = plan.filters.map(one => bindTruth(scope, table, one));
  const columns = plan.groups.map(steps => groupColumn(scope, table, steps));
  const kinds = plan.aggregates.map(item => figureKind(scope, table, item));
  requireNames([...columns.map(one => one.name), ...kinds.map(one => one.alias)]);
  const filter = (stored: StoredRow): boolean => tests.every(test => test(stored) === true);
  const groups = await grouped(scope, table, { columns, kinds, filter });
  const token = values.get('$skiptoken');
  const cookie = token === undefined ? null : decodePageCookie(token);
  const from = Number(/\d+/.exec(cookie?.attributes.last ?? '')?.[0] ?? '0');
  const pageNumber = cookie?.pageNumber ?? 1;
  const to = from + (call.preferences.pageSize ?? pageRowsMax);
  const write = groupWriter(scope, columns, kinds);
  const page = groups.slice(from, to);
  call.noted.page = `${table.logicalName} apply ${values.get('$apply')} ${pageNumber} after ${from}`;
  call.noted.rows = page.length;
  const head = `{"@odata.context":${JSON.stringify(`${environment.apiUrl}/$metadata#${table.entitySetName}`)},"value":[`;
  if (to >= groups.length) return { status: 200, body: [head, page.map(write).join(','), ']}'] };
  const ends = { first: String(from), last: String(to), minted: null };
  const link = JSON.stringify(nextLink({ environment, call, table, pageNumber, ...ends }));
  return { status: 200, body: [head, page.map(write).join(','), `],"@odata.nextLink":${link}}`] };
}

function groupColumn(scope: RowScope, table: TableDefinition, steps: readonly string[]): GroupColumn {
  const bound = bindPath(scope, table, steps);
  const kind = kindOf(bound.type);
  const name = steps.at(-1) ?? '';
  if (bound.column === null || kind === 'other')
    throw badQuery(`The property '${steps.join('/')}' cannot be grouped by.`);
  if (kind === 'moment') throw badQuery(`groupby with datetime values is not supported: '${steps.join('/')}'.`);
  const isRelated = steps.length > 1;
  return { name: isRelated ? `${bound.table}_${name}` : name, bound, isRelated };
}

function requireNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badQuery(`The name '${twice}' stands twice in $apply.`);
}

async function grouped(
  scope: RowScope,
  table: TableDefinition,
  {
    columns,
    kinds,
    filter,
  }: {
    readonly columns: readonly GroupColumn[];
    readonly kinds: readonly FigureKind[];
    readonly filter: (stored: StoredRow) => boolean;
  },
): Promise<readonly Group[]> {
  const groups = new Map<string, Group>();
  const begin = (values: readonly (Value | null)[], stored: StoredRow | null): Group => ({
    values,
    cells: columns.map(({ bound }, index) =>
      stored === null || values[index] === null ? null : cellOf(bound, stored),
    ),
    figures: kinds.map(kind => kind.begin()),
  });
  // Without groups there is one answer also of no rows.
  if (columns.length === 0) groups.set('[]', begin([], null));
  let records = 0;
  const source = tableSource(scope.environment.database, table);
  for await (const slice of visible({ scope, source, filter }, null)) {
    records += slice.length;
    if (records > recordsMax) throw tooManyRecords();
    for (const stored of slice) {
      const values = columns.map(({ bound }) => bound.read(stored));
      const key = JSON.stringify(
        values.map((value, index) =>
          value === null ? null : valueKey(kindOf(columns[index]?.bound.type ?? ''), value),
        ),
      );
      let group = groups.get(key);
      if (group === undefined) {
        group = begin(values, stored);
        groups.set(key, group);
      }
      for (const figure of group.figures) figure.add(stored);
    }
  }
  return [...groups.values()].sort((a, b) => compareGroups(columns, a, b));
}

function cellOf({ column, holder }: BoundPath, stored: StoredRow): Cell {
  return holder(stored)?.row[column?.logicalName ?? ''] ?? null;
}

function compareGroups(columns: readonly GroupColumn[], left: Group, right: Group): number {
  for (let index = 0; index < columns.length; index += 1) {
    const [a, b] = [left.values[index] ?? null, right.values[index] ?? null];
    const kind = kindOf(columns[index]?.bound.type ?? '');
    const difference = a === null || b === null ? Number(a !== null) - Number(b !== null) : compareValues(kind, a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Groups, then figures, then groups by columns behind lookups, as that page has them; an empty group has no name. */
function groupWriter(
  scope: RowScope,
  columns: readonly GroupColumn[],
  kinds: readonly FigureKind[],
): (group: Group) => string {
  const { call, environment } = scope;
  const labels = call.preferences.wants(formattedValue) ? labelMaker(environment.database) : null;
  const encoders = columns.map(({ bound }) =>
    bound.column === null ? () => 'null' : valueEncoder(bound.column, { ieee754: call.ieee754 }),
  );
  const groupText = ({ cells }: Group, isRelated: boolean): string[] =>
    columns.flatMap((one, index) => {
      const cell = cells[index] ?? null;
      if (one.isRelated !== isRelated || cell === null) return [];
      const label = labelOf(labels, one.bound.column, cell);
      return property({ name: one.name, json: encoders[index]?.(cell) ?? 'null', label });
    });
  return group => {
    const figures = kinds.flatMap(({ alias, column }, index) => {
      const { json, cell } = group.figures[index]?.result() ?? { json: 'null', cell: null };
      return property({ name: alias, json, label: cell === null ? null : labelOf(labels, column, cell) });
    });
    return `{${[...groupText(group, false), ...figures, ...groupText(group, true)].join(',')}}`;
  };
}

function labelOf(labels: Labels | null, column: GroupColumn['bound']['column'], cell: Cell): string | null {
  if (labels === null) return null;
  return column === null ? Number(cell).toLocaleString('en-US') : (labels.forColumn(column)?.(cell) ?? null);
}

function property({
  name,
  json,
  label,
}: {
  readonly name: string;
  readonly json: string;
  readonly label: string | null;
}): string[] {
  const own = `${JSON.stringify(name)}:${json}`;
  return label === null ? [own] : [`${JSON.stringify(`${name}@${formattedValue}`)}:${JSON.stringify(label)}`, own];
}

function tooManyRecords(): WireError {
  const message = 'AggregateQueryRecordLimit exceeded. Cannot perform this operation.';
  return new WireError({ status: 400, code: '0x8004e023', message });
}
