import type { PackageFile } from './package-files.ts';
import { invalid, nameIn } from './package-schema.ts';
import { readXml, type XmlElement } from './package-xml.ts';

/** One `<field>` of a record, as text. */
export interface RawField {
  readonly name: string;
  readonly value: string;
  /** Table a lookup points to; empty when the field is none. */
  readonly lookup: string;
  readonly line: number;
}

/** A `<record>`, or a party of an activity (table `activityparty`). */
export interface RawRecord {
  readonly table: string;
  readonly id: string;
  readonly fields: readonly RawField[];
  readonly line: number;
}

/** Pairs of a many-to-many relationship. */
export interface RawPairs {
  readonly sourceTable: string;
  readonly sourceId: string;
  readonly target: string;
  readonly targetKey: string;
  readonly name: string;
  readonly targetIds: readonly string[];
  readonly line: number;
}

export interface PackageData {
  readonly records: readonly RawRecord[];
  readonly pairs: readonly RawPairs[];
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Reads `data.xml`. Everything stays text; the order is the file's. */
export async function readData(
  file: PackageFile,
  { signal, onRecords }: { readonly signal: AbortSignal; readonly onRecords?: (records: number) => void },
): Promise<PackageData> {
  const reader = new DataReader(file.name, onRecords);
  await readXml(file, { root: 'entities', signal, handler: reader });
  return { records: reader.records, pairs: reader.pairs };
}

class DataReader {
  readonly records: RawRecord[] = [];
  readonly pairs: RawPairs[] = [];
  readonly #file: string;
  readonly #onRecords: ((records: number) => void) | undefined;
  #table = '';
  /** Fields of the open record, and of the open party inside it. */
  #record: RawField[] = [];
  #party: RawField[] = [];
  #targetIds: string[] = [];
  #text = '';

  constructor(file: string, onRecords: ((records: number) => void) | undefined) {
    this.#file = file;
    this.#onRecords = onRecords;
  }

  open(element: XmlElement, path: readonly string[]): void {
    switch (element.name) {
      case 'entity':
        if (path.length === 2) this.#table = nameIn(element, 'name', this.#file);
        return;
      case 'record':
        if (path.at(-2) !== 'records') return;
        this.#record = [];
        this.#push(this.#table, element, this.#record);
        if (this.records.length % 1000 === 0) this.#onRecords?.(this.records.length);
        return;
      case 'activitypointerrecords':
        this.#party = [];
        this.#push('activityparty', element, this.#party);
        return;
      case 'field':
        if (path.at(-2) === 'activitypointerrecords') this.#party.push(this.#field(element));
        else if (path.at(-2) === 'record') this.#record.push(this.#field(element));
        return;
      case 'm2mrelationship':
        this.#openPairs(element);
        return;
      case 'targetid':
        this.#text = '';
        return;
    }
  }

  text(text: string, path: readonly string[]): void {
    if (path.at(-1) === 'targetid') this.#text += text;
  }

  close(name: string): void {
    if (name !== 'targetid') return;
    const pairs = this.pairs.at(-1);
    if (pairs === undefined) return;
    this.#targetIds.push(guid(this.#text.trim(), { file: this.#file, line: pairs.line }));
  }

  #push(table: string, element: XmlElement, fields: readonly RawField[]): void {
    const id = guid(element.attributes.id, { file: this.#file, line: element.line });
    this.records.push({ table, id, fields, line: element.line });
  }

  #field(element: XmlElement): RawField {
    return {
      name: nameIn(element, 'name', this.#file),
      value: element.attributes.value ?? '',
      lookup: (element.attributes.lookupentity ?? '').toLowerCase(),
      line: element.line,
    };
  }

  #openPairs(element: XmlElement): void {
    this.#targetIds = [];
    this.pairs.push({
      sourceTable: this.#table,
      sourceId: guid(element.attributes.sourceid, { file: this.#file, line: element.line }),
      target: nameIn(element, 'targetentityname', this.#file),
      targetKey: nameIn(element, 'targetentitynameidfield', this.#file),
      name: nameIn(element, 'm2mrelationshipname', this.#file),
      targetIds: this.#targetIds,
      line: element.line,
    });
  }
}

/** A GUID in the form rows have: lower case, without braces. */
export function guid(text: string | undefined, where: { readonly file: string; readonly line: number }): string {
  const plain = (text ?? '').toLowerCase().replace(/^\{(.*)\}$/, '$1');
  if (!GUID.test(plain)) throw invalid(where.file, where, 'an id is not a GUID');
  return plain;
}
