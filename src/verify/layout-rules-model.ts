import { sinkMs } from './folder-reader-cells.ts';
import type { Found, RuleId } from './layout-rules-catalogue.ts';
import { type Json, keysOf, listOf, objectOf, same, textOf } from './layout-rules-json.ts';

const TYPES = ['guid', 'string', 'int64', 'decimal', 'double', 'boolean', 'dateTime', 'dateTimeOffset'];
const SETTINGS = {
  $type: 'CsvFormatSettings',
  columnHeaders: false,
  delimiter: ',',
  quoteStyle: 'QuoteStyle.Csv',
  csvStyle: 'CsvStyle.QuoteAlways',
  encoding: 'UTF-8',
};
const STRATEGY = 'Athena:PartitionGranularity';
const STATE = 'Athena:InitialSyncState';
const COMPLETED = 'Athena:InitialSyncDataCompletedTime';

/** Names of partitions by granularity; further parts of one have a number behind `_`. Day is not of the original. */
const PARTITION_NAMES: Readonly<Record<string, RegExp>> = {
  Year: /^\d{1,4}(_\d{3,})?$/,
  Month: /^(\d{1,4}-\d{2}|1)(_\d{3,})?$/,
  Day: /^(\d{1,4}-\d{2}-\d{2}|1)(_\d{3,})?$/,
};

type Rule = (value: Json) => readonly string[];

/** Everything about a manifest that can be said from its text alone, and not from the files it names. */
export function modelProblems(model: unknown): Found[] {
  const root = objectOf(model);
  const entities = listOf(root.entities).map(objectOf);
  return [
    ...tell('model/top', topProblems(root)),
    ...tell('model/tables-distinct', repeated(entities.map(({ name }) => textOf(name)))),
    ...entities.flatMap(entityProblems),
  ];
}

const ENTITY_RULES = {
  'model/entity': entityForm,
  'model/annotations': annotationForm,
  'model/attribute': attributeForms,
  'model/traits': traitForms,
  'model/head': headColumns,
  'model/columns-distinct': distinctColumns,
  'model/partition': partitionForms,
  'model/partition-name': partitionNames,
  'model/partition-annotations': partitionAnnotations,
} as const satisfies Partial<Record<RuleId, Rule>>;

function entityProblems(entity: Json): Found[] {
  const rules = Object.entries(ENTITY_RULES) as [RuleId, Rule][];
  return rules.flatMap(([id, rule]) =>
    tell(
      id,
      rule(entity).map(problem => `${textOf(entity.name)}: ${problem}`),
    ),
  );
}

function tell(rule: RuleId, problems: readonly string[]): Found[] {
  return problems.map(problem => ({ rule, problem }));
}

function topProblems(root: Json): string[] {
  if (keysOf(root) !== 'name, description, version, entities') return [`its keys are ${keysOf(root)}`];
  const { name, description, version } = root;
  return name === 'cdm' && description === 'cdm' && version === '1.0' ? [] : ['it is not named cdm in version 1.0'];
}

function repeated(names: readonly string[]): string[] {
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  return [...new Set(twice)].map(name => `${name} is there more than once`);
}

function entityForm(entity: Json): string[] {
  if (keysOf(entity) !== '$type, name, description, annotations, attributes, partitions') {
    return [`its keys are ${keysOf(entity)}`];
  }
  const { $type, name, description } = entity;
  return $type === 'LocalEntity' && description === name ? [] : ['it is no LocalEntity described by its name'];
}

function annotationForm(entity: Json): string[] {
  const annotations = listOf(entity.annotations).map(objectOf);
  const names = annotations.map(({ name }) => name);
  if (!same(names, [STRATEGY, STATE, COMPLETED])) return ['its annotations are not the three in their order'];
  const [granularity = '', state = '', time = ''] = annotations.map(({ value }) => textOf(value));
  const problems: string[] = [];
  if (PARTITION_NAMES[granularity] === undefined) problems.push('its granularity is not Year, Month or Day');
  if (state === '') problems.push('it has no state of its initial sync');
  if (state === 'Completed' && sinkMs(time) === null)
    problems.push('its completion time is not like 6/28/2021 4:34:35 PM');
  return problems;
}

