import type { NarrowRequest, NarrowResult } from '../core/batcher.ts';
import { SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import type { SpooledPage } from '../core/spool.ts';
import type { Workshop } from './batcher.ts';
import { numberOf } from './build.ts';
import { ETAG, VERSION_PROPERTY } from './columns.ts';
import { mergeSql } from './merge.ts';
import { ident, literal, literalList } from './sql.ts';

const { version: VERSION, epoch: EPOCH } = SYSTEM_COLUMNS;

/** Holds id and version as the environment shows them against the committed rows: see `Batcher.compareNarrow`. */
export async function compareNarrow(
  workshop: Workshop,
  request: NarrowRequest,
  signal: AbortSignal,
): Promise<NarrowResult> {
  const { epoch } = request;
  const columns = epoch === undefined ? ['Id', VERSION] : ['Id', VERSION, EPOCH];
  // A row from before the environment was restored: its version cannot be held against what is shown now.
  const earlier = epoch === undefined ? 'false' : `${EPOCH} < ${epoch}::INTEGER`;
  return workshop.engine.session(async session => {
    await session.runAll(`CREATE TEMP TABLE shown AS ${shownSql(request)}`);
    await session.runAll(
      `CREATE TEMP TABLE live AS SELECT "Id" AS id, ${VERSION} AS version, ${earlier} AS earlier FROM (${mergeSql(request, columns)})`,
    );
    const behind = await session.runAll(
      `SELECT shown.id::VARCHAR AS id, live.id IS NULL AS is_unknown FROM shown LEFT JOIN live ON shown.id = live.id ` +
        `WHERE live.id IS NULL OR live.earlier OR shown.version > live.version ORDER BY id`,
    );
    const known =
      request.knownThrough === undefined ? 'true' : `(earlier OR version <= ${request.knownThrough}::BIGINT)`;
    const vanished = await session.runAll(
      `SELECT id::VARCHAR AS id FROM live WHERE ${known} AND NOT EXISTS (SELECT 1 FROM shown WHERE shown.id = live.id) ORDER BY id`,
    );
    const [counts] = await session.runAll(
      `SELECT (SELECT count(*) FROM shown) AS shown, (SELECT count(*) FROM live) AS live`,
    );
    return {
      behind: behind.map(({ id }) => String(id)),
      unknown: behind.filter(row => row.is_unknown === true).map(({ id }) => String(id)),
      vanished: vanished.map(({ id }) => String(id)),
      shown: numberOf(counts, 'shown'),
      live: numberOf(counts, 'live'),
    };
  }, signal);
}

/** A value that cannot be read fails the statement: a row missed here would look as if it had vanished. */
function shownSql({ shape, pages }: { readonly shape: TableShape; readonly pages: readonly SpooledPage[] }): string {
  if (pages.length === 0) return `SELECT NULL::UUID AS id, NULL::BIGINT AS version WHERE false`;
  const names = [...new Set([shape.primaryId, VERSION_PROPERTY, ETAG])];
  const columns = `{${names.map(name => `${literal(name)}: 'VARCHAR'`).join(', ')}}`;
  const version = `coalesce(${ident(VERSION_PROPERTY)}, regexp_extract(${ident(ETAG)}, '^W/"([0-9]+)"$', 1))`;
  const rows = `read_json(${literalList(pages.map(({ path }) => path))}, format = 'array', records = true, columns = ${columns})`;
  return (
    `SELECT coalesce(${ident(shape.primaryId)}, error('a row without its id'))::UUID AS id, ` +
    `max(coalesce(${version}, error('a row without its version'))::BIGINT) AS version FROM ${rows} GROUP BY 1`
  );
}
