import { Fault } from '../../core/fault.ts';
import type { ValueFormat } from '../sql-session.ts';
import { BodyReader } from './body-reader.ts';
import type { FrontendMessage } from './conversation.ts';
import type { Frame } from './frames.ts';

/** Parses a message of an open connection (Terminate left out). Throws `sql/protocol`. */
export function parseFrontendMessage({ type, body }: Frame): FrontendMessage {
  const reader = new BodyReader(body);
  const parse = parsers[String.fromCharCode(type)];
  if (parse === undefined) throw new Fault('sql/protocol', { reason: `invalid frontend message type ${type}` });
  const message = parse(reader);
  reader.end();
  return message;
}

const parsers: Readonly<Record<string, (reader: BodyReader) => FrontendMessage>> = {
  Q: reader => ({ is: 'query', sql: reader.text() }),
  P: reader => ({
    is: 'parse',
    name: reader.text(),
    sql: reader.text(),
    parameterTypes: list(reader, each => each.objectId()),
  }),
  B: parseBind,
  D: reader => ({ is: 'describe', of: kindOf(reader), name: reader.text() }),
  C: reader => ({ is: 'close', of: kindOf(reader), name: reader.text() }),
  // PostgreSQL takes a negative number of rows as all.
  E: reader => ({ is: 'execute', portal: reader.text(), maxRows: Math.max(0, reader.int32()) }),
  H: () => ({ is: 'flush' }),
  S: () => ({ is: 'sync' }),
  // Nothing is ever copied in, so what these carry is dropped.
  d: reader => dropped(reader, 'copy-data'),
  c: () => ({ is: 'copy-done' }),
  f: reader => dropped(reader, 'copy-fail'),
  F: reader => dropped(reader, 'function-call'),
};

function parseBind(reader: BodyReader): FrontendMessage {
  const portal = reader.text();
  const statement = reader.text();
  const parameterFormats = list(reader, formatOf);
  const parameters = list(reader, parameterOf);
  if (parameterFormats.length > 1 && parameterFormats.length !== parameters.length) {
    const reason = `bind message has ${parameterFormats.length} parameter formats but ${parameters.length} parameters`;
    throw new Fault('sql/protocol', { reason });
  }
  const resultFormats = list(reader, formatOf);
  return { is: 'bind', portal, statement, parameterFormats, parameters, resultFormats };
}

function list<T>(reader: BodyReader, next: (reader: BodyReader) => T): T[] {
  const count = reader.count();
  const items: T[] = [];
  for (let index = 0; index < count; index += 1) items.push(next(reader));
  return items;
}

function parameterOf(reader: BodyReader): Uint8Array | null {
  const size = reader.int32();
  return size === -1 ? null : reader.bytes(size);
}

function formatOf(reader: BodyReader): ValueFormat {
  const code = reader.count();
  if (code > 1) throw new Fault('sql/protocol', { reason: `unsupported format code: ${code}` });
  return code === 0 ? 'text' : 'binary';
}

function kindOf(reader: BodyReader): 'statement' | 'portal' {
  const kind = String.fromCharCode(reader.byte());
  if (kind !== 'S' && kind !== 'P') throw new Fault('sql/protocol', { reason: 'neither a statement nor a portal' });
  return kind === 'S' ? 'statement' : 'portal';
}

function dropped(reader: BodyReader, is: 'copy-data' | 'copy-fail' | 'function-call'): FrontendMessage {
  reader.bytes(reader.left);
  return { is };
}
