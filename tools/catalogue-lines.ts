import { usualSource } from '../src/sandbox/catalogue-line.ts';
import type { AttributeTypeName } from '../src/sandbox/definition.ts';

/** Facts of one column on their way into the catalogue's text form (`src/sandbox/catalogue-line.ts`). */
export interface ColumnFacts {
  readonly schemaName: string;
  readonly type: AttributeTypeName;
  readonly display: string | null;
  readonly of?: string | null;
  readonly len?: number | null;
  readonly db?: number | null;
  readonly prec?: number | null;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly date?: string | null;
  readonly to?: readonly string[] | null;
  readonly options?: readonly OptionFacts[] | null;
  readonly choice?: string | null;
  readonly flags?: string;
  readonly source?: number | null;
}

export interface OptionFacts {
  readonly value: number;
  readonly state?: number | null;
  readonly label: string;
}

/** One catalogue line; what is usual is left out. */
export function columnLine(facts: ColumnFacts): string {
  const fields = [facts.schemaName, facts.type.replace(/Type$/, ''), clean(facts.display ?? '')];
  const add = (key: string, value: string | number | null | undefined) => {
    if (value !== null && value !== undefined) fields.push(`${key}=${value}`);
  };
  add('of', facts.of);
  add('len', facts.len);
  add('db', facts.db);
  add('prec', facts.prec);
  add('min', facts.min);
  add('max', facts.max);
  if (facts.date !== 'UserLocal') add('date', facts.date);
  if (facts.to?.length) add('to', facts.to.join(','));
  if (facts.choice) add('choice', facts.choice);
  else if (facts.options) add('opt', optionText(facts.options));
  if (facts.flags !== undefined && facts.flags !== 'rcu') add('is', facts.flags);
  if (facts.source !== undefined && facts.source !== usualSource(facts.type)) add('src', String(facts.source));
  return fields.join('\t');
}

export function optionText(options: readonly OptionFacts[]): string {
  return options
    .map(option => {
      const state = option.state === undefined || option.state === null ? '' : `@${option.state}`;
      return `${option.value}${state}=${clean(option.label).replaceAll('%', '%25').replaceAll(';', '%3B')}`;
    })
    .join(';');
}

function clean(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ').trim();
}

/** A text as a TypeScript template. */
export function asTemplate(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
