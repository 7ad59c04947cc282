import type { Change } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { parseDeltaToken, refuseExpiredToken } from './delta-token.ts';
import { badArgument, missingPrivilege } from './errors.ts';
import { othersTurn } from './page-read.ts';
import { allowOptions } from './query-options.ts';
import { rowsMax } from './row-answer.ts';
import type { Answer, Call, Environment } from './wire.ts';

const sliceChanges = 500;

/**
 * `GET /accounts/$count?$deltatoken=...`: how many rows changed or went since a token, as text. That it is capped like
 * every other `$count` is ours; the page on change tracking only shows the address.
 * @throws WireError as the read of the changes itself does
 */
export async function answerChangeCount(environment: Environment, call: Call, table: TableDefinition): Promise<Answer> {
  const { database, applications } = environment;
  allowOptions(call.options, ['$deltatoken', '$select']);
  if (applications.readLevel(call.application, table.logicalName) !== 'organization') {
    throw missingPrivilege({ userId: call.application.userId, table, verb: 'Read' });
  }
  if (!table.changeTracking) {
    throw badArgument(`Change tracking is not enabled for entity '${table.logicalName}'.`);
  }
  const token = parseDeltaToken(call.options.values.get('$deltatoken') ?? '');
  refuseExpiredToken(environment, { table: table.logicalName, token });
  call.noted.rows = 0;
  const most = rowsMax(table);
  const until = database.version();
  let after: Parameters<typeof database.changes>[1]['after'] = null;
  let count = 0;
  for (;;) {
    const span = { since: token.version, until, after, limit: sliceChanges };
    const changes: Change[] = database.changes(table.logicalName, span);
    count += changes.length;
    const last = changes.at(-1);
    if (last === undefined || changes.length < sliceChanges || count >= most) break;
    after = { kind: last.kind, version: last.kind === 'row' ? last.stored.version : last.version };
    await othersTurn();
  }
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: String(Math.min(count, most)) };
}
