import type { AttributeTypeName, ColumnDefinition, TableDefinition } from './definition.ts';
import {
  attributeClass,
  attributeClassJson,
  attributeMakers,
  attributeProperties,
  hasOptions,
  type MetadataObject,
} from './metadata-json.ts';
import type { PropertyReader } from './metadata-query.ts';

/** One column, and what the answer says of it beyond its definition. */
export interface AttributeOf {
  readonly table: TableDefinition;
  readonly column: ColumnDefinition;
  readonly number: number;
  readonly hasChanged: boolean | null;
  /** Its set of options, made when it is asked for. */
  readonly optionSet: () => MetadataObject;
}

/** A text that is the same for all columns of a type, and the property whose value follows it. */
interface Step {
  readonly text: string;
  readonly name: string | null;
}

/**
 * Writes columns as `RetrieveMetadataChanges` does: every property of the column's class, null for what was not asked
 * for. An answer may hold half a million columns, nearly all of it nulls: what does not depend on the column is put
 * together once for each type.
 */
export class AttributeWriter {
  readonly #wants: (property: string) => boolean;
  readonly #change: (value: unknown) => unknown;
  readonly #steps = new Map<AttributeTypeName, readonly Step[]>();

  constructor({
    wants,
    change,
  }: {
    readonly wants: (property: string) => boolean;
    /** What is done to each value before it is written. */
    readonly change: (value: unknown) => unknown;
  }) {
    this.#wants = wants;
    this.#change = change;
  }

  write(one: AttributeOf): string {
    const read = propertiesOf(one);
    let text = '';
    for (const step of this.#stepsOf(one.column)) {
      text += step.text;
      if (step.name !== null) text += JSON.stringify(this.#change(read(step.name)) ?? null);
    }
    return text;
  }

  #stepsOf(column: ColumnDefinition): readonly Step[] {
    let steps = this.#steps.get(column.type);
    if (steps === undefined) {
      steps = this.#newSteps(column);
      this.#steps.set(column.type, steps);
    }
    return steps;
  }

  #newSteps(column: ColumnDefinition): readonly Step[] {
    const type = attributeClass(column);
    const sets = hasOptions(column) ? ['OptionSet', 'GlobalOptionSet'] : [];
    const steps: Step[] = [];
    let text = type === null ? '{' : `{"@odata.type":"#Microsoft.Dynamics.CRM.Complex${type}",`;
    for (const name of [...attributeProperties, ...Object.keys(attributeClassJson(column)), ...sets]) {
      text += `${JSON.stringify(name)}:`;
      if (always.has(name) || (this.#wants(name) && name !== 'GlobalOptionSet')) {
        steps.push({ text, name });
        text = ',';
      } else text += 'null,';
    }
    return [...steps, { text: `${text.replace(/,$/, '')}}`, name: null }];
  }
}

/** What comes unasked ("Query schema definitions"). */
const always = new Set(['MetadataId', 'LogicalName', 'HasChanged']);

/** Reads a column's properties, each made when it is read. */
export function propertiesOf({ table, column, number, hasChanged, optionSet }: AttributeOf): PropertyReader {
  let ofClass: MetadataObject | null = null;
  return name => {
    if (name === 'HasChanged') return hasChanged;
    if (name === 'OptionSet') return hasOptions(column) ? optionSet() : undefined;
    const maker = attributeMakers[name];
    if (maker !== undefined) return maker(column, { table, number });
    ofClass ??= attributeClassJson(column);
    return ofClass[name];
  };
}
