import { type AttributeOf, AttributeWriter, propertiesOf } from './attribute-text.ts';
import type { DefinitionChanges, DefinitionKind, SandboxDatabase } from './database.ts';
import type { ColumnDefinition, TableDefinition } from './definition.ts';
import { deltaTokenText } from './delta-token.ts';
import { badArgument, WireError } from './errors.ts';
import { functionArguments } from './function-arguments.ts';
import { keyJson } from './key-json.ts';
import { entityJson, hasOptions, type MetadataObject, relationshipJson } from './metadata-json.ts';
import { type MetadataQuery, type PartQuery, parseMetadataQuery } from './metadata-query.ts';
import { inSlices } from './metadata-slices.ts';
import { changedOptionSet, optionSetHasChanged } from './option-set-changes.ts';
import { RelationshipIndex, type RelationshipList, relationshipLists } from './relationship-index.ts';
import { stableId } from './stable-id.ts';
import type { Handler } from './wire.ts';

/** `Organization.ExpireSubscriptionsInDays`, by default ("Cache schema data"). */
const stampLifeMs = 90 * 24 * 3_600_000;

/**
 * Kinds that deletes are told of by the names of their filters, in the order of the flags; a filter without entries here
 * never has any. Tables are `Default`: the Web API's type has no `Entity` ("Cache schema data", DeletedMetadataFilters
 * EnumType).
 */
const deletable = {
  Default: 'Entity',
  Attribute: 'Attribute',
  Relationship: 'Relationship',
  OptionSet: 'OptionSet',
} as const satisfies Record<string, DefinitionKind>;
type DeletedFilter = keyof typeof deletable;
const deletedFilters = [...Object.keys(deletable), 'Label', 'All'];

/**
 * `GET /RetrieveMetadataChanges(Query=@p1,ClientVersionStamp=@p2,DeletedMetadataFilters=@p3)`: the definitions that match
 * a query or, with the stamp of an earlier answer, those of them that changed since. What was not asked for comes as
 * null, as there. @throws WireError 0x80044352 for a stamp too old, or newer than this environment.
 */
export const retrieveMetadataChanges: Handler = async (environment, call, parts) => {
  const given = functionArguments(parts.arguments ?? '', call.options);
  const query = parseMetadataQuery(given.get('Query') ?? null);
  const { database, clock, apiUrl } = environment;
  const stamp = textOf(given.get('ClientVersionStamp'));
  const since = stamp === null ? null : versionOf(stamp, { database, nowMs: clock.nowMs() });
  const changes = since === null ? null : database.definitionChanges(since);
  const server = deltaTokenText({ version: database.version(), atMs: clock.nowMs() });
  const filters = deletedKinds(given.get('DeletedMetadataFilters'));
  const head = JSON.stringify({
    '@odata.context': `${apiUrl}/$metadata#Microsoft.Dynamics.CRM.RetrieveMetadataChangesResponse`,
    ServerVersionStamp: server,
    DeletedMetadata: deletedJson(changes, filters),
  }).replace(/\}$/, ',"EntityMetadata":[');
  const tables = changes?.any === false ? [] : database.tables();
  const reader = new Reader(database, query, changes);
  const body = await inSlices(tables, table => reader.entity(table));
  return { status: 200, body: [head, ...body, ']}'] };
};

/** Writes the definitions of one answer. */
class Reader {
  readonly #database: SandboxDatabase;
  readonly #query: MetadataQuery;
  readonly #changes: DefinitionChanges | null;
  readonly #related: RelationshipIndex;
  readonly #writer: AttributeWriter;

