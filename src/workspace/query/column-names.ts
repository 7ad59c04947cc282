import { isTree, list, type Tree } from '../sql-tree.ts';

/*
 * What PostgreSQL calls a column that has no name of its own (its parser's FigureColname): a column's or function's name, a
 * cast's type, `case`, `coalesce`, ..., else `?column?`.
 */

export const UNNAMED = '?column?';

/** PostgreSQL's names of types that the engine calls otherwise. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  TINYINT: 'int2',
  SMALLINT: 'int2',
  INTEGER: 'int4',
  BIGINT: 'int8',
  FLOAT: 'float4',
  DOUBLE: 'float8',
  DECIMAL: 'numeric',
  VARCHAR: 'text',
  BLOB: 'bytea',
  'TIME WITH TIME ZONE': 'timetz',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
};

const FUNCTION_NAMES: Readonly<Record<string, string>> = {
  count_star: 'count',
  list_value: 'array',
  struct_pack: 'row',
};

/** The name for an item of a select list that has no alias; null: leave it to the engine (a column, `*`, `COLUMNS`, `unnest`). */
export function columnName(item: Tree): string | null {
  // The engine calls a column by its name itself; said as an alias, an unknown column would be one that names itself.
  if (item.class === 'COLUMN_REF') return null;
  if (item.class === 'STAR' || item.class === 'POSITIONAL_REFERENCE' || item.class === 'LAMBDA') return null;
  if (item.class === 'FUNCTION' && item.function_name === 'unnest') return null;
  // COLUMNS(...) within an expression makes a column of each.
  if (item.class !== 'SUBQUERY' && holdsStar(item)) return null;
  return figure(item)?.name ?? UNNAMED;
}

interface Figured {
  readonly name: string;
  /** A type's name gives way to a column's or function's. */
  readonly isWeak: boolean;
}

function figure(item: Tree): Figured | null {
  switch (item.class) {
    case 'COLUMN_REF': {
      const names = list(item.column_names);
      return strong(String(names[names.length - 1]));
    }
    case 'FUNCTION':
    case 'WINDOW':
      return item.is_operator === true ? null : strong(functionName(item));
    case 'CAST':
      return figureCast(item);
    case 'COLLATE':
      return isTree(item.child) ? figure(item.child) : null;
    case 'CASE': {
      const other = isTree(item.else_expr) ? figure(item.else_expr) : null;
      return other !== null && !other.isWeak ? other : { name: 'case', isWeak: true };
    }
    case 'SUBQUERY':
      return figureSubquery(item);
    case 'OPERATOR':
      return figureOperator(item);
    default:
      return null;
  }
}

function strong(name: string): Figured {
  return { name, isWeak: false };
}

function functionName(item: Tree): string {
  const name = String(item.function_name).toLowerCase();
  return FUNCTION_NAMES[name] ?? name;
}

function figureCast({ child, cast_type: type }: Tree): Figured {
  const inner = isTree(child) ? figure(child) : null;
  if (inner !== null && !inner.isWeak) return inner;
  return { name: isTree(type) ? typeName(type) : UNNAMED, isWeak: true };
}

function typeName({ id, type_info: info }: Tree): string {
  if (isTree(info) && isTree(info.child_type)) return typeName(info.child_type);
  if (isTree(info) && typeof info.name === 'string' && info.name !== '') return info.name.toLowerCase();
  return TYPE_NAMES[String(id)] ?? String(id).toLowerCase();
}

function figureSubquery({ subquery_type: kind, subquery }: Tree): Figured | null {
  if (kind === 'EXISTS') return strong('exists');
  if (kind !== 'SCALAR' || !isTree(subquery) || !isTree(subquery.node)) return null;
  const [first] = Array.isArray(subquery.node.select_list) ? subquery.node.select_list : [];
  if (!isTree(first)) return null;
  return typeof first.alias === 'string' && first.alias !== '' ? strong(first.alias) : figure(first);
}

function figureOperator({ type, children }: Tree): Figured | null {
  const [first] = Array.isArray(children) ? children : [];
  switch (type) {
    case 'OPERATOR_COALESCE':
      return strong('coalesce');
    case 'ARRAY_CONSTRUCTOR':
      return strong('array');
    case 'ARRAY_EXTRACT':
    case 'ARRAY_SLICE':
      return isTree(first) ? figure(first) : null;
    case 'STRUCT_EXTRACT': {
      const [, field] = Array.isArray(children) ? children : [];
      return isTree(field) && isTree(field.value) ? strong(String(field.value.value)) : null;
    }
    default:
      return null;
  }
}

function holdsStar(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsStar);
  if (!isTree(value)) return false;
  if (value.class === 'STAR') return true;
  return value.type !== 'SELECT_NODE' && Object.values(value).some(holdsStar);
}
