/**
 * Which columns a statement may use, by its tree (`json_serialize_sql`, clients' SQL or what it was rewritten to): every
 * name that stands anywhere in it as a column, in lower case, whichever relation it belongs to. Null: it may use all, as
 * with `*`, `COLUMNS(...)`, NATURAL joins, or a relation's name in the place of a value. Too many names do no harm, one too
 * few would, so whatever is not known to be harmless is "all".
 */
export function columnsUsed(tree: unknown): ReadonlySet<string> | null {
  const walk = new Walk();
  walk.into(tree);
  if (walk.usesAll) return null;
  // `SELECT a FROM account a` is the whole row.
  for (const name of walk.lastParts) if (walk.relations.has(name)) return null;
  return walk.columns;
}

/** Kinds of nodes that may use columns which no name in the tree tells. */
const USES_ALL = new Set(['STAR', 'PIVOT', 'SHOW_REF', 'POSITIONAL_REFERENCE']);

class Walk {
  readonly columns = new Set<string>();
  /** What stands last in a column's name: `name` of `a.name`. */
  readonly lastParts = new Set<string>();
  readonly relations = new Set<string>();
  usesAll = false;

  into(node: unknown): void {
    if (this.usesAll || node === null || typeof node !== 'object') return;
    if (Array.isArray(node)) {
      for (const one of node) this.into(one);
      return;
    }
    const fields = node as Readonly<Record<string, unknown>>;
    if (mayUseAll(fields)) {
      this.usesAll = true;
      return;
    }
    if (fields.class === 'COLUMN_REF') {
      add(this.columns, textsOf(fields.column_names));
      add(this.lastParts, textsOf(fields.column_names).slice(-1));
    }
    add(this.columns, textsOf(fields.using_columns));
    // An expression has a class, a relation has none.
    if (fields.class === undefined) add(this.relations, textsOf([fields.table_name, fields.alias]));
    for (const value of Object.values(fields)) this.into(value);
  }
}

function mayUseAll(fields: Readonly<Record<string, unknown>>): boolean {
  if (USES_ALL.has(String(fields.class)) || USES_ALL.has(String(fields.type))) return true;
  // `account AS a(x, y)` gives names by position.
  return fields.ref_type === 'NATURAL' || textsOf(fields.column_name_alias).length > 0;
}

function textsOf(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((one): one is string => typeof one === 'string' && one !== '') : [];
}

function add(names: Set<string>, given: readonly string[]): void {
  for (const name of given) names.add(name.toLowerCase());
}
