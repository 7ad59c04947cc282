import { ident, literal } from '../../batch/sql.ts';
import { type LakeColumn, lakeColumns, type Option, type TableShape } from '../../core/shape.ts';

/** A column of `<table>_labels`: one of the table, or what stands beside one. */
export type LabelColumn =
  | { readonly is: 'own'; readonly name: string; readonly of: LakeColumn }
  /** The text of a choice, state, status or boolean, or those of a multi-select choice. */
  | { readonly is: 'label'; readonly name: string; readonly of: LakeColumn }
  /** The name of the row that a lookup points to; `typed`: the column with the table it is of. */
  | { readonly is: 'name'; readonly name: string; readonly of: LakeColumn; readonly typed: LakeColumn | null };

const LABELLED = new Set(['choice', 'multichoice', 'state', 'status', 'boolean']);
const LOOKUPS = new Set(['lookup', 'owner', 'customer']);

/**
 * The columns of `<table>_labels`: those of the table in their order, each choice followed by `<column>_label` and each
 * lookup by `<column>_name`. Where a column of the table has that name, the text has `<column>_label_1`.
 */
export function labelColumns(shape: TableShape): LabelColumn[] {
  const own = lakeColumns(shape);
  const taken = new Set(own.map(({ name }) => name.toLowerCase()));
  const free = (wanted: string) => {
    let name = wanted;
    for (let n = 1; taken.has(name.toLowerCase()); n += 1) name = `${wanted}_${n}`;
    taken.add(name.toLowerCase());
    return name;
  };
  return own.flatMap((of): LabelColumn[] => {
    const column: LabelColumn = { is: 'own', name: of.name, of };
    const kind = of.role === 'value' ? (of.source?.kind ?? '') : '';
    if (LABELLED.has(kind)) return [column, { is: 'label', name: free(`${of.name}_label`), of }];
    if (!LOOKUPS.has(kind)) return [column];
    const typed = own.find(({ role, source }) => role === 'target-type' && source === of.source) ?? null;
    return [column, { is: 'name', name: free(`${of.name}_name`), of, typed }];
  });
}

/**
 * SQL of a choice's text. `language`: LCID; a choice without a text in it, and every choice where it is null, has its
 * first one. A value that is no choice any more has none; among those of a multi-select choice it stands as the number it is.
 */
export function labelSql(raw: string, { source }: LakeColumn, language: number | null): string {
  const options = source?.optionSet?.options ?? [];
  const texts = new Map<number, string>();
  for (const option of options) {
    const text = textOf(option, language);
    if (text !== null && !texts.has(option.value)) texts.set(option.value, text);
  }
  if (source?.kind === 'boolean') return choiceSql(`${raw}::INTEGER`, texts);
  if (source?.kind !== 'multichoice') return choiceSql(raw, texts);
  const one = `coalesce(${choiceSql('TRY_CAST(__one AS BIGINT)', texts)}, __one)`;
  return `array_to_string(list_transform(string_split(${raw}, ';'), lambda __one: ${one}), ';')`;
}

function textOf({ labels }: Option, language: number | null): string | null {
  return (labels.find(({ languageCode }) => languageCode === language) ?? labels[0])?.text ?? null;
}

/** Choices with more holes than this between them do not share a list. */
const HOLE_MAX = 16;

/**
 * Values mostly follow one another, so their texts are lists that are looked into by place: as cheap for a hundred
 * countries as for two states. No join, which the engine would run even where nobody asks for the text.
 */
function choiceSql(value: string, texts: ReadonlyMap<number, string>): string {
  const values = [...texts.keys()].sort((a, b) => a - b);
  const runs: { first: number; last: number; texts: (string | undefined)[] }[] = [];
  for (const at of values) {
    const run = runs.at(-1);
    if (run === undefined || at - run.last > HOLE_MAX) runs.push({ first: at, last: at, texts: [texts.get(at)] });
    else {
      run.texts.push(...Array.from({ length: at - run.last - 1 }, () => undefined), texts.get(at));
      run.last = at;
    }
  }
  if (runs.length === 0) return 'NULL::VARCHAR';
  const cases = runs.map(run => {
    const list = run.texts.map(text => (text === undefined ? 'NULL' : literal(text))).join(', ');
    return `WHEN ${value} BETWEEN ${run.first} AND ${run.last} THEN ([${list}]::VARCHAR[])[${value} - (${run.first}) + 1]`;
  });
  return `CASE ${cases.join(' ')} END`;
}

/** The rows of a table that a lookup may point to: SQL with the columns `Id` and `name`, each id once. */
export interface NamedRows {
  readonly table: string;
  readonly sql: string;
}

/** SQL of a join that gives `<alias>.name` beside rows of `base`; at most one row for each of them. Null: none can. */
export function nameJoinSql({
  alias,
  lookup,
  typed,
  targets,
  isOnlyTarget,
}: {
  readonly alias: string;
  readonly lookup: LakeColumn;
  readonly typed: LakeColumn | null;
  readonly targets: readonly NamedRows[];
  /** The lookup points to one table and no other. */
  readonly isOnlyTarget: boolean;
}): string | null {
  if (targets.length === 0) return null;
  const isIt = `${alias}."Id" = base.${ident(lookup.name)}`;
  const [only] = targets;
  if (only !== undefined && isOnlyTarget) return `LEFT JOIN (${only.sql}) ${alias} ON ${isIt}`;
  // An id is unique in its table only.
  if (typed === null) return null;
  const rows = targets.map(({ table, sql }) => `SELECT ${literal(table)} AS of, "Id", name FROM (${sql})`);
  return `LEFT JOIN (${rows.join(' UNION ALL ')}) ${alias} ON ${isIt} AND ${alias}.of = base.${ident(typed.name)}`;
}
