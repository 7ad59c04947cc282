import { both, type Check, flag, integer, listOf, NotValid, objectOf, oneOf, orNull } from './check.ts';
import type { PartitionStrategy } from './commit.ts';
import { Fault } from './fault.ts';
import { limits } from './limits.ts';
import { parseTableName, type TableName } from './names.ts';

/** A table of a link as chosen. */
export interface TableChoice {
  readonly table: TableName;
  /** Every version and every delete is kept in the table's files. Tables without createdon are so in any case. */
  readonly appendOnly: boolean;
  readonly partitionStrategy: PartitionStrategy;
}

/** How a link's output looks; the same for all its tables. */
export interface OutputChoice {
  /** `replica`: the tables as they are, with snapshots; `incremental`: a folder of changes at every interval. */
  readonly output: 'replica' | 'incremental';
  /** Replica: minutes between two snapshots; null: none are made, and model.json names the near real-time files. */
  readonly snapshotMinutes: number | null;
  /** How many snapshots of a table are kept. */
  readonly snapshotsKept: number;
  /** Incremental: minutes between two folders. */
  readonly incrementalMinutes: number;
}

/** What the original does unless told otherwise. */
export const DEFAULT_OUTPUT: OutputChoice = {
  output: 'replica',
  snapshotMinutes: 60,
  snapshotsKept: 5,
  incrementalMinutes: 15,
};

/** What a link copies and how, without where from, where to and by whom: it can be kept in a file and moved to another link. */
export interface LinkChoices extends OutputChoice {
  readonly format: 1;
  /** Of tables that are added without one of their own. */
  readonly partitionStrategy: PartitionStrategy;
  readonly tables: readonly TableChoice[];
}

export const PARTITION_STRATEGIES = ['year', 'month', 'day'] as const satisfies readonly PartitionStrategy[];

/** The choices as a file's text, ending in a line feed. */
export function linkChoicesText(choices: LinkChoices): string {
  return `${JSON.stringify(choices, null, 2)}\n`;
}

/** Reads what `linkChoicesText` wrote, or a person. `input/invalid` says what in it is not right. */
export function parseLinkChoices(text: string): LinkChoices {
  try {
    const value: unknown = JSON.parse(text);
    check(value, '');
    const choices = value as LinkChoices;
    const names = choices.tables.map(({ table }) => table);
    const twice = names.find((name, n) => names.indexOf(name) !== n);
    if (twice !== undefined) throw new NotValid('tables', `a list that names ${twice} once`);
    return { ...DEFAULT_OUTPUT, ...choices };
  } catch (failure) {
    const reason = failure instanceof NotValid ? failure.message : 'it is not complete JSON';
    throw new Fault('input/invalid', { option: 'choices', reason }, { cause: failure });
  }
}

function between(min: number, max: number): Check {
  return both(integer, (value, at) => {
    if (Number(value) < min || Number(value) > max) throw new NotValid(at, `a number from ${min} to ${max}`);
  });
}

const tableName: Check = (value, at) => {
  try {
    parseTableName(value);
  } catch {
    throw new NotValid(at, 'a table name');
  }
};

const strategy = oneOf(...PARTITION_STRATEGIES);

const check = objectOf<LinkChoices>({
  format: oneOf(1),
  output: oneOf('replica', 'incremental'),
  snapshotMinutes: orNull(between(limits.snapshotMinutesMin, limits.snapshotMinutesMax)),
  snapshotsKept: between(1, limits.snapshotsKeptMax),
  incrementalMinutes: between(limits.incrementalMinutesMin, limits.incrementalMinutesMax),
  partitionStrategy: strategy,
  tables: listOf(objectOf<TableChoice>({ table: tableName, appendOnly: flag, partitionStrategy: strategy })),
});
