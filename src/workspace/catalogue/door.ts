import { ident } from '../../batch/sql.ts';
import type { CatalogueDoor, SessionFacts } from '../catalogue-door.ts';
import { isTree, type Tree } from '../sql-tree.ts';
import { namedThing, printed, rewriteCast } from './casts.ts';
import { classSources } from './class-relations.ts';
import type { DoorParts } from './door-parts.ts';
import { type CatalogueSchema, RELATION_FACTS } from './facts.ts';
import { FIXED } from './fixed-tables.ts';
import { rewriteFormat } from './format-call.ts';
import { relationArguments, roleLists, SESSION_ARITIES, SESSION_FUNCTIONS } from './functions.ts';
import { informationSources } from './information-relations.ts';
import type { Lookup } from './lookup.ts';
import { call, column, constant, NOWHERE, named, select, shielded, subquerySource } from './nodes.ts';
import { type Sources, selectRelation } from './relation-source.ts';
import { sessionSources } from './session-relations.ts';
import { denied, noFunction, noRelation } from './sql-faults.ts';
import { typeSources } from './type-relations.ts';
import { rewriteVector } from './vectors.ts';

/** The catalogue of one lake database in the engine. */
export interface LakeCatalogue {
  /** The engine's database. */
  readonly database: string;
  readonly lookup: Lookup;
  /** Numbers of arguments of each macro. */
  readonly lakeMacros: ReadonlyMap<string, ReadonlySet<number>>;
  readonly fixedMacros: ReadonlyMap<string, ReadonlySet<number>>;
}

/** PostgreSQL lets superusers alone read these; there is no superuser here. */
const DENIED = new Set(
  'pg_authid pg_shadow pg_statistic pg_statistic_ext_data pg_largeobject pg_hba_file_rules pg_ident_file_mappings pg_file_settings pg_config pg_backend_memory_contexts pg_shmem_allocations pg_replication_origin pg_replication_origin_status'.split(
    ' ',
  ),
);

const facts = {
  pg_catalog: new Map(RELATION_FACTS.filter(({ schema }) => schema === 'pg_catalog').map(fact => [fact.name, fact])),
  information_schema: new Map(
    RELATION_FACTS.filter(({ schema }) => schema === 'information_schema').map(fact => [fact.name, fact]),
  ),
};

/** Functions of FROM that are table macros. */
const TABLE_MACROS = new Set(['pg_get_keywords', 'pg_listening_channels']);
/** Functions that give rows, and what the columns of a row are called. */
const ROW_FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  _pg_expandarray: ['x', 'n'],
  aclexplode: ['grantor', 'grantee', 'privilege_type', 'is_grantable'],
  pg_options_to_table: ['option_name', 'option_value'],
};
/** The engine's own functions of FROM; their only column has the name of the table, as PostgreSQL does it. */
const COUNTING = new Set(['unnest', 'generate_series']);
/** Where a value that has a name is printed into a text. */
const PRINTING = new Set(['||', 'concat', 'concat_ws', 'string_agg', 'array_agg', 'quote_ident', 'lower', 'upper']);
/** What the engine has under another name. */
const RENAMED: Readonly<Record<string, string>> = {
  json_build_object: 'json_object',
  jsonb_build_object: 'json_object',
  json_build_array: 'json_array',
  jsonb_build_array: 'json_array',
  json_agg: 'json_group_array',
  jsonb_agg: 'json_group_array',
  to_jsonb: 'to_json',
};
const VALUES_OF_SESSION = new Set(
  'current_catalog current_role current_schema current_user session_user user'.split(' '),
);

export class Door implements CatalogueDoor {
  readonly #parts: DoorParts;
  readonly #catalogue: LakeCatalogue;
  #sources: Readonly<Record<CatalogueSchema, Sources>> | undefined;

