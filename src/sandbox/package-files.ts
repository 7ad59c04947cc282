import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { Fault } from '../core/fault.ts';

/** What a package may take, so that a small hostile one cannot fill memory. */
export interface PackageLimits {
  readonly entriesMax: number;
  /** Bytes of one file, and of all files that are read, unpacked. */
  readonly unpackedBytesMax: number;
  /** Unpacked bytes for one packed byte, looked at past the first MiB. */
  readonly ratioMax: number;
}

export const packageLimits: PackageLimits = {
  entriesMax: 10_000,
  unpackedBytesMax: 1024 * 1024 * 1024,
  ratioMax: 200,
};

/** One of the two files of a package. `name` is for messages only and never becomes a path. */
export interface PackageFile {
  readonly name: string;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface PackageFiles {
  readonly schema: PackageFile;
  readonly data: PackageFile;
  close(): void;
}

const RATIO_FREE_BYTES = 1024 * 1024;

/**
 * Finds the two files of a Configuration Migration package: in a folder (`data.xml` and `data_schema.xml`, or one pair
 * named `<x>data.xml` and `<x>data_schema.xml`), beside a data file, or in a zip. Throws `package/invalid`, and
 * `package/unsafe` for a zip beyond the limits.
 */
export async function openPackage(
  given: string,
  { limits = packageLimits }: { readonly limits?: PackageLimits } = {},
): Promise<PackageFiles> {
  const kind = await stat(given).catch((cause: unknown) => {
    throw new Fault('package/invalid', { path: given, reason: 'it cannot be read' }, { cause });
  });
  if (kind.isDirectory()) return openFolder(given, limits);
  if (/\.xml$/i.test(given)) return openBeside(given, limits);
  return openZip(given, limits);
}

async function openFolder(folder: string, limits: PackageLimits): Promise<PackageFiles> {
  const names = await readdir(folder);
  if (names.includes('data.xml') && names.includes('data_schema.xml')) {
    return onDisk(path.join(folder, 'data.xml'), path.join(folder, 'data_schema.xml'), limits);
  }
  const pairs = names.flatMap(name => {
    const schema = /data\.xml$/i.test(name) ? schemaNamesOf(name).find(other => names.includes(other)) : undefined;
    return schema === undefined ? [] : [[name, schema] as const];
  });
  const [pair, second] = pairs;
  if (pair === undefined) {
    throw new Fault('package/invalid', { path: folder, reason: missingReason(names) });
  }
  if (second !== undefined) {
    throw new Fault('package/invalid', {
      path: folder,
      reason: `it holds several packages (${pair[0]}, ${second[0]}); name one data file`,
    });
  }
  return onDisk(path.join(folder, pair[0]), path.join(folder, pair[1]), limits);
}

function missingReason(names: readonly string[]): string {
  if (names.includes('data.xml')) return 'data_schema.xml is missing';
  return names.includes('data_schema.xml') ? 'data.xml is missing' : 'it holds no data.xml and data_schema.xml';
}

async function openBeside(dataPath: string, limits: PackageLimits): Promise<PackageFiles> {
  const folder = path.dirname(dataPath);
  const names = await readdir(folder);
  const schema = schemaNamesOf(path.basename(dataPath)).find(name => names.includes(name));
  if (schema === undefined) {
    throw new Fault('package/invalid', { path: dataPath, reason: 'there is no schema file beside it' });
  }
  return onDisk(dataPath, path.join(folder, schema), limits);
}

/** Names a data file's schema goes by; nothing for a name that is a schema's itself. */
function schemaNamesOf(dataName: string): string[] {
  if (/_schema\.xml$/i.test(dataName)) return [];
  return [
    dataName.replace(/\.xml$/i, '_schema.xml'),
    dataName.replace(/data\d*\.xml$/i, 'data_schema.xml'),
    dataName.replace(/data\.xml$/i, 'schema.xml'),
  ];
}

function onDisk(dataPath: string, schemaPath: string, limits: PackageLimits): PackageFiles {
  const file = (filePath: string): PackageFile => ({
    name: path.basename(filePath),
    chunks: () => counted(createReadStream(filePath), { name: path.basename(filePath), limits, packedBytes: null }),
  });
  return { data: file(dataPath), schema: file(schemaPath), close: () => {} };
}

async function openZip(zipPath: string, limits: PackageLimits): Promise<PackageFiles> {
  const zip = await yauzl
    .openPromise(zipPath, { lazyEntries: true, autoClose: false, strictFileNames: false, validateEntrySizes: true })
    .catch((cause: unknown) => {
      throw new Fault('package/invalid', { path: zipPath, reason: 'it is neither a folder nor a zip file' }, { cause });
    });
  try {
    if (zip.entryCount > limits.entriesMax) {
      throw new Fault('package/unsafe', { path: zipPath, reason: 'too many entries', entries: zip.entryCount });
    }
    const found = await wantedEntries(zip, zipPath);
    const file = (name: 'data.xml' | 'data_schema.xml'): PackageFile => {
      const entry = found.get(name);
      if (entry === undefined) throw new Fault('package/invalid', { path: zipPath, reason: `${name} is missing` });
      return {
        name,
        chunks: () => unpacked(zip, entry, { name, limits, packedBytes: entry.compressedSize }),
      };
    };
    return { data: file('data.xml'), schema: file('data_schema.xml'), close: () => zip.close() };
  } catch (thrown) {
    zip.close();
    throw thrown instanceof Fault
      ? thrown
      : new Fault('package/invalid', { path: zipPath, reason: reasonOf(thrown) }, { cause: thrown });
  }
}

/** The two files wanted, by their exact names at the top; every other entry, however named, is left alone. */
async function wantedEntries(zip: yauzl.ZipFile, zipPath: string): Promise<Map<string, yauzl.Entry>> {
  const found = new Map<string, yauzl.Entry>();
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    if (name !== 'data.xml' && name !== 'data_schema.xml') continue;
    if (found.has(name)) throw new Fault('package/unsafe', { path: zipPath, reason: `${name} is in the zip twice` });
    if (entry.isEncrypted()) throw new Fault('package/invalid', { path: zipPath, reason: `${name} is encrypted` });
    found.set(name, entry);
  }
  return found;
}

