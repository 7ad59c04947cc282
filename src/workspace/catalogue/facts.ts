import { INFORMATION_SCHEMA_RELATIONS } from './pg15-information-schema.ts';
import { PG_CATALOG_RELATIONS } from './pg15-relations.ts';
import { PG_TYPES } from './pg15-types.ts';

/** Where a type's name as it is printed stands in its line. */
const FORMAT_WORD = 25;

export type CatalogueSchema = 'pg_catalog' | 'information_schema';

export interface ColumnFact {
  readonly name: string;
  /** pg_type.typname. */
  readonly type: string;
  readonly notNull: boolean;
}

/** A relation of the catalogue as PostgreSQL 15 has it. */
export interface RelationFact {
  readonly schema: CatalogueSchema;
  readonly name: string;
  readonly oid: number;
  readonly kind: 'r' | 'v';
  readonly columns: readonly ColumnFact[];
}

export const RELATION_FACTS: readonly RelationFact[] = [
  ...lines(PG_CATALOG_RELATIONS).map(line => relationFact('pg_catalog', line)),
  ...lines(INFORMATION_SCHEMA_RELATIONS).map(line => relationFact('information_schema', line)),
];

/** One row of pg_type by its columns' names; `format` is its name as format_type prints it. */
export interface TypeFact {
  readonly oid: number;
  readonly name: string;
  readonly schema: string;
  readonly format: string;
  readonly arrayOid: number;
  readonly elementOid: number;
  /** All 26 words of the line. */
  readonly words: readonly string[];
}

export const TYPE_FACTS: readonly TypeFact[] = lines(PG_TYPES).map(typeFact);

const typesByName = new Map(TYPE_FACTS.map(type => [type.name, type]));

/** The type of this name; every type that a fact names is there. */
export function typeNamed(name: string): TypeFact {
  const found = typesByName.get(name);
  if (found === undefined) throw new Error(`no type ${name} among the facts`);
  return found;
}

/** Lines of a text of facts, as lists of words. */
export function lines(text: string): readonly string[] {
  return text.trim().split('\n');
}

/** Records of a text of facts in which `;` ends one. */
export function records(text: string): readonly (readonly string[])[] {
  return text
    .trim()
    .split(/;\s*/)
    .map(record => record.split(' '));
}

function relationFact(schema: CatalogueSchema, line: string): RelationFact {
  const [name = '', oid = '', kind = '', ...columns] = line.split(' ');
  return { schema, name, oid: Number(oid), kind: kind === 'v' ? 'v' : 'r', columns: columns.map(columnFact) };
}

function columnFact(text: string): ColumnFact {
  const [name = '', type = ''] = text.split(':');
  return { name, type: type.replace('!', ''), notNull: type.endsWith('!') };
}

function typeFact(line: string): TypeFact {
  const all = line.split(' ');
  // The last word may hold spaces: `timestamp with time zone`.
  const words = [...all.slice(0, FORMAT_WORD), all.slice(FORMAT_WORD).join(' ')];
  return {
    oid: Number(words[0]),
    name: words[1] ?? '',
    elementOid: Number(words[9]),
    arrayOid: Number(words[10]),
    schema: words[24] ?? '',
    format: words[FORMAT_WORD] ?? '',
    words,
  };
}
