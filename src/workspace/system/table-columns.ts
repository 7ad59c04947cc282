import type { Cell, SystemColumn } from './system-rows.ts';
import {
  committed,
  countOf,
  freshnessSeconds,
  imageFiles,
  initialSync,
  lastSynchronizedOn,
  sum,
  syncState,
  type TableFacts,
  troubleOf,
} from './table-facts.ts';

type Type = SystemColumn<TableFacts>['sqlType'];

function column(
  name: string,
  [sqlType, comment]: readonly [Type, string],
  of: (facts: TableFacts) => Cell | undefined,
): SystemColumn<TableFacts> {
  return { name, sqlType, comment, of: facts => of(facts) ?? null };
}

/** What the log says: null where it cannot be read. */
const ofLog: readonly SystemColumn<TableFacts>[] = [
  column('table_name', ['VARCHAR', 'Logical name'], ({ table }) => table),
  column('sync_state', ['VARCHAR', 'Sync state; InProgress with a completed initial sync is healthy'], syncState),
  column('initial_sync', ['VARCHAR', 'Completed once every row was read'], initialSync),
  column(
    'initial_sync_completed_on',
    ['TIMESTAMPTZ', 'When the first full read was complete'],
    facts => committed(facts)?.initialSyncCompletedAt,
  ),
  column('append_only', ['BOOLEAN', 'Every version and every delete is kept'], facts => {
    const state = committed(facts);
    return state === null ? null : state.writeMode !== 'in-place';
  }),
  column('partition_strategy', ['VARCHAR', 'year, month or day'], facts => committed(facts)?.partitionStrategy),
  column(
    'row_count',
    ['BIGINT', 'Live rows, or versions and deletes where they are kept, as of the last fold'],
    countOf,
  ),
  column(
    'rows_committed',
    ['BIGINT', 'Rows taken in since the table was added'],
    facts => committed(facts)?.rowsCommitted,
  ),
  column(
    'deletes_committed',
    ['BIGINT', 'Deletes taken in since the table was added'],
    facts => committed(facts)?.deletesCommitted,
  ),
  column('last_synchronized_on', ['TIMESTAMPTZ', 'Sink time of the newest change'], lastSynchronizedOn),
  column(
    'freshness_seconds',
    ['DOUBLE', 'Seconds since the environment was last asked with success, as far as is known'],
    freshnessSeconds,
  ),
  column(
    'pending_batches',
    ['INTEGER', 'Batches that are not in the image yet'],
    facts => committed(facts)?.pending.length,
  ),
  column('pending_rows', ['BIGINT', 'Rows and deletes in them'], facts => {
    const state = committed(facts);
    return state === null ? null : sum(state.pending, ({ batch }) => batch.rows + batch.deletes);
  }),
  column('image_rows', ['BIGINT', 'Live rows in the image'], facts => committed(facts)?.image?.rowCount),
  column('image_bytes', ['BIGINT', 'Bytes of its files'], facts => imageFiles(facts).bytes),
  column('image_files', ['INTEGER', 'How many files that are'], facts => imageFiles(facts).files),
  column(
    'last_snapshot_on',
    ['TIMESTAMPTZ', 'When the newest snapshot was taken'],
    facts => committed(facts)?.snapshots[0]?.takenAt,
  ),
  column('snapshots', ['INTEGER', 'How many snapshots are kept'], facts => committed(facts)?.snapshots.length),
  column(
    'columns',
    ['INTEGER', 'Exported columns of the definition'],
    facts => committed(facts)?.shape?.columns.length,
  ),
  column(
    'omitted_columns',
    ['INTEGER', 'Columns that are not exported'],
    facts => committed(facts)?.shape?.omitted.length,
  ),
  column('sequence', ['BIGINT', 'Number of the newest commit'], facts => committed(facts)?.tail),
  column('epoch', ['INTEGER', 'Rises when the environment was restored'], facts => committed(facts)?.epoch),
  column('generation', ['INTEGER', 'Rises with every full read'], facts => committed(facts)?.generation),
  column('high_water', ['BIGINT', 'Highest row version seen'], facts => committed(facts)?.highWater),
];

/** What only a running service knows: null without one. */
const ofService: readonly SystemColumn<TableFacts>[] = [
  column('label', ['VARCHAR', 'How it stands, in a word; null while no service runs'], ({ live }) => live?.label),
  column('last_polled_on', ['TIMESTAMPTZ', 'When the environment was last asked'], ({ live }) => live?.lastPolledOn),
  column('rows_per_second', ['DOUBLE', 'Rows read per second'], ({ live }) => live?.rowsPerSecond),
  column('queued', ['INTEGER', 'Place in the line of tables to be read whole'], ({ live }) => live?.queued),
  column('progress_rows', ['BIGINT', 'Rows read in the full read under way'], ({ live }) => live?.progress?.rows),
  column(
    'progress_estimate',
    ['BIGINT', 'Rows that the environment estimates there are'],
    ({ live }) => live?.progress?.estimate,
  ),
  column(
    'unpublished_batches',
    ['INTEGER', 'Batches that files for readers do not show yet'],
    ({ live }) => live?.pendingBatches,
  ),
  column('paused', ['VARCHAR', 'Why a person paused it'], ({ live }) => live?.paused),
  column('error_code', ['VARCHAR', 'What stops it'], facts => troubleOf(facts)?.code),
  column('error_message', ['VARCHAR', 'The same in words'], facts => troubleOf(facts)?.message),
  column('error_remedy', ['VARCHAR', 'What a person should do'], facts => troubleOf(facts)?.remedy),
];

/** `lakelink.tables`: a row per table of the link. */
export const tableColumns: readonly SystemColumn<TableFacts>[] = [...ofLog, ...ofService];