interface Measure {
  readonly name: string;
  readonly limits: PackageLimits;
  /** Null when the file is not packed. */
  readonly packedBytes: number | null;
}

async function* unpacked(zip: yauzl.ZipFile, entry: yauzl.Entry, measure: Measure): AsyncGenerator<Uint8Array> {
  if (entry.uncompressedSize > measure.limits.unpackedBytesMax) throw tooLarge(measure.name);
  let stream: Readable;
  try {
    stream = await zip.openReadStreamPromise(entry);
  } catch (thrown) {
    throw new Fault('package/invalid', { path: measure.name, reason: reasonOf(thrown) }, { cause: thrown });
  }
  yield* counted(stream, measure);
}

/** The stream's bytes, until they become more than allowed: what a zip claims about itself is not believed. */
async function* counted(stream: Readable, { name, limits, packedBytes }: Measure): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const part = chunk as Uint8Array;
      bytes += part.length;
      if (bytes > limits.unpackedBytesMax) throw tooLarge(name);
      if (packedBytes !== null && bytes > RATIO_FREE_BYTES && bytes > packedBytes * limits.ratioMax) {
        throw new Fault('package/unsafe', { path: name, reason: 'it unpacks to far more than its size' });
      }
      yield part;
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('package/invalid', { path: name, reason: reasonOf(thrown) }, { cause: thrown });
  } finally {
    stream.destroy();
  }
}

function tooLarge(name: string): Fault {
  return new Fault('package/unsafe', { path: name, reason: 'it is larger than allowed' });
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
