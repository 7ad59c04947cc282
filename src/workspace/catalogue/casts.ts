import { arrayItems } from '../query/array-text.ts';
import { isTree, type Tree } from '../sql-tree.ts';
import type { DoorParts } from './door-parts.ts';
import { functionOid } from './fixed-tables.ts';
import { call, cast, constant, constantOf, listOf as listConstructor, oidConstant } from './nodes.ts';
import { PG_CATALOG_RELATIONS } from './pg15-relations.ts';
import { roleNames, roleOid } from './session-relations.ts';
import { noFunction, noRole, noSchema } from './sql-faults.ts';

/*
 * Casts to types that name things. A value of `regclass` and its like is an object id in a call of the macro
 * `regclass_of`: by that it is known where it is printed, and becomes its text there.
 */

const KINDS = ['regclass', 'regtype', 'regproc', 'regnamespace', 'regrole'] as const;
type Kind = (typeof KINDS)[number];

const KIND_OF: Readonly<Record<string, Kind>> = {
  ...Object.fromEntries(KINDS.map(kind => [kind, kind])),
  regprocedure: 'regproc',
};

/** Types whose values are texts here. */
const TEXTS = new Set(
  'name char bpchar text varchar sql_identifier character_data yes_or_no inet cidr macaddr aclitem pg_node_tree refcursor xml unknown cstring pg_lsn tsvector tsquery regconfig regdictionary regoper regoperator regcollation'.split(
    ' ',
  ),
);
const NUMBERS: Readonly<Record<string, string>> = {
  oid: 'UINTEGER',
  xid: 'UINTEGER',
  cid: 'UINTEGER',
  cardinal_number: 'INTEGER',
  int2: 'SMALLINT',
  int4: 'INTEGER',
  int8: 'BIGINT',
  float4: 'FLOAT',
  float8: 'DOUBLE',
  bool: 'BOOLEAN',
  time_stamp: 'TIMESTAMP WITH TIME ZONE',
};
/** Columns of the catalogue that hold functions: they are printed by name. */
const FUNCTION_COLUMNS = new Set([...PG_CATALOG_RELATIONS.matchAll(/(\w+):regproc\b/g)].map(match => match[1]));

/** The expression in a cast's place; null for what is not of PostgreSQL's catalogue. */
export function rewriteCast(node: Tree, parts: DoorParts): Tree | null {
  const child = node.child;
  const type = node.cast_type;
  if (!isTree(child) || !isTree(type)) return null;
  if (type.id === 'VARCHAR') return namedThing(child) === null ? null : printed(child, parts);
  const name = unboundName(type);
  if (name === null) return listCast(node, child, type);
  const kind = KIND_OF[name];
  if (kind !== undefined) return call(`${kind}_of`, [idOf(kind, child, parts)], parts.lakePlace);
  if (name === 'int2vector' || name === 'oidvector') return vectorOf(child, name);
  const resolved = plainType(name);
  return resolved === null ? null : { ...node, cast_type: resolved };
}

/** `'{a,b}'::name[]`: a list of a type that the engine does not know; all others are said by the caller. */
function listCast(node: Tree, child: Tree, type: Tree): Tree | null {
  const resolved = listType(type);
  if (resolved === null) return null;
  const text = constantOf(child);
  const items = typeof text === 'string' ? arrayItems(text) : null;
  const isFlat = items?.every(item => item === null || typeof item === 'string') ?? false;
  const list = isFlat
    ? listConstructor((items ?? []).map(item => constant(item === null ? null : String(item))))
    : child;
  return { ...node, child: list, cast_type: resolved };
}

/** `int2vector` is written as `1 2`. */
function vectorOf(child: Tree, name: string): Tree {
  const element = name === 'int2vector' ? 'USMALLINT' : 'UHUGEINT';
  const words = typeof constantOf(child) === 'string' ? call('string_split', [child, constant(' ')]) : child;
  return { ...cast(words, 'LIST'), cast_type: listOf({ id: element, type_info: null }) };
}

function plainType(name: string): Tree | null {
  if (name.startsWith('_')) {
    const element = plainType(name.slice(1));
    return element === null ? null : listOf(element);
  }
  if (TEXTS.has(name)) return { id: 'VARCHAR', type_info: null };
  const number = NUMBERS[name];
  return number === undefined ? null : { id: number, type_info: null };
}

