import { ident } from '../../batch/sql.ts';
import { csvColumns } from '../../cdm/partition-csv.ts';
import { rowsOf } from '../../cdm/snapshot-model.ts';
import { snapshotRowsSql } from '../../cdm/snapshot-rows.ts';
import type { DataFile, Snapshot } from '../../core/commit.ts';
import { Fault } from '../../core/fault.ts';
import { appendColumns, type LakeColumn, lakeColumns, type TableShape } from '../../core/shape.ts';
import { type RelationColumn, type RelationInfo, relationColumn } from '../database-view.ts';
import { historyRowsSql } from './history-rows.ts';
import { labelRowsSql } from './label-rows.ts';
import { labelColumns } from './labels.ts';
import { commentOf, lakeComment, textComment } from './relation-comments.ts';
import type { NamedRelation } from './relation-names.ts';
import { type DefinedState, liveRowsSql, type RowsPlace } from './table-rows.ts';

/** A relation of a table at one of its commits. */
export interface TableRelation {
  readonly named: NamedRelation & { readonly is: 'of-table' };
  readonly at: DefinedState;
  /** Of `partitioned`: what it shows, and the definition that its files were written under. */
  readonly snapshot: (DefinedState & { readonly snapshot: Snapshot }) | null;
}

/** Whether the table has this relation at all. */
export function isThere({ named: { view }, at: { state }, snapshot }: TableRelation): boolean {
  if (view === 'partitioned') return snapshot !== null;
  return view !== 'current' || state.writeMode === 'append';
}

export function tableInfo(relation: TableRelation): RelationInfo {
  const { named, at } = relation;
  const { view, name } = named;
  const isOnePerId = view !== 'table' || at.state.writeMode !== 'append';
  const isVersions = view === 'partitioned' && relation.snapshot?.snapshot.append === true;
  return {
    schema: 'dbo',
    name,
    kind: view === 'table' || view === 'partitioned' ? 'table' : 'view',
    columns: columnsOf(relation),
    primaryKey: isOnePerId && !isVersions ? ['Id'] : [],
    comment: commentOf(relation),
    ...sizeOf(relation),
    definition: null,
  };
}

function columnsOf(relation: TableRelation): RelationColumn[] {
  const { shape, state } = relation.at;
  const own = (columns: readonly LakeColumn[], of: TableShape) =>
    columns.map(column => ({ ...relationColumn(column), comment: lakeComment(column, of) }));
  switch (relation.named.view) {
    case 'table':
      return own(state.writeMode === 'append' ? appendColumns(shape) : lakeColumns(shape), shape);
    case 'current':
      return own(lakeColumns(shape), shape);
    case 'partitioned':
      return relation.snapshot === null ? [] : own(snapshotColumns(relation.snapshot), relation.snapshot.shape);
    case 'labels':
      return labelColumns(shape).map(column =>
        column.is === 'own'
          ? { ...relationColumn(column.of), comment: lakeComment(column.of, shape) }
          : { name: column.name, sqlType: 'VARCHAR', length: null, notNull: false, comment: textComment(column) },
      );
  }
}

function snapshotColumns({ shape, snapshot }: NonNullable<TableRelation['snapshot']>): LakeColumn[] {
  return csvColumns(shape, rowsOf(snapshot));
}

function sizeOf({ named, at: { state }, snapshot }: TableRelation): Pick<RelationInfo, 'rowEstimate' | 'bytes'> {
  const sum = (files: readonly Pick<DataFile, 'rows' | 'bytes'>[]) => ({
    rowEstimate: files.reduce((rows, file) => rows + file.rows, 0),
    bytes: files.reduce((bytes, file) => bytes + file.bytes, 0),
  });
  const pending = sum(state.pending.map(({ batch }) => batch));
  if (named.view === 'partitioned') return sum(snapshot?.snapshot.files ?? []);
  if (named.view === 'table' && state.writeMode === 'append') {
    const parts = sum((state.image?.parts ?? state.image?.partitions ?? []).map(({ file }) => file));
    return { rowEstimate: parts.rowEstimate + pending.rowEstimate, bytes: parts.bytes + pending.bytes };
  }
  const image = sum((state.image?.partitions ?? []).map(({ file }) => file));
  // Pending rows are mostly newer versions of rows that are counted already.
  const rowEstimate = state.image === null ? pending.rowEstimate : image.rowEstimate;
  return { rowEstimate, bytes: named.view === 'table' ? image.bytes + pending.bytes : null };
}

export interface RowsRequest {
  /** In lower case; null: all. */
  readonly columns: ReadonlySet<string> | null;
  readonly language: number | null;
  readonly target: (table: string) => Promise<DefinedState | null>;
  readonly signal: AbortSignal;
}

/** SQL of the relation's rows, with the columns asked for and no fewer than one. */
export async function tableRowsSql(place: RowsPlace, relation: TableRelation, request: RowsRequest): Promise<string> {
  const { at, snapshot, named } = relation;
  const { signal } = request;
  const all = columnsOf(relation).map(({ name }) => name);
  const asked = request.columns === null ? all : all.filter(name => request.columns?.has(name.toLowerCase()));
  const columns = asked.length > 0 ? asked : ['Id'];
  switch (named.view) {
    case 'table':
      if (at.state.writeMode === 'append') return historyRowsSql(place, at, { columns, signal });
      return liveRowsSql(place, at, { columns, signal });
    case 'current':
      return liveRowsSql(place, at, { columns, signal });
    case 'labels':
      return labelRowsSql(place, at, { ...request, columns });
    case 'partitioned': {
      if (snapshot === null) throw new Fault('internal/bug', { reason: 'a snapshot that is not there' });
      const files = await Promise.all(
        snapshot.snapshot.files.map(async ({ path, bytes }) => ({
          path: await place.store.localFile(path, signal),
          bytes,
        })),
      );
      const rows = snapshotRowsSql({ shape: snapshot.shape, rows: rowsOf(snapshot.snapshot), files });
      return `SELECT ${columns.map(ident).join(', ')} FROM (${rows})`;
    }
  }
}
