import { Fault } from '../../core/fault.ts';
import { BodyReader } from './body-reader.ts';

/** The first thing a client says, possibly after it asked for encryption. */
export type StartUpPacket =
  | { readonly is: 'ssl' | 'gss' }
  | { readonly is: 'cancel'; readonly processId: number; readonly secret: Buffer }
  | { readonly is: 'start'; readonly start: StartUp };

export interface StartUp {
  readonly user: string;
  readonly database: string;
  /** All others that we know the kind of. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Newer than 3.0: the client is told that it is 3.0 here. */
  readonly minorVersion: number;
  /** Options of the protocol itself (`_pq_.…`): we know none. */
  readonly protocolOptions: readonly string[];
}

/** Codes in the place of a version (PostgreSQL documentation, "Message Formats"). */
const CANCEL = 80877102;
const SSL = 80877103;
const GSS = 80877104;
/** The newest version of PostgreSQL allows 256. */
const SECRET_BYTES_MAX = 256;
const MAJOR = 3;

/** Parses what follows the length of a start-up packet. Throws `sql/protocol`, for another major version with state 0A000. */
export function parseStartUpPacket(body: Buffer): StartUpPacket {
  const reader = new BodyReader(body);
  const version = reader.int32();
  if (version === SSL || version === GSS) {
    reader.end();
    return { is: version === SSL ? 'ssl' : 'gss' };
  }
  if (version === CANCEL) {
    const processId = reader.int32();
    if (reader.left > SECRET_BYTES_MAX) throw new Fault('sql/protocol', { reason: 'invalid cancel request' });
    return { is: 'cancel', processId, secret: reader.bytes(reader.left) };
  }
  const [major, minor] = [version >>> 16, version & 0xffff];
  if (major !== MAJOR) {
    const reason = `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.0`;
    throw new Fault('sql/protocol', { reason, sqlstate: '0A000' });
  }
  return { is: 'start', start: parseStart(reader, minor) };
}

function parseStart(reader: BodyReader, minorVersion: number): StartUp {
  const parameters = new Map<string, string>();
  const protocolOptions: string[] = [];
  for (;;) {
    const name = reader.text();
    if (name === '') break;
    const value = reader.text();
    if (name.startsWith('_pq_.')) protocolOptions.push(name);
    else parameters.set(name, value);
  }
  reader.end();
  const user = parameters.get('user') ?? '';
  if (user === '') {
    throw new Fault('sql/protocol', { reason: 'no user name specified in startup packet', sqlstate: '28000' });
  }
  const replication = parameters.get('replication') ?? 'false';
  if (!['false', 'off', 'no', '0'].includes(replication.toLowerCase())) {
    throw new Fault('sql/protocol', { reason: 'replication is not offered here', sqlstate: '0A000' });
  }
  const database = parameters.get('database') ?? '';
  for (const name of ['user', 'database', 'replication']) parameters.delete(name);
  return { user, database: database === '' ? user : database, parameters, minorVersion, protocolOptions };
}
