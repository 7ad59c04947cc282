import { companionsOf, systemColumns } from './catalogue-companion.ts';
import { customChoiceFacts, customFacts } from './catalogue-custom.ts';
import { choiceFacts, relationshipFacts, tableFacts } from './catalogue-facts.generated.ts';
import { keysOf } from './catalogue-keys.ts';
import { metadataIdOf, type ParsedTable, parseCatalogue, parseOptions } from './catalogue-line.ts';
import { manyToMany, manyToOne } from './catalogue-relationship.ts';
import { synapseLinkChoiceFacts, synapseLinkFacts } from './catalogue-synapse-link.ts';
import type {
  GlobalChoiceDefinition,
  OrganizationDefinition,
  RelationshipDefinition,
  TableDefinition,
} from './definition.ts';

let tables: readonly TableDefinition[] | undefined;

/**
 * The tables a new environment has: the platform's standard ones, four of our own (one elastic, one virtual). Columns, types and lengths are the
 * platform's (account, contact, team, annotation, systemuserroles: all of them). Always the same objects; read only.
 */
export function standardTables(): TableDefinition[] {
  tables ??= parseCatalogue(tableFacts + customFacts + synapseLinkFacts).map(finished);
  return [...tables];
}

/** The global choices those tables use. */
export function standardChoices(): GlobalChoiceDefinition[] {
  return (choiceFacts + customChoiceFacts + synapseLinkChoiceFacts)
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [name = '', displayName = '', options = ''] = line.split('\t');
      return { name, metadataId: metadataIdOf(`choice ${name}`), displayName, options: parseOptions(options) };
    });
}

/** One relationship for each lookup and each of its tables, and the many-to-many ones. */
export function standardRelationships(): RelationshipDefinition[] {
  const all = standardTables();
  return [...manyToOne({ tables: all, published: relationshipFacts }), ...manyToMany];
}

/** The environment itself; ids follow from the seed, so that the same seed is the same environment. */
export function standardOrganization({ seed }: { readonly seed: number }): OrganizationDefinition {
  return {
    organizationId: metadataIdOf(`organization ${seed}`),
    friendlyName: 'Lakelink Sandbox',
    uniqueName: `sandbox${seed}`,
    version: '9.2.25083.00205',
    baseCurrencyId: metadataIdOf(`currency ${seed} USD`),
    rootBusinessUnitId: metadataIdOf(`businessunit ${seed} root`),
  };
}

function finished({ table, columns, whole, addSystemColumns }: ParsedTable): TableDefinition {
  const keys = keysOf(table);
  const start = keys.length === 0 ? table : { ...table, keys };
  if (whole) return { ...start, columns };
  const known = new Set(columns.map(column => column.logicalName));
  const system = addSystemColumns
    ? systemColumns(table, { withState: false }).filter(column => !known.has(column.logicalName))
    : [];
  const stored = [...columns, ...system];
  return { ...start, columns: [...stored, ...companionsOf(table, stored)] };
}
