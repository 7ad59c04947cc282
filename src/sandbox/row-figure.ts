import type { AggregateItem } from './apply-parse.ts';
import type { Cell, StoredRow } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { badQuery } from './errors.ts';
import { type ExactNumber, exactText, quotient, sumExact, zero } from './exact-number.ts';
import { type BoundPath, bindPath } from './row-path.ts';
import type { RowScope } from './row-scope.ts';
import { compareValues, folded, kindOf, type Value, type ValueKind } from './row-value.ts';
import { valueEncoder } from './value-json.ts';

/** One figure of one group, as it grows. */
export interface Figure {
  add(stored: StoredRow): void;
  /** JSON of the figure, and the cell that its label is made of; null when no row had a value. */
  result(): { readonly json: string; readonly cell: Cell };
}

export interface FigureKind {
  readonly alias: string;
  /** Whose label the figure has; null for counts. */
  readonly column: ColumnDefinition | null;
  readonly begin: () => Figure;
}

/** Digits after the point of sums and averages of money and decimals, as the page "Aggregate data" shows them. */
const figureDigits = 9;
const choices = new Set(['PicklistType', 'StateType', 'StatusType']);

/** Prepares a figure. Empty cells count only for `$count`. @throws WireError 400 for a method that does not suit */
export function figureKind(scope: RowScope, table: TableDefinition, item: AggregateItem): FigureKind {
  const { alias, method, steps } = item;
  if (method === 'count') return { alias, column: null, begin: () => new Count() };
  const bound = bindPath(scope, table, steps);
  const { column } = bound;
  const kind = kindOf(bound.type);
  if (column === null || kind === 'other') throw unsuited(item);
  if (method === 'countdistinct') return { alias, column: null, begin: () => new DistinctCount(bound, kind) };
  const isNumber = kind === 'exact' || kind === 'double';
  const suits = method === 'min' || method === 'max' ? isNumber || kind === 'moment' : isNumber;
  if (!suits || choices.has(column.type)) throw unsuited(item);
  if (method === 'min' || method === 'max') {
    const encode = valueEncoder(column, { ieee754: scope.call.ieee754 });
    return {
      alias,
      column,
      begin: () => new Extreme({ bound, column, kind, sign: method === 'min' ? -1 : 1, encode }),
    };
  }
  const shape: SumShape = { bound, column, isAverage: method === 'average', ieee754: scope.call.ieee754 };
  return { alias, column, begin: () => (kind === 'double' ? new DoubleSum(shape) : new ExactSum(shape)) };
}

function unsuited({ steps, method }: AggregateItem): Error {
  return badQuery(`The aggregation method '${method}' does not suit the property '${steps.join('/')}'.`);
}

class Count implements Figure {
  #rows = 0;
  add(): void {
    this.#rows += 1;
  }
  result() {
    return { json: String(this.#rows), cell: this.#rows };
  }
}

class DistinctCount implements Figure {
  readonly #bound: BoundPath;
  readonly #kind: ValueKind;
  readonly #seen = new Set<string>();
  constructor(bound: BoundPath, kind: ValueKind) {
    this.#bound = bound;
    this.#kind = kind;
  }
  add(stored: StoredRow): void {
    const value = this.#bound.read(stored);
    if (value !== null) this.#seen.add(valueKey(this.#kind, value));
  }
  result() {
    return { json: String(this.#seen.size), cell: this.#seen.size };
  }
}

/** Equal values have equal keys. */
export function valueKey(kind: ValueKind, value: Value): string {
  if (kind === 'text') return folded(String(value));
  return typeof value === 'object'
    ? exactText(value, 0)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
    : String(value);
}

interface ExtremeShape {
  readonly bound: BoundPath;
  readonly column: ColumnDefinition;
  readonly kind: ValueKind;
  readonly sign: 1 | -1;
  readonly encode: (cell: Cell) => string;
}

class Extreme implements Figure {
  readonly #shape: ExtremeShape;
  #best: Value | null = null;
  #cell: Cell = null;
  constructor(shape: ExtremeShape) {
    this.#shape = shape;
  }
  add(stored: StoredRow): void {
    const { bound, column, kind, sign } = this.#shape;
    const value = bound.read(stored);
    if (value === null) return;
    if (this.#best !== null && compareValues(kind, value, this.#best) * sign <= 0) return;
    this.#best = value;
    this.#cell = bound.holder(stored)?.row[column.logicalName] ?? null;
  }
  result() {
    return { json: this.#cell === null ? 'null' : this.#shape.encode(this.#cell), cell: this.#cell };
  }
}

interface SumShape {
  readonly bound: BoundPath;
  readonly column: ColumnDefinition;
  readonly isAverage: boolean;
  readonly ieee754: boolean;
}

class DoubleSum implements Figure {
  readonly #shape: SumShape;
  #sum = 0;
  #values = 0;
  constructor(shape: SumShape) {
    this.#shape = shape;
  }
  add(stored: StoredRow): void {
    const value = this.#shape.bound.read(stored);
    if (value === null) return;
    this.#sum += Number(value);
    this.#values += 1;
  }
  result() {
    if (this.#values === 0) return { json: 'null', cell: null };
    const figure = this.#shape.isAverage ? this.#sum / this.#values : this.#sum;
    return { json: String(figure), cell: figure };
  }
}

/** The average of whole numbers is a whole number, cut as the database below cuts it. */
class ExactSum implements Figure {
  readonly #shape: SumShape;
  #sum: ExactNumber = zero;
  #values = 0;
  constructor(shape: SumShape) {
    this.#shape = shape;
  }
  add(stored: StoredRow): void {
    const value = this.#shape.bound.read(stored);
    if (value === null || typeof value !== 'object') return;
    this.#sum = sumExact(this.#sum, value);
    this.#values += 1;
  }
  result() {
    if (this.#values === 0) return { json: 'null', cell: null };
    const { column, isAverage, ieee754 } = this.#shape;
    const digits = column.type === 'IntegerType' || column.type === 'BigIntType' ? 0 : figureDigits;
    const figure = isAverage ? quotient(this.#sum, BigInt(this.#values), digits) : this.#sum;
    const text = exactText(figure, digits);
    return { json: ieee754 && column.type !== 'IntegerType' ? `"${text}"` : text, cell: text };
  }
}