function attributeForms(entity: Json): string[] {
  return attributesOf(entity).flatMap(attribute => {
    const { name, dataType, maxLength } = attribute;
    const keys = keysOf(attribute).replace(/, cdm:traits$/, '');
    if (keys !== 'name, dataType, maxLength' || textOf(name) === '') return [`an attribute has the keys ${keys}`];
    if (!TYPES.includes(textOf(dataType))) return [`${name} is of no known type`];
    if (!Number.isInteger(maxLength)) return [`the maxLength of ${name} is no number`];
    if (dataType === 'string') return maxLength === 0 ? [`the maxLength of ${name} is 0`] : [];
    return maxLength === -1 ? [] : [`the maxLength of ${name} is not -1`];
  });
}

function traitForms(entity: Json): string[] {
  return attributesOf(entity).flatMap(attribute => {
    const traits = attribute['cdm:traits'];
    if (traits === undefined) return [];
    const { dataType, name, maxLength } = attribute;
    const [trait, ...others] = listOf(traits).map(objectOf);
    const values = listOf(trait?.arguments).map(objectOf);
    const length = [{ name: 'maximumLength', value: maxLength }];
    const isShaped =
      same(
        values.map(value => value.name),
        ['precision', 'scale'],
      ) && values.every(({ value }) => Number.isInteger(value));
    const isRight =
      dataType === 'string'
        ? trait?.traitReference === 'is.constrained' && same(values, length)
        : trait?.traitReference === 'is.dataFormat.numeric.shaped' && isShaped;
    return isRight && others.length === 0 ? [] : [`the traits of ${textOf(name)} are not those of its type`];
  });
}

function headColumns(entity: Json): string[] {
  const head = attributesOf(entity)
    .slice(0, 3)
    .map(({ name, dataType }) => `${textOf(name)} ${textOf(dataType)}`);
  const isRight = same(head, ['Id guid', 'SinkCreatedOn dateTime', 'SinkModifiedOn dateTime']);
  return isRight ? [] : [`it begins with ${head.join(', ')}`];
}

function distinctColumns(entity: Json): string[] {
  return repeated(attributesOf(entity).map(({ name }) => textOf(name).toLowerCase()));
}

function partitionForms(entity: Json): string[] {
  return partitionsOf(entity).flatMap(partition => {
    const keys = keysOf(partition).replace(', cdm:traits', '');
    const name = textOf(partition.name);
    if (keys !== 'name, location, fileFormatSettings, annotations') return [`partition ${name} has the keys ${keys}`];
    return same(partition.fileFormatSettings, SETTINGS) ? [] : [`partition ${name} has other settings of its format`];
  });
}

function partitionNames(entity: Json): string[] {
  const granularity = textOf(objectOf(listOf(entity.annotations)[0]).value);
  const form = PARTITION_NAMES[granularity];
  const names = partitionsOf(entity).map(({ name }) => textOf(name));
  const odd = form === undefined ? [] : names.filter(name => !form.test(name));
  return [...odd.map(name => `partition ${name} is not named by ${granularity}`), ...repeated(names)];
}

function partitionAnnotations(entity: Json): string[] {
  return partitionsOf(entity).flatMap(partition => {
    const name = textOf(partition.name);
    const [year, month, day] = (name.split('_')[0] ?? '').split('-');
    const said = listOf(partition.annotations).map(objectOf);
    const expected = [
      { name: 'Athena:PartitionYear', value: year },
      ...(month === undefined ? [] : [{ name: 'Athena:PartitionMonth', value: month }]),
    ];
    // Days are not of the original, so nothing says whether their annotation is.
    const withDay = [...expected, { name: 'Athena:PartitionDay', value: day }];
    const isRight = same(said, expected) || (day !== undefined && same(said, withDay));
    return isRight ? [] : [`the annotations of partition ${name} do not say what its name says`];
  });
}

function attributesOf(entity: Json): Json[] {
  return listOf(entity.attributes).map(objectOf);
}

function partitionsOf(entity: Json): Json[] {
  return listOf(entity.partitions).map(objectOf);
}
