import type { Age, RowCounts } from './compare-classes.ts';
import type { ColumnComparison } from './compare-columns.ts';
import type { Loaded } from './compare-rows.ts';
import type { SideTable } from './compare-side.ts';

/** What a comparison of one table found, in words: what is left unexplained, and what differs and is no fault. */
export interface Words {
  readonly unexplained: readonly string[];
  readonly explained: readonly string[];
}

export function words(...parts: readonly Words[]): Words {
  return {
    unexplained: parts.flatMap(({ unexplained }) => unexplained),
    explained: parts.flatMap(({ explained }) => explained),
  };
}

/** Of one side as it was read. */
export function sideWords(side: 'original' | 'ours', table: SideTable, loaded: Loaded): Words {
  const where = side === 'original' ? 'there' : 'here';
  const unexplained = [...table.problems, ...loaded.problems].map(problem => `${side}: ${problem}`);
  if (table.unfinishedSync !== null) unexplained.push(`its initial sync is ${table.unfinishedSync} ${where}`);
  if (loaded.oddIds > 0) unexplained.push(`${many(loaded.oddIds, 'line')} ${where} without a guid as Id`);
  if (loaded.repeated > 0)
    unexplained.push(`${many(loaded.repeated, 'id')} more than once ${where}, though it is not append only`);
  const explained = loaded.isAppendOnly
    ? [
        `it is append only ${where}: ${many(loaded.lines, 'line')}, of which the newest of each id counts, ${many(loaded.rows, 'live row')}`,
      ]
    : [];
  return { unexplained, explained };
}

export function columnWords(found: ColumnComparison): Words {
  const unexplained: string[] = [];
  const explained: string[] = [];
  for (const [side, columns] of [
    ['there', found.onlyOriginal],
    ['here', found.onlyOurs],
  ] as const) {
    const open = columns.filter(({ reason }) => reason === null).map(({ name }) => name);
    if (open.length > 0) unexplained.push(`only ${side}: ${open.join(', ')}`);
    const byReason = new Map<string, string[]>();
    for (const { name, reason } of columns) {
      if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
    }
    for (const [reason, names] of byReason) explained.push(`only ${side}: ${names.join(', ')}. ${reason}`);
  }
  for (const { name, original, ours, reason } of found.types) {
    const says = `type of ${name}: ${original} there, ${ours} here`;
    if (reason === null) unexplained.push(says);
    else explained.push(`${says}; ${reason}`);
  }
  if (found.lengths.length > 0) {
    const said = found.lengths.map(({ name, original, ours }) => `${name} ${original} there, ${ours} here`);
    explained.push(
      `length: ${said.join('; ')}. It says how long a text may become; the texts themselves were compared`,
    );
  }
  if (found.firstOutOfOrder !== null) {
    explained.push(
      `columns stand in another order from ${found.firstOutOfOrder} on; readers that go by model.json follow it, those that count columns must be told`,
    );
  }
  return { unexplained, explained };
}

export function partitionWords(original: SideTable, ours: SideTable): Words {
  const apart = (a: SideTable, b: SideTable) => a.partitions.filter(name => !b.partitions.includes(name));
  const [there, here] = [apart(original, ours), apart(ours, original)];
  if (there.length + here.length === 0) return { unexplained: [], explained: [] };
  const some = (names: readonly string[]) =>
    names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
  const parts = [
    ...(there.length > 0 ? [`only there ${some(there)}`] : []),
    ...(here.length > 0 ? [`only here ${some(here)}`] : []),
  ];
  const strategies =
    original.granularity === ours.granularity
      ? ''
      : ` (by ${original.granularity ?? '?'} there, ${ours.granularity ?? '?'} here)`;
  return {
    unexplained: [],
    explained: [`partitions: ${parts.join('; ')}${strategies}; rows were compared wherever they lie`],
  };
}

export function rowWords(
  rows: RowCounts,
  age: Age,
  differing: readonly { readonly name: string; readonly rows: number }[],
): Words {
  const unexplained: string[] = [];
  const explained: string[] = [];
  if (rows['only-original'] > 0)
    unexplained.push(`${many(rows['only-original'], 'row')} only in the original, not newer than what is here`);
  if (rows['only-ours'] > 0)
    unexplained.push(`${many(rows['only-ours'], 'row')} only in ours, not newer than what is there`);
  if (rows.different > 0) {
    const named = differing.slice(0, 20).map(column => `${column.name} (${column.rows})`);
    unexplained.push(`${many(rows.different, 'row')} of the same version differ in ${named.join(', ')}`);
  }
  const by = age === 'versionnumber' ? 'by versionnumber' : 'by SinkModifiedOn, since a side has no versionnumber';
  if (rows['newer-here'] > 0) explained.push(`${many(rows['newer-here'], 'row')} newer here ${by}`);
  if (rows['newer-there'] > 0) explained.push(`${many(rows['newer-there'], 'row')} newer there ${by}`);
  if (rows['deleted-here'] > 0) {
    explained.push(`${many(rows['deleted-here'], 'row')} deleted here already, as the log of this lake tells`);
  }
  if (rows.ragged > 0) {
    explained.push(
      `${many(rows.ragged, 'row')} with lines that end before a column that was added later; its cells were left out of the comparison`,
    );
  }
  return { unexplained, explained };
}

/** So many rows may be newer on one side whatever else the table holds. */
const NEWER_ALWAYS_FINE = 10;

/** Whether the rows that agree are enough to go by: with an empty lake, or one of long ago, everything is newer. */
export function proofWords(
  { counts, equal }: { readonly counts: RowCounts; readonly equal: number },
  rows: { readonly original: number; readonly ours: number },
): Words {
  const unexplained: string[] = [];
  const newer = counts['newer-here'] + counts['newer-there'] + counts['deleted-here'];
  if ((rows.original === 0) !== (rows.ours === 0)) {
    unexplained.push(`no row at all ${rows.original === 0 ? 'there' : 'here'}, so nothing is proved`);
  } else if (newer > Math.max(NEWER_ALWAYS_FINE, equal + counts.ragged)) {
    unexplained.push(
      `${many(newer, 'row')} newer on one side, and only ${equal + counts.ragged} equal; compare with a newer copy`,
    );
  }
  return { unexplained, explained: [] };
}

export function many(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
