import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { PartitionStrategy } from '../core/commit.ts';
import { limits } from '../core/limits.ts';
import {
  DEFAULT_OUTPUT,
  type LinkChoices,
  PARTITION_STRATEGIES,
  parseLinkChoices,
  type TableChoice,
} from '../core/link-choices.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import { usage } from './exit.ts';

/** What a person types to choose what a link copies and how. */
export interface ChoiceOptions {
  readonly choices?: string;
  readonly tables?: string;
  readonly appendOnly?: string;
  readonly partitionStrategy?: string;
  readonly output?: string;
  readonly intervalMinutes?: string;
  readonly snapshotMinutes?: string;
  readonly snapshotsKept?: string;
}

const { snapshotMinutesMin, snapshotMinutesMax, incrementalMinutesMin, incrementalMinutesMax } = limits;
export const CHOICES_OPTION = ['--choices <file>', 'choices of a link as JSON; the other options override it'] as const;
export const STRATEGY_OPTION = '--partition-strategy <year|month|day>';
export const INTERVAL_OPTION = [
  `--interval-minutes <${incrementalMinutesMin}..${incrementalMinutesMax}>`,
  `minutes between two incremental folders (default: ${DEFAULT_OUTPUT.incrementalMinutes})`,
] as const;
export const SNAPSHOT_OPTION = [
  `--snapshot-minutes <${snapshotMinutesMin}..${snapshotMinutesMax}|off>`,
  `minutes between two snapshots (default: ${DEFAULT_OUTPUT.snapshotMinutes})`,
] as const;
export const KEPT_OPTION = [
  '--snapshots-kept <number>',
  `how many snapshots of a table are kept (default: ${DEFAULT_OUTPUT.snapshotsKept})`,
] as const;

export function addChoiceOptions(command: Command): Command {
  return command
    .option('--tables <names>', 'logical names, separated by commas; each may carry its own: lead:append, task:month')
    .option(...CHOICES_OPTION)
    .option('--output <replica|incremental>', 'the tables as they are, or folders of changes (default: replica)')
    .option('--append-only <names|all>', 'tables whose files keep every version and every delete')
    .option(STRATEGY_OPTION, 'how rows are spread over files (default: year)')
    .option(...SNAPSHOT_OPTION)
    .option(...KEPT_OPTION)
    .option(...INTERVAL_OPTION);
}

/** The file's choices, or the usual ones, with what the other options say in their place. */
export function readChoices(options: ChoiceOptions): LinkChoices {
  const file = options.choices === undefined ? null : readChoicesFile(options.choices);
  const given = options.partitionStrategy === undefined ? null : parseStrategy(options.partitionStrategy);
  const output = options.output === undefined ? (file?.output ?? DEFAULT_OUTPUT.output) : parseOutput(options.output);
  refuseOtherOutput(output, options);
  const minutes = parseSnapshotMinutes(options.snapshotMinutes);
  const tables = chosenTables(options, { file, given });
  return {
    format: 1,
    output,
    snapshotMinutes: minutes === undefined ? (file ?? DEFAULT_OUTPUT).snapshotMinutes : minutes,
    snapshotsKept: parseSnapshotsKept(options.snapshotsKept) ?? (file ?? DEFAULT_OUTPUT).snapshotsKept,
    incrementalMinutes: parseIntervalMinutes(options.intervalMinutes) ?? (file ?? DEFAULT_OUTPUT).incrementalMinutes,
    partitionStrategy: given ?? file?.partitionStrategy ?? 'year',
    tables: appendOnly(tables, options.appendOnly),
  };
}

/** A file of choices: `input/invalid` names it. */
export function readChoicesFile(path: string): LinkChoices {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw usage('--choices', `${path} cannot be read`);
  }
  return parseLinkChoices(text);
}

/** `account, contact` as names; an empty list is refused. */
export function parseTables(text: string): TableName[] {
  return listed('--tables', text).map(parseTableName);
}