function listOf(element: Tree): Tree {
  return { id: 'LIST', type_info: { type: 'LIST_TYPE_INFO', alias: '', extension_info: null, child_type: element } };
}

/** `name[]`; a list of things that have names is one of their ids. */
function listType(type: Tree): Tree | null {
  const info = type.type_info;
  if (type.id !== 'LIST' || !isTree(info) || !isTree(info.child_type)) return null;
  const name = unboundName(info.child_type);
  if (name === null) return null;
  const element = KIND_OF[name] === undefined ? plainType(name) : { id: 'UINTEGER', type_info: null };
  return element === null ? null : listOf(element);
}

function unboundName(type: Tree): string | null {
  const info = type.type_info;
  return type.id === 'UNBOUND' && isTree(info) && typeof info.name === 'string' ? info.name.toLowerCase() : null;
}

/** What is cast to `kind`, as an object id: a text is looked up, anything else is an id already. */
function idOf(kind: Kind, child: Tree, parts: DoorParts): Tree {
  const inner = namedThing(child);
  if (inner !== null) return inner.id;
  const text = constantOf(child);
  if (typeof text === 'string') return oidConstant(constantId(kind, text, parts));
  return isTextual(child) && kind !== 'regrole'
    ? call(`to_${kind}`, [child], kind === 'regproc' ? parts.fixedPlace : parts.lakePlace)
    : child;
}

function constantId(kind: Kind, text: string, { lookup, facts }: DoorParts): number {
  switch (kind) {
    case 'regclass':
      return lookup.relation(text);
    case 'regtype':
      return lookup.type(text);
    case 'regproc': {
      const plain = text.replace(/^pg_catalog\./, '').replace(/\(.*\)$/, '');
      const oid = /^\d+$/.test(text) ? Number(text) : functionOid(plain);
      if (oid === 0 && text !== '-') throw noFunction(text, 0);
      return oid;
    }
    case 'regnamespace': {
      const oid = /^\d+$/.test(text) ? Number(text) : SCHEMA_IDS[text.replaceAll('"', '')];
      if (oid === undefined) throw noSchema(text);
      return oid;
    }
    case 'regrole': {
      if (/^\d+$/.test(text)) return Number(text);
      const name = text.replaceAll('"', '');
      if (!roleNames(facts).includes(name)) throw noRole(name);
      return roleOid(name);
    }
  }
}

const SCHEMA_IDS: Readonly<Record<string, number>> = {
  pg_catalog: 11,
  information_schema: 13207,
  public: 2200,
  dbo: 16384,
  lakelink: 16385,
};

/** Whether an expression gives a text, as far as its form says. */
export function isTextual(node: Tree): boolean {
  if (node.class === 'CAST') return isTree(node.cast_type) && node.cast_type.id === 'VARCHAR';
  if (node.class === 'FUNCTION')
    return /^(\|\||concat|concat_ws|quote_ident|format|lower|replace|regclass_text)$/.test(String(node.function_name));
  if (node.class === 'PARAMETER') return true;
  if (node.class !== 'COLUMN_REF' || !Array.isArray(node.column_names)) return typeof constantOf(node) === 'string';
  return /name$/.test(String(node.column_names.at(-1)));
}

/** A value that a cast here made of an object id. */
export function namedThing(node: Tree): { readonly kind: Kind; readonly id: Tree } | null {
  if (node.class !== 'FUNCTION' || !Array.isArray(node.children)) return null;
  const kind = KINDS.find(each => node.function_name === `${each}_of`);
  const [id] = node.children;
  return kind === undefined || !isTree(id) ? null : { kind, id };
}

/** How a value prints that is an object id in PostgreSQL's eyes but has a name; the value itself for all others. */
export function printed(node: Tree, parts: DoorParts): Tree {
  if (
    node.class === 'COLUMN_REF' &&
    Array.isArray(node.column_names) &&
    FUNCTION_COLUMNS.has(String(node.column_names.at(-1)))
  ) {
    return call('regproc_text', [node], parts.fixedPlace);
  }
  const thing = namedThing(node);
  if (thing === null) return node;
  if (thing.kind === 'regrole') return parts.userName(thing.id);
  return call(`${thing.kind}_text`, [thing.id], thing.kind === 'regproc' ? parts.fixedPlace : parts.lakePlace);
}
