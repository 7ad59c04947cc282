import type { PackageData } from './package-data.ts';

/** How the rows of a package use one column: what a schema does not say and a column needs. */
export interface ColumnUse {
  /** Length of the longest text. */
  readonly longest: number;
  /** Most digits after the point. */
  readonly digits: number;
  /** Tables that lookups point to. */
  readonly targets: ReadonlySet<string>;
  /** Choice values, each with the state it was seen with (for a status). */
  readonly values: ReadonlyMap<number, number | null>;
}

interface Draft {
  longest: number;
  digits: number;
  readonly targets: Set<string>;
  readonly values: Map<number, number | null>;
}

const UNUSED: ColumnUse = { longest: 0, digits: 0, targets: new Set(), values: new Map() };
/** More different numbers than this are no choices. */
const VALUES_MAX = 5000;

export class PackageUse {
  readonly #columns = new Map<string, Draft>();

  constructor(data: PackageData) {
    for (const record of data.records) {
      const state = record.fields.find(field => field.name === 'statecode')?.value;
      for (const field of record.fields) {
        this.#count(`${record.table}.${field.name}`, field, /^-?\d{1,9}$/.test(state ?? '') ? Number(state) : null);
      }
    }
  }

  column(table: string, column: string): ColumnUse {
    return this.#columns.get(`${table}.${column}`) ?? UNUSED;
  }

  #count(key: string, field: { readonly value: string; readonly lookup: string }, state: number | null): void {
    let draft = this.#columns.get(key);
    if (draft === undefined) {
      draft = { longest: 0, digits: 0, targets: new Set(), values: new Map() };
      this.#columns.set(key, draft);
    }
    const text = field.value;
    draft.longest = Math.max(draft.longest, text.length);
    if (field.lookup !== '') draft.targets.add(field.lookup);
    if (text.length > 400 || draft.values.size > VALUES_MAX) return;
    draft.digits = Math.max(draft.digits, /^-?\d+\.(\d+)$/.exec(text)?.[1]?.length ?? 0);
    if (!/^\[?-?\d{1,10}([,;]-?\d{1,10})*\]?$/.test(text)) return;
    for (const value of text.replace(/^\[-1,|,-1\]$/g, '').split(/[,;]/)) {
      const number = Number(value);
      if (Number.isInteger(number)) draft.values.set(number, state);
    }
  }
}
