import type { PartitionStrategy } from './commit.ts';
import { Fault } from './fault.ts';
import type { LinkChoices, OutputChoice, TableChoice } from './link-choices.ts';
import type { LinkName, TableName } from './names.ts';

/** What of a link's own choices can be changed while it lives. */
export type LinkChange = Partial<
  Pick<OutputChoice, 'snapshotMinutes' | 'snapshotsKept' | 'incrementalMinutes'> & {
    readonly partitionStrategy: PartitionStrategy;
  }
>;

/** What makes one link's choices those of a file: nothing else of the link is touched. */
export interface ChoiceDifferences {
  readonly link: LinkChange;
  readonly added: readonly TableChoice[];
  readonly removed: readonly TableName[];
  /** Tables whose mode or strategy is another one, as they are to be. */
  readonly changed: readonly TableChoice[];
}

/** A link's choices, as they are kept in a file. */
export function choicesOf(link: Omit<LinkChoices, 'format'>): LinkChoices {
  const { output, snapshotMinutes, snapshotsKept, incrementalMinutes, partitionStrategy } = link;
  return {
    format: 1,
    output,
    snapshotMinutes,
    snapshotsKept,
    incrementalMinutes,
    partitionStrategy,
    tables: link.tables.map(({ table, appendOnly, partitionStrategy }) => ({ table, appendOnly, partitionStrategy })),
  };
}

/** `link/output-fixed`: replica and incremental folders cannot become each other. */
export function choiceDifferences(
  link: LinkName,
  { from, to }: { readonly from: LinkChoices; readonly to: LinkChoices },
): ChoiceDifferences {
  if (from.output !== to.output) throw new Fault('link/output-fixed', { link, is: from.output, wanted: to.output });
  const before = new Map(from.tables.map(one => [one.table, one]));
  const after = new Set(to.tables.map(({ table }) => table));
  const fields = [
    'partitionStrategy',
    ...(to.output === 'replica' ? (['snapshotMinutes', 'snapshotsKept'] as const) : (['incrementalMinutes'] as const)),
  ] as const;
  const changes = fields.filter(field => from[field] !== to[field]).map(field => [field, to[field]] as const);
  return {
    link: Object.fromEntries(changes) as LinkChange,
    added: to.tables.filter(({ table }) => !before.has(table)),
    removed: from.tables.map(({ table }) => table).filter(table => !after.has(table)),
    changed: to.tables.filter(one => isOther(before.get(one.table), one)),
  };
}

/** Whether there is anything to do. */
export function isNothing({ link, added, removed, changed }: ChoiceDifferences): boolean {
  return Object.keys(link).length + added.length + removed.length + changed.length === 0;
}

function isOther(before: TableChoice | undefined, after: TableChoice): boolean {
  if (before === undefined) return false;
  return before.appendOnly !== after.appendOnly || before.partitionStrategy !== after.partitionStrategy;
}
