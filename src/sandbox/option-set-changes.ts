import type { DefinitionChanges, SandboxDatabase } from './database.ts';
import type { ColumnDefinition, GlobalChoiceDefinition, TableDefinition } from './definition.ts';
import { type MetadataObject, optionSetJson } from './metadata-json.ts';

/** Whether a choice column's set, its own or a global one, or an option of it has changed. */
export function optionSetHasChanged(
  database: SandboxDatabase,
  column: ColumnDefinition,
  changes: DefinitionChanges,
): boolean {
  const { id, options } = setOf(database, column);
  return changes.has('OptionSet', id) || options.some(({ value }) => changes.has('Option', `${id} ${value}`));
}

/**
 * A column's `OptionSet` with `HasChanged` on itself and on each option: an option's new label is a change of the option
 * alone ("Retrieve and detect changes to metadata"). Without a stamp it is null everywhere.
 */
export function changedOptionSet(
  database: SandboxDatabase,
  {
    table,
    column,
    changes,
    made,
  }: {
    readonly table: TableDefinition;
    readonly column: ColumnDefinition;
    readonly changes: DefinitionChanges | null;
    readonly made: boolean;
  },
): MetadataObject {
  const { id, global } = setOf(database, column);
  const { '@odata.type': _type, ...whole } = optionSetJson(table, column, global);
  if (changes === null) return whole;
  const fresh = made && global === null;
  const option = (one: unknown): unknown => {
    const json = one as MetadataObject;
    return { ...json, HasChanged: fresh || changes.has('Option', `${id} ${String(json.Value)}`) };
  };
  const { Options, TrueOption, FalseOption } = whole as MetadataObject;
  return {
    ...whole,
    HasChanged: fresh || changes.has('OptionSet', id),
    ...(Array.isArray(Options) ? { Options: Options.map(option) } : {}),
    ...(TrueOption === undefined ? {} : { TrueOption: option(TrueOption), FalseOption: option(FalseOption) }),
  };
}

function setOf(database: SandboxDatabase, column: ColumnDefinition) {
  const global: GlobalChoiceDefinition | null =
    column.globalChoice === undefined
      ? null
      : (database.choices().find(one => one.name === column.globalChoice) ?? null);
  return {
    global,
    id: global?.metadataId ?? column.metadataId,
    options: global?.options ?? column.options ?? [],
  };
}
