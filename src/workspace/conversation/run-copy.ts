import type { EncodedRow } from '../sql-session.ts';
import type { CopyCommand } from './copy-command.ts';
import { copyWriter } from './copy-rows.ts';
import { unless } from './interrupts.ts';
import { refusal } from './refusal.ts';
import { formatsFor, PieceSize } from './send-rows.ts';
import type { SqlSession } from './sql-session.ts';

/** Sends the rows of a query or a relation; answers the tag. Nothing is sent before the result is whole. */
export async function runCopy(session: SqlSession, command: CopyCommand, signal: AbortSignal): Promise<string> {
  const { from, options } = command;
  const { backend } = session.parts;
  const query =
    from.is === 'query'
      ? await session.prepare(from.query, { types: [], signal })
      : await session.prepareOwn(from.sql, session.view(), signal);
  if (query.parameterTypes.length > 0) throw refusal({ state: '42P02', message: 'there is no parameter $1' });
  const names = query.fields.map(({ name }) => name);
  checkForced(command, names);
  const isBinary = options.format === 'binary';
  const cursor = session.cursor(query, { parameters: [], isScroll: false });
  try {
    await cursor.start(signal);
    const formats = formatsFor(names.length, [isBinary ? 'binary' : 'text']);
    const writer = copyWriter(options, names);
    const piece = new PieceSize();
    let count = 0;
    backend.copyOut(isBinary ? 'binary' : 'text', names.length);
    if (writer.header !== null) await unless(signal, backend.copyData(writer.header));
    for (;;) {
      signal.throwIfAborted();
      const rows = await cursor.forward(piece.rows, formats, signal);
      if (rows.length === 0) break;
      piece.saw(rows);
      const send = async (row: EncodedRow) => backend.copyData(writer.row(row));
      await unless(signal, Promise.all(rows.map(send)));
      count += rows.length;
    }
    const { trailer } = writer;
    if (trailer !== null) await unless(signal, backend.copyData(trailer));
    backend.copyDone();
    return `COPY ${count}`;
  } finally {
    await cursor.close();
  }
}

function checkForced({ from, options }: CopyCommand, names: readonly string[]): void {
  if (options.forceQuote === '*') return;
  const missing = options.forceQuote.find(name => !names.includes(name));
  if (missing === undefined) return;
  const where = from.is === 'relation' ? ` of relation ${from.name}` : '';
  throw refusal({ state: '42703', message: `column "${missing}"${where} does not exist` });
}
