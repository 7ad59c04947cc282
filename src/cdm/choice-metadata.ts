import type { Column, Option, TableShape } from '../core/shape.ts';

/*
 * The rows of the choice metadata, once as objects; the keys and their order are those of readers of the JSON form, and
 * each list's CSV form has its own order of the same values.
 */

/** A label's part of a row. A choice without any label has one row with nulls: it is shown all the same. */
interface LabelPart {
  /** False throughout in genuine files. */
  readonly IsUserLocalizedLabel: false;
  readonly LocalizedLabelLanguageCode: number | null;
  readonly LocalizedLabel: string | null;
}

export interface OptionRow extends LabelPart {
  readonly EntityName: string;
  /** The column's name. */
  readonly OptionSetName: string;
  readonly Option: number;
}

export interface GlobalOptionRow extends LabelPart {
  /** The column's name; the choice's own name is `GlobalOptionSetName`. */
  readonly OptionSetName: string;
  readonly Option: number;
  readonly GlobalOptionSetName: string;
  readonly EntityName: string;
}

export interface StateRow extends LabelPart {
  readonly EntityName: string;
  readonly State: number;
}

export interface StatusRow extends LabelPart {
  readonly EntityName: string;
  readonly State: number | null;
  readonly Status: number;
}

export interface TargetRow {
  readonly EntityName: string;
  readonly AttributeName: string;
  readonly ReferencedEntity: string;
  readonly ReferencedAttribute: string | null;
}

export interface ChoiceMetadata {
  readonly states: readonly StateRow[];
  readonly statuses: readonly StatusRow[];
  readonly globalOptions: readonly GlobalOptionRow[];
  readonly options: readonly OptionRow[];
  readonly targets: readonly TargetRow[];
}

/** Every choice, state, status and lookup target of a table, in the order of its columns. */
export function choiceMetadata(shape: TableShape): ChoiceMetadata {
  const EntityName = shape.table;
  const columns = shape.columns;
  const states = optionsOf(columns, column => column.kind === 'state').map(({ option, label }) => ({
    EntityName,
    State: option.value,
    ...label,
  }));
  const statuses = optionsOf(columns, column => column.kind === 'status').map(({ option, label }) => ({
    EntityName,
    State: option.state ?? null,
    Status: option.value,
    ...label,
  }));
  const isChoice = ({ kind }: Column) => kind === 'choice' || kind === 'multichoice' || kind === 'boolean';
  const globalOptions = optionsOf(columns, column => isChoice(column) && column.optionSet?.isGlobal === true).map(
    ({ column, option, label }) => ({
      OptionSetName: column.name,
      Option: option.value,
      ...label,
      GlobalOptionSetName: column.optionSet?.name ?? '',
      EntityName,
    }),
  );
  const options = optionsOf(columns, column => isChoice(column) && column.optionSet?.isGlobal !== true).map(
    ({ column, option, label }) => ({ EntityName, OptionSetName: column.name, Option: option.value, ...label }),
  );
  const targets = columns.flatMap(column =>
    column.targets.map(({ table, attribute }) => ({
      EntityName,
      AttributeName: column.name,
      ReferencedEntity: table,
      ReferencedAttribute: attribute,
    })),
  );
  return { states, statuses, globalOptions, options, targets };
}

function optionsOf(columns: readonly Column[], wanted: (column: Column) => boolean) {
  return columns
    .filter(wanted)
    .flatMap(column =>
      (column.optionSet?.options ?? []).flatMap(option => labelsOf(option).map(label => ({ column, option, label }))),
    );
}

function labelsOf(option: Option): LabelPart[] {
  const labels: readonly { languageCode: number | null; text: string | null }[] =
    option.labels.length > 0 ? option.labels : [{ languageCode: null, text: null }];
  return labels.map(({ languageCode, text }) => ({
    IsUserLocalizedLabel: false,
    LocalizedLabelLanguageCode: languageCode,
    LocalizedLabel: text,
  }));
}
