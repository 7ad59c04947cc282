import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { badQuery, unknownProperty, WireError } from './errors.ts';
import { type NavigationEnd, navigationEnd } from './navigation-end.ts';
import { othersTurn, pageRowsMax } from './page-read.ts';
import { encodePageCookie } from './paging-cookie.ts';
import { type ExpandItem, expanded, selected } from './query-options.ts';
import { rowFilter } from './row-filter.ts';
import { linkedIds } from './row-navigation.ts';
import { type RowOrder, rowOrder } from './row-order.ts';
import { FirstRows, namedSource, type RowTest, tableSource, visible } from './row-read.ts';
import { type RowScope, referenceIn } from './row-scope.ts';
import { topOf } from './row-top.ts';
import { rowWriter, selectedColumns } from './rows-json.ts';
import { wireColumns } from './wire-columns.ts';

/** Rows that come along with others. */
export interface Expansion {
  /** `primarycontactid(fullname)`, for the context. */
  readonly context: readonly string[];
  /** Reads what belongs to these rows; answers the text to add to each, beginning with a comma. */
  readonly read: (rows: readonly StoredRow[]) => Promise<(stored: StoredRow) => string>;
}

const expansionsMax = 15;

/**
 * `$expand`, as the page "Join tables using OData" has it: at most 15; the options of a lookup are `$select` and
 * `$filter`; a collection brings up to 5,000 rows and a link to them without paging, and with an expansion within
 * another one anywhere it is paged, without `$top` and `$orderby`. Many-to-many relationships stand alone: neither
 * within others nor beside other kinds. @throws WireError 400, 403 for a table that the caller may not read
 */
export function expansionOf(scope: RowScope, table: TableDefinition, text: string | undefined): Expansion | null {
  if (text === undefined) return null;
  const items = expanded(text);
  if (items.length === 0) throw badQuery('The $expand query option is empty.');
  if (countOf(items) > expansionsMax) throw badQuery(`The query has more than ${expansionsMax} $expand options.`);
  const isPaged = items.some(({ options }) => options.values.has('$expand'));
  return bindItems(scope, table, { items, isPaged, isNested: false });
}

function countOf(items: readonly ExpandItem[]): number {
  return items.reduce((sum, { options }) => sum + 1 + countOf(expanded(options.values.get('$expand'))), 0);
}

interface Items {
  readonly items: readonly ExpandItem[];
  /** Collections have pages. */
  readonly isPaged: boolean;
  readonly isNested: boolean;
}

function bindItems(scope: RowScope, table: TableDefinition, { items, isPaged, isNested }: Items): Expansion {
  const ends = items.map(({ name }) => {
    const end = navigationEnd(scope.environment.database, table, name);
    if (end === null) throw unknownProperty(name, table.logicalName);
    return end;
  });
  const many = ends.filter(({ kind }) => kind === 'many').length;
  if (many > 0 && (isPaged || isNested || many < ends.length)) {
    throw badQuery('A many-to-many relationship cannot be expanded together with others or within another one.');
  }
  const parts = items.map((item, index) => {
    const end = ends[index];
    if (end === undefined) throw unknownProperty(item.name, table.logicalName);
    const one: Bound = { scope, table, item, isPaged };
    return end.kind === 'single' ? lookupPart(one, end) : collectionPart(one, end);
  });
  return {
    context: parts.flatMap(part => part.context),
    read: async rows => {
      const texts: ((stored: StoredRow) => string)[] = [];
      for (const part of parts) texts.push(await part.read(rows));
      return stored => texts.map(text => text(stored)).join('');
    },
  };
}

interface Bound {
  readonly scope: RowScope;
  readonly table: TableDefinition;
  readonly item: ExpandItem;
  readonly isPaged: boolean;
}

