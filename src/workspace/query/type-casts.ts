import { isTree, type Tree } from '../sql-tree.ts';
import { arrayItems } from './array-text.ts';
import { engineTypeOf, oidOfName } from './pg-types.ts';
import { queryFault, sqlStates } from './query-fault.ts';
import { engineTimeText } from './time-text.ts';

/** Types that the parser leaves open and that the engine has. */
const OPEN_TYPES = new Set(['json', 'enum', 'varint', 'bignum', 'variant', 'geometry']);

/**
 * A cast to a type of the engine's, said in its words: `jsonb`, `_int4` and others have names of their own there, and
 * literals of arrays and of bytes are written otherwise.
 */
export function engineCast(
  node: Tree,
  { position, isOpenNumeric }: { readonly position: number | null; readonly isOpenNumeric: boolean },
): Tree {
  const said = isOpenNumeric ? openNumeric(node.cast_type, node.child) : node.cast_type;
  const type = knownType(said, position);
  return { ...node, cast_type: type, child: literalFor(node.child, type) };
}

/** The scale of a number whose places nobody says: every column of a lake keeps all of its own (exchange rates have 12). */
const OPEN_SCALE = 12;

/**
 * `numeric` alone keeps every digit in PostgreSQL, and to the parser it is `numeric(18,3)`, which would round in silence. A
 * constant keeps its own scale.
 */
function openNumeric(type: unknown, child: unknown): unknown {
  if (!isTree(type) || !isTree(type.type_info)) return type;
  const info = type.type_info;
  if (type.id === 'LIST') return { ...type, type_info: { ...info, child_type: openNumeric(info.child_type, null) } };
  if (type.id !== 'DECIMAL' || info.width !== 18 || info.scale !== 3) return type;
  return namedType(`DECIMAL(38,${Math.min(scaleOf(child), 38)})`);
}

function scaleOf(child: unknown): number {
  if (!isTree(child) || child.class !== 'CONSTANT' || !isTree(child.value)) return OPEN_SCALE;
  const { type, value } = child.value;
  if (typeof value === 'string') return scaleOfText(value);
  if (!isTree(type)) return OPEN_SCALE;
  if (isTree(type.type_info) && typeof type.type_info.scale === 'number') return type.type_info.scale;
  return /INT/.test(String(type.id)) ? 0 : OPEN_SCALE;
}

function scaleOfText(text: string): number {
  const match = /^\s*[-+]?\d*(?:\.(\d*))?(?:e([-+]?\d{1,3}))?\s*$/i.exec(text);
  if (match === null) return OPEN_SCALE;
  const [, fraction = '', exponent = '0'] = match;
  return Math.max(0, fraction.length - Number(exponent));
}

/** Whether a text says `numeric(18,3)` itself, which its tree does not tell from `numeric`. */
export function saysThousandths(text: string): boolean {
  return /\(\s*18\s*,\s*3\s*\)/.test(text);
}

function knownType(type: unknown, position: number | null): Tree {
  if (!isTree(type)) throw queryFault(sqlStates.unknownType, 'the type is not known', { position });
  const info = type.type_info;
  if (!isTree(info)) return type;
  if (isTree(info.child_type))
    return { ...type, type_info: { ...info, child_type: knownType(info.child_type, position) } };
  if (Array.isArray(info.child_types)) {
    const members = info.child_types.map(member =>
      isTree(member) && isTree(member.second) ? { ...member, second: knownType(member.second, position) } : member,
    );
    return { ...type, type_info: { ...info, child_types: members } };
  }
  if (type.id !== 'UNBOUND') return type;
  return openType(type, info, position);
}

function openType(type: Tree, info: Tree, position: number | null): Tree {
  const name = String(info.name).toLowerCase();
  const schema = String(info.schema).toLowerCase();
  const isPlain = (schema === '' || schema === 'pg_catalog') && info.catalog === '';
  if (isPlain && OPEN_TYPES.has(name)) return type;
  const oid = isPlain ? oidOfName(name) : undefined;
  const engineType = oid === undefined ? undefined : engineTypeOf(oid);
  if (engineType === undefined || engineType.startsWith('NUMERIC')) {
    throw queryFault(sqlStates.unknownType, `type "${info.name}" does not exist`, { position });
  }
  return namedType(engineType);
}

/** An engine type as the parser's tree has it. */
export function namedType(engineType: string): Tree {
  if (engineType.endsWith('[]')) {
    const child = namedType(engineType.slice(0, -2));
    return { id: 'LIST', type_info: { type: 'LIST_TYPE_INFO', alias: '', extension_info: null, child_type: child } };
  }
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(engineType);
  if (decimal !== null) {
    const width = Number(decimal[1]);
    const scale = Number(decimal[2]);
    return { id: 'DECIMAL', type_info: { type: 'DECIMAL_TYPE_INFO', alias: '', extension_info: null, width, scale } };
  }
  if (engineType === 'JSON') {
    const open = { type: 'UNBOUND_TYPE_INFO', alias: '', extension_info: null, name: 'json', catalog: '', schema: '' };
    return { id: 'UNBOUND', type_info: { ...open, user_type_modifiers: [] } };
  }
  return { id: LONG_NAMES[engineType] ?? engineType, type_info: null };
}

/** The text of a type of the parser's tree; null for those that a parameter is not given as. */
export function typeText({ id, type_info: info }: Tree): string | null {
  if (!isTree(info)) return id === 'UNBOUND' ? null : String(id);
  if (id === 'DECIMAL') return `DECIMAL(${info.width},${info.scale})`;
  if (id === 'UNBOUND') return String(info.name).toLowerCase() === 'json' ? 'JSON' : null;
  const element = id === 'LIST' && isTree(info.child_type) ? typeText(info.child_type) : null;
  return element === null ? null : `${element}[]`;
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  TIMETZ: 'TIME WITH TIME ZONE',
};

const TIMES = /^(DATE|TIMESTAMP.*|INTERVAL)$/;

/** A literal in PostgreSQL's form (`{1,2}`, `\xdead`) in the engine's. */
function literalFor(child: unknown, type: Tree): unknown {
  if (!isTree(child) || child.class !== 'CONSTANT' || !isTree(child.value)) return child;
  const text = child.value.value;
  if (typeof text !== 'string') return child;
  if (type.id === 'BLOB' && /^\\x(?:[0-9a-f]{2})*$/i.test(text)) {
    return withText(child, text.slice(2).replace(/../g, '\\x$&'));
  }
  if (TIMES.test(String(type.id))) return withText(child, engineTimeText(text, type.id === 'INTERVAL'));
  if (type.id !== 'LIST' || !text.trimStart().startsWith('{')) return child;
  const items = arrayItems(text);
  if (items === null) throw queryFault(sqlStates.badText, 'malformed array literal');
  return { class: 'OPERATOR', type: 'ARRAY_CONSTRUCTOR', alias: '', children: items.map(item => constantText(item)) };
}

function withText(constant: Tree, text: string): Tree {
  return { ...constant, value: { ...(isTree(constant.value) ? constant.value : {}), value: text } };
}

type Items = NonNullable<ReturnType<typeof arrayItems>>;

function constantText(item: Items[number]): Tree {
  if (Array.isArray(item)) {
    return { class: 'OPERATOR', type: 'ARRAY_CONSTRUCTOR', alias: '', children: item.map(constantText) };
  }
  const isNull = item === null;
  const value = isNull
    ? { type: { id: 'NULL', type_info: null }, is_null: true }
    : { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: item };
  return { class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value };
}