export function parseStrategy(text: string): PartitionStrategy {
  const strategy = PARTITION_STRATEGIES.find(one => one === text);
  if (strategy === undefined) throw usage('--partition-strategy', 'it is year, month or day');
  return strategy;
}

/** Null: off; undefined: not given. */
export function parseSnapshotMinutes(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'off') return null;
  return whole('--snapshot-minutes', text, { min: snapshotMinutesMin, max: snapshotMinutesMax, or: ' or off' });
}

export function parseSnapshotsKept(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return whole('--snapshots-kept', text, { min: 1, max: limits.snapshotsKeptMax });
}

export function parseIntervalMinutes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return whole('--interval-minutes', text, { min: incrementalMinutesMin, max: incrementalMinutesMax });
}

/** `--poll-seconds`, `--publish-seconds`; undefined where it was not given. */
export function parseSeconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0.2 || seconds > 86_400) {
    throw usage(`--${option}`, 'it is a number of seconds from 0.2 to 86400');
  }
  return seconds;
}

function parseOutput(text: string): LinkChoices['output'] {
  if (text === 'replica' || text === 'incremental') return text;
  throw usage('--output', 'it is replica or incremental');
}

function refuseOtherOutput(output: LinkChoices['output'], options: ChoiceOptions): void {
  if (output === 'replica' && options.intervalMinutes !== undefined) {
    throw usage('--interval-minutes', 'only a link of incremental folders has one: --output incremental');
  }
  if (output === 'replica') return;
  for (const option of ['snapshotMinutes', 'snapshotsKept'] as const) {
    if (options[option] === undefined) continue;
    const typed = option === 'snapshotMinutes' ? '--snapshot-minutes' : '--snapshots-kept';
    throw usage(typed, 'a link of incremental folders makes no snapshots');
  }
}

/** The tables of `--tables`, else of the file. A table that both name keeps what the file says of it. */
function chosenTables(
  options: ChoiceOptions,
  { file, given }: { readonly file: LinkChoices | null; readonly given: PartitionStrategy | null },
): TableChoice[] {
  if (options.tables === undefined && file === null) {
    throw usage('--tables', 'name the tables, or give a file: --choices <file>');
  }
  const ofFile = (file?.tables ?? []).map(one => ({ ...one, partitionStrategy: given ?? one.partitionStrategy }));
  if (options.tables === undefined) return ofFile;
  const partitionStrategy = given ?? file?.partitionStrategy ?? 'year';
  return listed('--tables', options.tables).map(text => {
    const [name, ...suffixes] = text.split(':');
    const table = parseTableName(name);
    const known = ofFile.find(one => one.table === table) ?? { table, appendOnly: false, partitionStrategy };
    return suffixes.reduce(withSuffix, known);
  });
}

function withSuffix(choice: TableChoice, suffix: string): TableChoice {
  if (suffix === 'append') return { ...choice, appendOnly: true };
  const partitionStrategy = PARTITION_STRATEGIES.find(one => one === suffix);
  if (partitionStrategy !== undefined) return { ...choice, partitionStrategy };
  throw usage('--tables', `after ${choice.table}: stands append, year, month or day`);
}

function appendOnly(tables: TableChoice[], text: string | undefined): TableChoice[] {
  if (text === undefined) return tables;
  if (text === 'all') return tables.map(one => ({ ...one, appendOnly: true }));
  const names = new Set<string>(listed('--append-only', text));
  for (const { table } of tables) names.delete(table);
  const [other] = names;
  if (other !== undefined) throw usage('--append-only', `${other} is not among the tables`);
  const chosen = listed('--append-only', text);
  return tables.map(one => (chosen.includes(one.table) ? { ...one, appendOnly: true } : one));
}

function listed(option: string, text: string): string[] {
  const given = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  if (given.length === 0) throw usage(option, 'name at least one table');
  return given;
}

function whole(
  option: string,
  text: string,
  { min, max, or = '' }: { readonly min: number; readonly max: number; readonly or?: string },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw usage(option, `it is a whole number from ${min} to ${max}${or}`);
}