function lookupPart(bound: Bound, { column, targets }: Extract<NavigationEnd, { kind: 'single' }>): Expansion {
  const { scope, item } = bound;
  const key = `,${JSON.stringify(item.name)}:`;
  requireOptions(item, ['$select', '$filter', '$expand']);
  const tables = targets.map(name => scope.readable(name)).filter(table => table !== undefined);
  const shapes = new Map(tables.map(table => [table.logicalName, targetShape(bound, { table, tables })]));
  const found = ({ row }: StoredRow): StoredRow | null => {
    const reference = referenceIn(row[column.logicalName]);
    const shape = reference === null ? undefined : shapes.get(reference.table);
    const related = shape === undefined || reference === null ? null : scope.related(reference);
    return related !== null && shape?.filter(related) === true ? related : null;
  };
  if (item.asReference) return referencePart(bound, column.logicalName);
  return {
    context: [
      contextOf(
        item,
        [...shapes.values()].flatMap(shape => shape.inner?.context ?? []),
      ),
    ],
    read: async rows => {
      await scope.prepare();
      const texts = new Map<string, (stored: StoredRow) => string>();
      for (const [name, { inner }] of shapes) {
        const ofTarget = rows.filter(({ row }) => referenceIn(row[column.logicalName])?.table === name);
        const related = inner === null ? [] : ofTarget.map(found).filter(one => one !== null);
        texts.set(name, inner === null ? () => '' : await inner.read(related));
      }
      return stored => {
        const related = found(stored);
        const name = referenceIn(stored.row[column.logicalName])?.table ?? '';
        if (related === null) return `${key}null`;
        const text = shapes.get(name)?.write(related) ?? '{}';
        return `${key}${withoutEtag(text).slice(0, -1)}${texts.get(name)?.(related) ?? ''}}`;
      };
    },
  };
}

/** `primarycontactid/$ref`: the address of the row. */
function referencePart({ scope, item }: Bound, column: string): Expansion {
  const { apiUrl, database } = scope.environment;
  return {
    context: [item.name, `${item.name}/$ref()`],
    read: async () => stored => {
      const reference = referenceIn(stored.row[column]);
      const set = reference === null ? undefined : database.table(reference.table)?.entitySetName;
      const key = `,${JSON.stringify(item.name)}:`;
      if (reference === null || set === undefined) return `${key}null`;
      return `${key}{"@odata.id":${JSON.stringify(`${apiUrl}/${set}(${reference.id})`)}}`;
    },
  };
}

interface Shape {
  readonly write: (stored: StoredRow) => string;
  readonly filter: RowTest;
  readonly inner: Expansion | null;
}

/** Of a lookup to several tables each shows what it has; a name that none of them has is refused. */
function targetShape(
  bound: Bound,
  { table, tables }: { readonly table: TableDefinition; readonly tables: readonly TableDefinition[] },
): Shape {
  const select = selected(bound.item.options);
  const has = (one: TableDefinition, name: string): boolean =>
    wireColumns(one).some(({ property }) => property === name);
  const unknown = select?.find(name => !tables.some(one => has(one, name)));
  if (unknown !== undefined) throw unknownProperty(unknown, table.logicalName);
  return shapeOf(bound, table, select?.filter(name => has(table, name)) ?? null);
}

function shapeOf({ scope, item, isPaged }: Bound, table: TableDefinition, select: readonly string[] | null): Shape {
  const { values } = item.options;
  const text = values.get('$filter');
  const within = expanded(values.get('$expand'));
  return {
    write: rowWriter(scope.environment.database, {
      table,
      select,
      ieee754: scope.call.ieee754,
      wants: scope.call.preferences.wants,
      hidesSecured: scope.hidesSecured,
    }),
    filter: text === undefined ? () => true : rowFilter({ scope, table, text }),
    inner: within.length === 0 ? null : bindItems(scope, table, { items: within, isPaged, isNested: true }),
  };
}

type CollectionEnd = Exclude<NavigationEnd, { kind: 'single' }>;

