import { ident, literal } from '../../batch/sql.ts';
import { type ChoiceMetadata, choiceMetadata } from '../../cdm/choice-metadata.ts';
import type { TableShape } from '../../core/shape.ts';
import type { RelationInfo } from '../database-view.ts';
import type { ChoiceTable, NamedRelation } from './relation-names.ts';

interface Definition {
  readonly comment: string;
  readonly rows: keyof ChoiceMetadata;
  /** Names with their types, in the order of the files of the same name; options are BIGINT in the original. */
  readonly columns: Readonly<Record<string, string>>;
}

const LABEL = {
  IsUserLocalizedLabel: 'BOOLEAN',
  LocalizedLabelLanguageCode: 'INTEGER',
  LocalizedLabel: 'VARCHAR',
} as const;

const DEFINITIONS: Readonly<Record<ChoiceTable, Definition>> = {
  OptionsetMetadata: {
    comment: 'Texts of the choices that one column has for itself, in every language.',
    rows: 'options',
    columns: { EntityName: 'VARCHAR', OptionSetName: 'VARCHAR', Option: 'BIGINT', ...LABEL },
  },
  GlobalOptionsetMetadata: {
    comment: 'Texts of the choices that are shared between columns, for every column that has one of them.',
    rows: 'globalOptions',
    columns: {
      OptionSetName: 'VARCHAR',
      Option: 'BIGINT',
      ...LABEL,
      GlobalOptionSetName: 'VARCHAR',
      EntityName: 'VARCHAR',
    },
  },
  StateMetadata: {
    comment: 'Texts of statecode of each table.',
    rows: 'states',
    columns: { EntityName: 'VARCHAR', State: 'BIGINT', ...LABEL },
  },
  StatusMetadata: {
    comment: 'Texts of statuscode of each table, and the state that each belongs to.',
    rows: 'statuses',
    columns: { EntityName: 'VARCHAR', State: 'BIGINT', Status: 'BIGINT', ...LABEL },
  },
  TargetMetadata: {
    comment: 'The tables that lookups point to.',
    rows: 'targets',
    columns: {
      EntityName: 'VARCHAR',
      AttributeName: 'VARCHAR',
      ReferencedEntity: 'VARCHAR',
      ReferencedAttribute: 'VARCHAR',
    },
  },
};

export function choiceInfo({ name, choices, insteadOf }: NamedRelation & { readonly is: 'choices' }): RelationInfo {
  const { columns, comment } = DEFINITIONS[choices];
  const renamed = insteadOf === null ? '' : ` It has this name because ${insteadOf.toLowerCase()} is a table.`;
  return {
    schema: 'dbo',
    name,
    kind: 'view',
    columns: Object.entries(columns).map(([column, sqlType]) => ({
      name: column,
      sqlType,
      length: null,
      notNull: false,
      comment: null,
    })),
    primaryKey: [],
    comment: `${comment}${renamed}`,
    rowEstimate: null,
    bytes: null,
    definition: null,
  };
}

/** SQL of a choice table's rows over the tables of a lake: the rows of the file of its name. */
export function choiceRowsSql(choices: ChoiceTable, shapes: readonly TableShape[]): string {
  const { rows, columns } = DEFINITIONS[choices];
  const found = shapes.flatMap<object>(shape => choiceMetadata(shape)[rows]);
  const types = Object.entries(columns);
  const structure = JSON.stringify([Object.fromEntries(types)]);
  const values = types.map(([name]) => `r.${ident(name)} AS ${ident(name)}`).join(', ');
  // One text rather than a line of VALUES for each: a wide environment has fifty thousand labels.
  return `SELECT ${values} FROM (SELECT unnest(from_json(${literal(JSON.stringify(found))}, ${literal(structure)})) AS r)`;
}
