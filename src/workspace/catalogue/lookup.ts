import { TYPE_FACTS } from './facts.ts';
import type { NamedRelation } from './lake-tables.ts';
import { nameParts } from './names.ts';
import { invalidName, noRelation, noType } from './sql-faults.ts';
import { VISIBLE_SCHEMAS } from './visibility.ts';

/** Object ids by names, for constants such as `'dbo.account'::regclass`. */
export class Lookup {
  readonly #relations: ReadonlyMap<string, number>;
  readonly #types: ReadonlyMap<string, number>;

  constructor(relations: readonly NamedRelation[]) {
    this.#relations = new Map(relations.map(({ schema, name, oid }) => [key(schema, name), oid]));
    // Later ones win: a type's own name before the way it is printed.
    this.#types = new Map([
      ...TYPE_ALIASES,
      ...TYPE_FACTS.map(({ format, oid }): [string, number] => [format, oid]),
      ...TYPE_FACTS.map(({ name, oid }): [string, number] => [name, oid]),
    ]);
  }

  /** As PostgreSQL reads it: an object id, `-`, or a name; 42P01 where there is none. */
  relation(text: string): number {
    const found = this.relationOrNull(text);
    if (found === null) throw noRelation(text);
    return found;
  }

  relationOrNull(text: string): number | null {
    if (text === '-') return 0;
    if (/^\d+$/.test(text)) return Number(text);
    const parts = nameParts(text);
    if (parts === null || parts.length > 3) throw invalidName(text);
    const name = parts.at(-1) ?? '';
    const schema = parts.at(-2);
    const schemas = schema === undefined ? VISIBLE_SCHEMAS : [schema];
    for (const each of schemas) {
      const oid = this.#relations.get(key(each, name));
      if (oid !== undefined) return oid;
    }
    return null;
  }

  type(text: string): number {
    const found = this.typeOrNull(text);
    if (found === null) throw noType(text);
    return found;
  }

  typeOrNull(text: string): number | null {
    if (text === '-') return 0;
    if (/^\d+$/.test(text)) return Number(text);
    const plain = text
      .trim()
      .toLowerCase()
      .replace(/^pg_catalog\./, '')
      .replaceAll('"', '')
      .replace(/\(.*\)/, '');
    const list = /^(.*?)(\s*\[\d*\])+$/.exec(plain);
    if (list?.[1] === undefined) return this.#types.get(plain) ?? null;
    const element = this.#types.get(list[1]);
    return TYPE_FACTS.find(({ oid }) => oid === element)?.arrayOid ?? null;
  }
}

/** Spellings that format_type never prints. */
const TYPE_ALIASES: readonly [string, number][] = [
  ['int', 23],
  ['decimal', 1700],
  ['float', 701],
  ['varchar', 1043],
  ['char', 1042],
  ['timestamp', 1114],
  ['time', 1083],
];

function key(schema: string, name: string): string {
  return `${schema}\0${name}`;
}