function collectionPart(bound: Bound, end: CollectionEnd): Expansion {
  const { scope, item, isPaged } = bound;
  if (item.asReference) throw badQuery('Expand with $ref is only supported on lookup type navigation property.');
  requireOptions(item, isPaged ? ['$select', '$filter', '$expand'] : ['$select', '$filter', '$orderby', '$top']);
  const table = scope.readable(end.table.logicalName) ?? end.table;
  const select = selected(item.options);
  selectedColumns(table, select);
  // The lookup that leads back comes along, as the examples of that page show.
  const back = end.kind === 'collection' && !isPaged ? [`_${end.column}_value`] : [];
  const shape = shapeOf(bound, table, select === null ? null : [...new Set([...select, ...back])]);
  const orderText = item.options.values.get('$orderby');
  const order = orderText === undefined ? null : rowOrder(scope, table, orderText);
  const limit = topOf(item.options) ?? (isPaged ? scope.call.preferences.pageSize : null) ?? pageRowsMax;
  const key = JSON.stringify(item.name);
  const nextKey = JSON.stringify(`${item.name}@odata.nextLink`);
  return {
    context: [contextOf(item, shape.inner?.context ?? [])],
    read: async rows => {
      const members = await membersOf(bound, end, { rows, filter: shape.filter, order, limit });
      const lists = new Map([...members].map(([id, list]) => [id, list.finish().rows]));
      const inner = (await shape.inner?.read([...lists.values()].flat())) ?? (() => '');
      return stored => {
        const list = lists.get(stored.id) ?? [];
        const texts = list.map(one => {
          const text = shape.write(one);
          return `${(isPaged ? withoutEtag(text) : text).slice(0, -1)}${inner(one)}}`;
        });
        const link = collectionLink(bound, { id: stored.id, target: table, last: isPaged ? list.at(-1) : undefined });
        return `,${key}:[${texts.join(',')}],${nextKey}:${JSON.stringify(link)}`;
      };
    },
  };
}

/** One walk over the other table, or over the links, serves all rows of a page. */
async function membersOf(
  { scope, table }: Bound,
  end: CollectionEnd,
  {
    rows,
    filter,
    order,
    limit,
  }: {
    readonly rows: readonly StoredRow[];
    readonly filter: RowTest;
    readonly order: RowOrder | null;
    readonly limit: number;
  },
): Promise<ReadonlyMap<string, FirstRows>> {
  const { database } = scope.environment;
  const lists = new Map(rows.map(({ id }) => [id, new FirstRows({ limit, order })]));
  if (end.kind === 'collection') {
    const source = tableSource(database, end.table);
    for await (const slice of visible({ scope, source, filter }, null)) {
      for (const stored of slice) {
        const reference = referenceIn(stored.row[end.column]);
        if (reference?.table === table.logicalName) lists.get(reference.id)?.add(stored);
      }
    }
    return lists;
  }
  await scope.prepare();
  const linked = await linkedIds(scope, end, new Set(lists.keys()));
  for (const [id, ids] of linked) {
    for (const slice of namedSource(database, end.table, ids).slices(null)) {
      for (const one of slice) if (scope.mayRead(end.table, one) && filter(one)) lists.get(id)?.add(one);
    }
    await othersTurn();
  }
  return lists;
}

/** The same rows by themselves; with the place of the last one where collections have pages. */
function collectionLink(
  { scope, table, item }: Bound,
  { id, target, last }: { readonly id: string; readonly target: TableDefinition; readonly last: StoredRow | undefined },
): string {
  const options = [...item.options.values].map(
    ([name, value]) => `${name}=${encodeURI(value).replace(/[&#+]/g, encodeURIComponent)}`,
  );
  if (last !== undefined) {
    const attributes = { last: `{${last.id.toUpperCase()}}`, first: `{${last.id.toUpperCase()}}` };
    const cookie = encodePageCookie({ pageNumber: 2, tracking: false, element: target.primaryId, attributes });
    options.push(`$skiptoken=${cookie}`);
  }
  const address = `${scope.environment.apiUrl}/${table.entitySetName}(${id})/${item.name}`;
  return options.length === 0 ? address : `${address}?${options.join('&')}`;
}

function contextOf(item: ExpandItem, inner: readonly string[]): string {
  return `${item.name}(${[...(selected(item.options) ?? []), ...inner].join(',')})`;
}

function requireOptions({ options }: ExpandItem, allowed: readonly string[]): void {
  for (const name of options.values.keys()) {
    if (allowed.includes(name)) continue;
    if (name !== '$orderby' && name !== '$top' && name !== '$expand') {
      throw badQuery(`The query parameter ${name} is not supported in $expand`);
    }
    throw new WireError({
      status: 400,
      code: '0x80060888',
      message:
        'Only $select and $filter clause can be provided while doing $expand on many-to-one relationship or nested one-to-many relationship.',
    });
  }
}

/** Rows that a lookup brings along have no etag on the wire. */
function withoutEtag(text: string): string {
  const end = text.indexOf(',');
  return text.startsWith('{"@odata.etag"') && end > 0 ? `{${text.slice(end + 1)}` : text;
}
