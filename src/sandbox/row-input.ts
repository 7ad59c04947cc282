import { isLosslessNumber, parse } from 'lossless-json';
import { cellOf } from './cell-input.ts';
import type { Cell, Reference, SandboxDatabase } from './database.ts';
import type { RelationshipDefinition, TableDefinition } from './definition.ts';
import { badPayload, unknownSegment, type WireError } from './errors.ts';
import { addressOf } from './row-address.ts';
import { type Navigation, navigations, wireColumns } from './wire-columns.ts';

export type BodyObject = Readonly<Record<string, unknown>>;

/** What the body of a create or update asks for. */
export interface RowInput {
  readonly cells: Record<string, Cell>;
  /** Rows to be made first, for a lookup of this one: `{"primarycontactid": {"lastname": "Doe"}}`. */
  readonly parents: readonly { readonly column: string; readonly table: string; readonly body: BodyObject }[];
  /** Rows to be made or linked once this one is there: `{"Account_Tasks": [{"subject": "Call"}]}`. */
  readonly children: readonly {
    readonly relationship: RelationshipDefinition;
    readonly navigation: string;
    readonly made: readonly BodyObject[];
    readonly linked: readonly Reference[];
  }[];
}

interface Reading {
  readonly database: SandboxDatabase;
  readonly table: TableDefinition;
  readonly purpose: 'create' | 'update';
}

/** System columns in a body are ignored, as the platform does. @throws WireError 400 */
export function rowInputOf({ given, ...reading }: Reading & { readonly given: BodyObject }): RowInput {
  const { database, table, purpose } = reading;
  const set = table.entitySetName;
  const properties = new Map(wireColumns(table).map(one => [one.property, one.column]));
  const links = navigations(table, database.relationships());
  const cells: Record<string, Cell> = {};
  const parents: RowInput['parents'][number][] = [];
  const children: RowInput['children'][number][] = [];
  for (const [key, value] of Object.entries(given)) {
    const bind = /^(\w+)@odata\.bind$/.exec(key)?.[1];
    const link = links.get(bind ?? key);
    if (link !== undefined && (bind !== undefined || value === null)) {
      cells[link.column.logicalName] =
        value === null ? null : referenceOf({ database, set, value, targets: link.targets });
    } else if (link !== undefined && isObject(value)) {
      parents.push(parentOf(reading, { key, link, body: value }));
    } else if (Array.isArray(value)) {
      children.push(childrenOf(reading, { name: bind ?? key, values: value, bound: bind !== undefined }));
    } else if (bind !== undefined) {
      throw undeclared(set, bind);
    } else if (!key.includes('@')) {
      const column = properties.get(key);
      if (column === undefined || key !== column.logicalName) throw invalidProperty(table, key);
      const settable = purpose === 'create' ? column.isValidForCreate : column.isValidForUpdate;
      if (settable || column.logicalName === table.primaryId) cells[key] = cellOf({ database, table, column, value });
    }
  }
  return { cells, parents, children };
}

/** @throws WireError 400 for a text that is no JSON object. Numbers stay as they were written. */
export function parseBody(body: string, table: Pick<TableDefinition, 'entitySetName'>): BodyObject {
  try {
    const value = parse(body === '' ? '{}' : body);
    if (isObject(value)) return value;
  } catch {
    // Falls to the same refusal as a body that is no object.
  }
  throw badPayload({ set: table.entitySetName, reason: 'The body is not a JSON object.' });
}

/** The row that a link such as `/accounts(<guid>)`, `/accounts(accountnumber='A')` or a whole URL names. */
export function referenceOf({
  database,
  set,
  value,
  targets,
}: {
  readonly database: SandboxDatabase;
  readonly set: string;
  readonly value: unknown;
  readonly targets: readonly string[] | null;
}): Reference {
  const text = typeof value === 'string' ? unescaped(value) : '';
  const match = /(?:^|\/)(\w+)\(((?:[^()']|'(?:[^']|'')*')*)\)$/.exec(text);
  if (match === null) throw badPayload({ set, reason: `The link '${String(value)}' does not name a row.` });
  const target = database.tableBySet(match[1] ?? '');
  if (target === undefined) throw unknownSegment(match[1] ?? '');
  if (targets !== null && !targets.includes(target.logicalName)) {
    throw badPayload({ set, reason: `A row of '${target.logicalName}' cannot be linked here.` });
  }
  const { stored, unknown } = addressOf({ database, table: target, key: match[2] });
  if (stored === undefined) throw unknown;
  return { table: target.logicalName, id: stored.id };
}

function parentOf(
  { database, table, purpose }: Reading,
  { key, link, body }: { readonly key: string; readonly link: Navigation; readonly body: BodyObject },
): RowInput['parents'][number] {
  const [target] = link.targets;
  if (purpose === 'update' || target === undefined || database.table(target) === undefined) {
    throw invalidProperty(table, key);
  }
  return { column: link.column.logicalName, table: target, body };
}

function childrenOf(
  { database, table, purpose }: Reading,
  { name, values, bound }: { readonly name: string; readonly values: readonly unknown[]; readonly bound: boolean },
): RowInput['children'][number] {
  const relationship = database
    .relationships()
    .find(
      one =>
        (one.table1 === table.logicalName && one.navigation1 === name) ||
        (one.kind === 'ManyToMany' && one.table2 === table.logicalName && one.navigation2 === name),
    );
  if (purpose === 'update' || relationship === undefined) throw invalidProperty(table, name);
  const target = relationship.table1 === table.logicalName ? relationship.table2 : relationship.table1;
  const set = table.entitySetName;
  const linked = bound ? values.map(value => referenceOf({ database, set, value, targets: [target] })) : [];
  if (!bound && !values.every(isObject)) throw invalidProperty(table, name);
  return { relationship, navigation: name, made: bound ? [] : values.filter(isObject), linked };
}

function isObject(value: unknown): value is BodyObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalidProperty(table: TableDefinition, name: string): WireError {
  const type = `Microsoft.Dynamics.CRM.${table.logicalName}`;
  return badPayload({
    set: table.entitySetName,
    reason: `Invalid property '${name}' was found in entity '${type}'.`,
  });
}

function undeclared(set: string, name: string): WireError {
  return badPayload({
    set,
    reason: `An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload. In OData, only declared navigation properties and declared named streams can be represented as properties without values.`,
  });
}