  constructor(database: SandboxDatabase, query: MetadataQuery, changes: DefinitionChanges | null) {
    this.#database = database;
    this.#query = query;
    this.#changes = changes;
    this.#related = new RelationshipIndex(database.relationships());
    const { attribute, languages } = query;
    this.#writer = new AttributeWriter({
      wants: attribute.wants,
      change: value => inLanguages(value, languages),
    });
  }

  /** Null for a table that does not match, or of which nothing that was asked for has changed. */
  entity(table: TableDefinition): string | null {
    const { entity } = this.#query;
    const whole = entityJson(table);
    if (!entity.matches(name => whole[name])) return null;
    const made = this.#has('EntityMade', table.metadataId);
    const own = made || this.#has('Entity', table.metadataId);
    const lists: Record<string, readonly string[]> = {
      Attributes: entity.wants('Attributes') ? this.#attributes(table, made) : [],
      Keys: entity.wants('Keys') ? this.#keys(table, made) : [],
      ...Object.fromEntries(relationshipLists.map(name => [name, this.#relationships(table, name)])),
    };
    if (this.#changes !== null && !own && Object.values(lists).every(list => list.length === 0)) return null;
    const text = JSON.stringify(this.#shaped(whole, entity, own));
    const ends = Object.entries(lists).map(([name, list]) => `,"${name}":[${list.join(',')}]`);
    return `${text.slice(0, -1)}${ends.join('')}}`;
  }

  #attributes(table: TableDefinition, made: boolean): readonly string[] {
    const texts: string[] = [];
    for (const [index, column] of table.columns.entries()) {
      const own = made || this.#has('Attribute', column.metadataId);
      if (this.#changes !== null && !own && !this.#optionsChanged(column)) continue;
      const one: AttributeOf = {
        table,
        column,
        number: index + 1,
        hasChanged: this.#changes === null ? null : own,
        optionSet: () => changedOptionSet(this.#database, { table, column, changes: this.#changes, made }),
      };
      if (this.#query.attribute.matches(propertiesOf(one))) texts.push(this.#writer.write(one));
    }
    return texts;
  }

  #optionsChanged(column: ColumnDefinition): boolean {
    return this.#changes !== null && hasOptions(column) && optionSetHasChanged(this.#database, column, this.#changes);
  }

  #keys(table: TableDefinition, made: boolean): readonly string[] {
    return (table.keys ?? []).flatMap(key => {
      const own = made || this.#has('Key', key.metadataId);
      return this.#listed(keyJson(table, key), this.#query.key, own);
    });
  }

  #relationships(table: TableDefinition, name: RelationshipList): readonly string[] {
    if (!this.#query.entity.wants(name)) return [];
    return this.#related.of(table.logicalName, name).flatMap(one => {
      const own = this.#has('Relationship', stableId(one.schemaName));
      return this.#listed(relationshipJson(one), this.#query.relationship, own);
    });
  }

  /** One text, or none for what does not match or has not changed. */
  #listed(whole: MetadataObject, part: PartQuery, own: boolean): readonly string[] {
    if ((this.#changes !== null && !own) || !part.matches(name => whole[name])) return [];
    const { '@odata.type': _type, ...rest } = whole;
    return [JSON.stringify(this.#shaped(rest, part, own))];
  }

  #has(kind: DefinitionKind, id: string): boolean {
    return this.#changes?.has(kind, id) ?? false;
  }

  /** All properties, null for those that were not asked for; a few come always. `HasChanged` is null without a stamp. */
  #shaped(whole: MetadataObject, part: PartQuery, own: boolean): MetadataObject {
    const shaped: Record<string, unknown> = {};
    for (const name in whole) {
      const comes = name === 'LogicalName' || name === 'MetadataId' || part.wants(name);
      shaped[name] = comes ? inLanguages(whole[name], this.#query.languages) : Array.isArray(whole[name]) ? [] : null;
    }
    shaped.HasChanged = this.#changes === null ? null : own;
    return shaped;
  }
}

/** The labels of other languages left out, wherever in a value they are. */
function inLanguages(value: unknown, languages: ReadonlySet<number> | null): unknown {
  if (languages === null || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(one => inLanguages(one, languages));
  const kept = Object.entries(value).map(([name, inner]) => [
    name,
    name === 'LocalizedLabels' && Array.isArray(inner)
      ? inner.filter(one => languages.has((one as { readonly LanguageCode: number }).LanguageCode))
      : inLanguages(inner, languages),
  ]);
  return Object.fromEntries(kept) as unknown;
}

function textOf(literal: string | undefined): string | null {
  if (literal === undefined || literal === 'null' || literal === "''") return null;
  const text = /^'(.*)'$/s.exec(literal)?.[1];
  if (text === undefined) throw badArgument(`Invalid value for ClientVersionStamp: '${literal}'.`);
  return text.replaceAll("''", "'");
}

function versionOf(
  stamp: string,
  { database, nowMs }: { readonly database: SandboxDatabase; readonly nowMs: number },
): bigint {
  const match = /^(\d{1,19})!(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)$/.exec(stamp);
  if (match === null) throw badArgument(`Invalid value for ClientVersionStamp: '${stamp}'.`);
  const atMs = Date.parse(`${match[4]}-${match[2]}-${match[3]}T${match[5]}Z`);
  const version = BigInt(match[1] ?? '0');
  if (nowMs - atMs <= stampLifeMs && version <= database.version()) return version;
  throw new WireError({
    status: 400,
    code: '0x80044352',
    message: 'Version stamp associated with the client has expired. Please perform a full sync.',
  });
}

/** `Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute'`; nothing given asks for nothing. */
function deletedKinds(literal: string | undefined): readonly DeletedFilter[] {
  if (literal === undefined || literal === 'null') return [];
  const names = /^Microsoft\.Dynamics\.CRM\.DeletedMetadataFilters'([\w, ]+)'$/.exec(literal)?.[1]?.split(/\s*,\s*/);
  if (names === undefined || !names.every(name => deletedFilters.includes(name))) {
    throw badArgument(`Invalid value for DeletedMetadataFilters: '${literal}'.`);
  }
  const all: readonly DeletedFilter[] = ['Default', 'Attribute', 'Relationship', 'OptionSet'];
  return all.filter(filter => names.includes('All') || names.includes(filter));
}

function deletedJson(changes: DefinitionChanges | null, filters: readonly DeletedFilter[]): MetadataObject {
  const found = filters.flatMap(filter => {
    const ids = (changes?.deleted ?? []).filter(one => one.kind === deletable[filter]).map(one => one.id);
    return ids.length === 0 ? [] : [{ filter, ids }];
  });
  return {
    Count: found.length,
    IsReadOnly: false,
    Keys: found.map(({ filter }) => filter),
    Values: found.map(({ ids }) => ({ Items: ids })),
  };
}
