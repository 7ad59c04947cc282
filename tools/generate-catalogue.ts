/**
 * Writes `src/sandbox/catalogue-facts.generated.ts`: names, types, lengths, targets and options of the platform's
 * tables, from the published definitions named in NOTICE.
 *
 *   npx tsx tools/generate-catalogue.ts [folder of the definitions, default ../shared/real]
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { asTemplate, type ColumnFacts, columnLine, optionText } from './catalogue-lines.ts';
import { lookupTargets, noteTargets, type PlannedTable, partyTargets, plan } from './catalogue-plan.ts';
import { openSources, type Sources, type WebRelationship } from './catalogue-sources.ts';

const READ_ONLY = new Set(
  'createdby createdon createdonbehalfby modifiedby modifiedon modifiedonbehalfby versionnumber owningbusinessunit owningteam owninguser exchangerate entityimageid activitytypecode slainvokedid onholdtime sortdate isregularactivity isworkflowcreated lastonholdtime'.split(
    ' ',
  ),
);

const project = path.join(import.meta.dirname, '..');
const sources = openSources({ folder: process.argv[2] ?? path.join(project, '..', 'shared', 'real') });
const tableNames = new Set(plan.map(table => nameOf(table)));
const lines: string[] = [];
const choices = new Map<string, string>();
const relationships: string[] = [];

for (const table of plan) {
  lines.push(`= ${table.line}`, ...columnsOf(table, sources));
  if (!table.from.includes('definition')) continue;
  const definition = sources.definition(nameOf(table));
  for (const [name, choice] of definition.choices) {
    choices.set(name, `${name}\t${choice.display}\t${optionText(choice.options)}`);
  }
  relationships.push(...definition.manyToOne.filter(isOurs).map(relationshipLine).sort());
}

writeFileSync(
  path.join(project, 'src', 'sandbox', 'catalogue-facts.generated.ts'),
  `// Written by tools/generate-catalogue.ts from the published definitions named in NOTICE; do not edit.
// The form is described in catalogue-line.ts.

export const tableFacts: string = ${asTemplate(`${lines.join('\n')}\n`)};

/** Name, display name, options; apart by tabs. */
export const choiceFacts: string = ${asTemplate(`${[...choices.values()].join('\n')}\n`)};

/** Schema name, referenced table and column, referencing table and column, navigation property of both; apart by tabs. */
export const relationshipFacts: string = ${asTemplate(`${relationships.join('\n')}\n`)};
`,
);

function nameOf(table: PlannedTable): string {
  return (table.line.split('\t')[0] ?? '').toLowerCase();
}

function columnsOf(table: PlannedTable, from: Sources): string[] {
  const byName = new Map<string, string>();
  for (const line of table.more ?? []) byName.set(columnName(line), line);
  const without = new Set(table.without);
  for (const source of table.from) {
    for (const facts of factsOf(source, nameOf(table), from)) {
      const name = facts.schemaName.toLowerCase();
      if (byName.has(name) || without.has(name)) continue;
      byName.set(
        name,
        columnLine(source === 'definition' ? withNoteTargets(facts, table) : complete(facts, table, from)),
      );
    }
  }
  return [...byName.keys()].sort().map(name => byName.get(name) ?? '');
}

function columnName(line: string): string {
  return (line.split('\t')[0] ?? '').toLowerCase();
}

function factsOf(source: PlannedTable['from'][number], table: string, from: Sources): readonly ColumnFacts[] {
  if (source === 'definition') return from.definition(table).columns;
  if (source === 'generated') return from.generatedColumns(table);
  if (source === 'model') return from.modelColumns(table);
  return from.generatedColumns(source.slice('generated:'.length));
}

/** Fills what the generated classes and the model leave open. */
function complete(facts: ColumnFacts, table: PlannedTable, from: Sources): ColumnFacts {
  const name = facts.schemaName.toLowerCase();
  const isKey = name === table.line.split('\t')[4];
  const targets = facts.to ?? (facts.type === 'PartyListType' ? partyTargets : lookupTargets[name])?.split(',') ?? null;
  const isLookup = ['LookupType', 'OwnerType', 'PartyListType'].includes(facts.type);
  const len = facts.len ?? (facts.type === 'StringType' ? 100 : facts.type === 'MemoType' ? 2000 : null);
  return {
    ...facts,
    to: isLookup ? targets : null,
    len: facts.type === 'EntityNameType' ? null : len,
    db: facts.type === 'StringType' && len !== null ? len * 2 : null,
    options: facts.options ?? optionsOf(facts, nameOf(table), from) ?? null,
    flags: facts.flags ?? (isKey ? 'rc' : flagsOf(name)),
    date: facts.type === 'DateTimeType' ? dateOf(name) : null,
  };
}

function optionsOf(facts: ColumnFacts, table: string, from: Sources): ColumnFacts['options'] {
  const name = facts.schemaName.toLowerCase();
  if (facts.type === 'BooleanType') {
    return [
      { value: 1, label: 'Yes' },
      { value: 0, label: 'No' },
    ];
  }
  if (!['PicklistType', 'StateType', 'StatusType'].includes(facts.type)) return null;
  return from.options(table, name) ?? [];
}

function flagsOf(name: string): string {
  if (READ_ONLY.has(name) || /_composite$/.test(name)) return 'r';
  return name === 'overriddencreatedon' || name === 'importsequencenumber' ? 'rc' : 'rcu';
}

function dateOf(name: string): string {
  return /^(overriddencreatedon|estimatedclosedate|actualclosedate|finaldecisiondate|schedulefollowup_.*)$/.test(name)
    ? 'DateOnly'
    : 'UserLocal';
}

function withNoteTargets(facts: ColumnFacts, table: PlannedTable): ColumnFacts {
  if (nameOf(table) !== 'annotation' || facts.schemaName !== 'ObjectId') return facts;
  return { ...facts, to: [...new Set([...(facts.to ?? []), ...noteTargets])].sort() };
}

function isOurs(relationship: WebRelationship): boolean {
  return tableNames.has(relationship.ReferencedEntity) || relationship.ReferencedEntity === 'owner';
}

function relationshipLine(relationship: WebRelationship): string {
  return [
    relationship.SchemaName,
    relationship.ReferencedEntity,
    relationship.ReferencedAttribute,
    relationship.ReferencingEntity,
    relationship.ReferencingAttribute,
    relationship.ReferencedEntityNavigationPropertyName,
    relationship.ReferencingEntityNavigationPropertyName,
  ].join('\t');
}