  constructor({ catalogue, facts: session }: { readonly catalogue: LakeCatalogue; readonly facts: SessionFacts }) {
    this.#catalogue = catalogue;
    const fixedPlace = { catalog: FIXED, schema: 'main' };
    this.#parts = {
      facts: session,
      lookup: catalogue.lookup,
      lakePlace: { catalog: catalogue.database, schema: 'main' },
      fixedPlace,
      userName: id => call('user_name', [id, ...roleLists(session)], fixedPlace),
    };
  }

  relation({ schema, name }: { readonly schema: string | null; readonly name: string }): string | null {
    const from = schema?.toLowerCase() ?? 'pg_catalog';
    if (from !== 'pg_catalog' && from !== 'information_schema') return null;
    const fact = facts[from].get(name.toLowerCase());
    if (fact === undefined) {
      if (schema === null) return null;
      throw noRelation(`${schema}.${name}`);
    }
    if (from === 'pg_catalog' && DENIED.has(fact.name)) throw denied(fact.name);
    return selectRelation(fact, this.#sourcesOf(from)[fact.name]);
  }

  call(node: Tree): Tree | null {
    if (node.class === 'OPERATOR') return rewriteVector(node);
    const name = String(node.function_name).toLowerCase();
    const schema = String(node.schema).toLowerCase();
    if (schema !== '' && schema !== 'pg_catalog' && schema !== 'information_schema') return null;
    const children = childrenOf(node);
    if (name === 'format') {
      const formatted = rewriteFormat(
        children.map(child => printed(child, this.#parts)),
        this.#parts,
      );
      return formatted === null ? null : named(formatted, node);
    }
    if (PRINTING.has(name) && schema !== 'information_schema' && children.some(child => namedThing(child) !== null)) {
      return { ...node, schema: '', children: children.map(child => printed(child, this.#parts)) };
    }
    const renamed = RENAMED[name];
    if (renamed !== undefined) return { ...node, schema: '', function_name: renamed, children: children.map(shielded) };
    if (name === 'generate_series') return named(call('unnest', [call(name, children)]), node);
    const answer = this.#answer(name, children, node);
    if (answer === null && schema === 'information_schema') throw noFunction(`${schema}.${name}`, children.length);
    return answer === null ? null : named(answer, node);
  }

  cast(node: Tree): Tree | null {
    const answer = rewriteCast(node, this.#parts);
    return answer === null ? null : named(answer, node);
  }

  column(node: Tree): Tree | null {
    const names = node.column_names;
    if (!Array.isArray(names) || names.length !== 1) return null;
    const name = String(names[0]).toLowerCase();
    const value = VALUES_OF_SESSION.has(name) ? SESSION_FUNCTIONS[name] : undefined;
    return value === undefined ? null : named(value([], this.#parts), node);
  }

  source(node: Tree): Tree | null {
    const inner = node.function;
    if (!isTree(inner)) return null;
    const name = String(inner.function_name).toLowerCase();
    const schema = String(inner.schema).toLowerCase();
    if (schema === FIXED || inner.catalog === FIXED || inner.catalog === this.#catalogue.database) {
      return this.#asSource(node, inner, name);
    }
    if (schema !== '' && schema !== 'pg_catalog' && schema !== 'information_schema') return null;
    if (TABLE_MACROS.has(name))
      return { ...node, function: { ...inner, schema: 'main', catalog: FIXED }, alias: node.alias || name };
    if (COUNTING.has(name)) return numbered(node, inner, name);
    const answer = this.call(inner);
    return answer === null ? null : this.#asSource(node, answer, name);
  }

  output(node: Tree): Tree | null {
    const shown = printed(node, this.#parts);
    return shown === node ? null : named(shown, node);
  }

  /** A scalar as a relation of one row, or a list of rows as a relation with their columns. */
  #asSource(node: Tree, answer: Tree, name: string): Tree {
    const alias = typeof node.alias === 'string' && node.alias !== '' ? node.alias : name;
    const given = Array.isArray(node.column_name_alias) ? node.column_name_alias.map(String) : [];
    const fields = ROW_FUNCTIONS[name];
    if (fields === undefined)
      return subquerySource(select([{ ...answer, alias: given[0] ?? alias }], NOWHERE), alias, given);
    const rows = subquerySource(select([{ ...answer, alias: 'x_row' }], NOWHERE), 'x_rows', []);
    const list = fields.map(field => ({ ...call('struct_extract', [column('x_row'), constant(field)]), alias: field }));
    return subquerySource(select(list, rows), alias, given);
  }

  #answer(name: string, children: readonly Tree[], node: Tree): Tree | null {
    const { fixedMacros, lakeMacros } = this.#catalogue;
    const vector = rewriteVector(node);
    if (vector !== null) return vector;
    const ofSession = Object.hasOwn(SESSION_FUNCTIONS, name) ? SESSION_FUNCTIONS[name] : undefined;
    if (ofSession !== undefined) {
      if (!(SESSION_ARITIES[name] ?? [0]).includes(children.length)) throw noFunction(name, children.length);
      return ofSession(children, this.#parts);
    }
    if (INTERNAL.test(name)) return null;
    const ofLake = lakeMacros.get(name);
    const arities = ofLake ?? fixedMacros.get(name);
    if (arities === undefined) return null;
    const all = name === 'aclexplode' ? [...children, ...roleLists(this.#parts.facts)] : children;
    if (!arities.has(all.length)) throw noFunction(name, children.length);
    const place = ofLake === undefined ? this.#parts.fixedPlace : this.#parts.lakePlace;
    return call(name, relationArguments(name, all, this.#parts), place);
  }

  #sourcesOf(schema: CatalogueSchema): Sources {
    this.#sources ??= this.#makeSources();
    return this.#sources[schema];
  }

  #makeSources(): Readonly<Record<CatalogueSchema, Sources>> {
    const { facts: session } = this.#parts;
    const names = {
      lake: ident(this.#catalogue.database),
      fixed: FIXED,
      database: session.database,
      user: session.user.name,
    };
    return {
      pg_catalog: { ...classSources(names), ...typeSources(names), ...sessionSources(session) },
      information_schema: informationSources(names),
    };
  }
}

/** Macros that no function of PostgreSQL's has the name of. */
const INTERNAL = /^(user_name|reg\w+_(of|text))$/;

function numbered(node: Tree, inner: Tree, name: string): Tree {
  const alias = typeof node.alias === 'string' && node.alias !== '' ? node.alias : name;
  const given = Array.isArray(node.column_name_alias) ? node.column_name_alias : [];
  const columns = given.length > 0 ? given : [alias];
  return { ...node, alias, column_name_alias: columns, function: { ...inner, schema: '', function_name: name } };
}

function childrenOf(node: Tree): readonly Tree[] {
  return Array.isArray(node.children) ? node.children.filter(isTree) : [];
}
