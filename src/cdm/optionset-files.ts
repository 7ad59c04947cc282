import type { TableShape } from '../core/shape.ts';
import { choiceMetadata } from './choice-metadata.ts';
import { type Cell, csvText } from './csv-text.ts';
import { optionsetPath } from './paths.ts';

export interface TextFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const LABEL = ['IsUserLocalizedLabel', 'LocalizedLabelLanguageCode', 'LocalizedLabel'] as const;

/**
 * The five files of `OptionsetMetadata/`, each over all tables of the link; no header, columns in the order that readers
 * take by position. Note that the global file's order is not the local one's with a column added.
 */
export function optionsetFiles(shapes: readonly TableShape[]): TextFile[] {
  const all = shapes.map(choiceMetadata);
  const options = all.flatMap(rows => rows.options);
  const globalOptions = all.flatMap(rows => rows.globalOptions);
  const states = all.flatMap(rows => rows.states);
  const statuses = all.flatMap(rows => rows.statuses);
  const targets = all.flatMap(rows => rows.targets);
  return [
    file('OptionsetMetadata', pick(options, ['EntityName', 'OptionSetName', 'Option', ...LABEL])),
    file(
      'GlobalOptionsetMetadata',
      pick(globalOptions, ['OptionSetName', 'Option', ...LABEL, 'GlobalOptionSetName', 'EntityName']),
    ),
    file('StateMetadata', pick(states, ['EntityName', 'State', ...LABEL])),
    file('StatusMetadata', pick(statuses, ['EntityName', 'State', 'Status', ...LABEL])),
    file('TargetMetadata', pick(targets, ['EntityName', 'AttributeName', 'ReferencedEntity', 'ReferencedAttribute'])),
  ];
}

function pick<Row extends { readonly [key in Key]: Cell }, Key extends string>(
  rows: readonly Row[],
  keys: readonly Key[],
): Cell[][] {
  return rows.map(row => keys.map(key => row[key]));
}

function file(name: string, rows: readonly (readonly Cell[])[]): TextFile {
  return { path: optionsetPath(name), bytes: Buffer.from(csvText(rows), 'utf8') };
}
