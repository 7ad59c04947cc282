import { errorFields, message, type WireClient, type WireMessage } from './wire-client.ts';

export interface WireRows {
  readonly fields: readonly { readonly name: string; readonly typeOid: number; readonly isBinary: boolean }[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
}

/**
 * Runs one query in the extended protocol, all values of its result in binary. (node-postgres reads binary values as if
 * they were UTF-8 texts, which loses bytes.) A parameter that is a Buffer is sent as binary. Throws what the server says.
 */
export async function binaryRows(
  wire: WireClient,
  sql: string,
  parameters: readonly (string | Buffer | null)[] = [],
): Promise<WireRows> {
  wire.send(
    message('P', Buffer.concat([text(''), text(sql), int16(0)])),
    message('B', Buffer.concat([text(''), text(''), boundParameters(parameters), int16(1), int16(1)])),
    message('D', 'P\0'),
    message('E', Buffer.concat([text(''), int32(0)])),
    message('S'),
  );
  const messages = await wire.until('Z');
  const failure = messages.find(({ type }) => type === 'E');
  if (failure !== undefined) {
    const { C, M } = errorFields(failure);
    throw Object.assign(new Error(M), { code: C });
  }
  const described = messages.find(({ type }) => type === 'T');
  return {
    fields: described === undefined ? [] : fieldsOf(described),
    rows: messages.filter(({ type }) => type === 'D').map(valuesOf),
  };
}

function boundParameters(parameters: readonly (string | Buffer | null)[]): Buffer {
  const formats = parameters.map(value => int16(typeof value === 'string' || value === null ? 0 : 1));
  const values = parameters.map(value => {
    if (value === null) return int32(-1);
    const bytes = Buffer.from(value as Buffer);
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return Buffer.concat([int16(formats.length), ...formats, int16(values.length), ...values]);
}

function fieldsOf({ body }: WireMessage): WireRows['fields'] {
  const fields: WireRows['fields'][number][] = [];
  let at = 2;
  for (let count = body.readInt16BE(0); count > 0; count -= 1) {
    const end = body.indexOf(0, at);
    // After the name: table, column number, type, its size, its modifier, format.
    fields.push({
      name: body.toString('utf8', at, end),
      typeOid: body.readInt32BE(end + 7),
      isBinary: body.readInt16BE(end + 17) === 1,
    });
    at = end + 19;
  }
  return fields;
}

function valuesOf({ body }: WireMessage): (Buffer | null)[] {
  const values: (Buffer | null)[] = [];
  let at = 2;
  for (let count = body.readInt16BE(0); count > 0; count -= 1) {
    const size = body.readInt32BE(at);
    at += 4;
    values.push(size < 0 ? null : body.subarray(at, at + size));
    at += Math.max(size, 0);
  }
  return values;
}

const text = (value: string) => Buffer.from(`${value}\0`);

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
