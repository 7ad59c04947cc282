import { CsvProblem, CsvReader, type Field } from './csv-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import type { Found } from './layout-rules-catalogue.ts';
import { type Json, keysOf, listOf, objectOf, parseJson, same, textOf } from './layout-rules-json.ts';
import { type ManifestEntity, readManifest } from './manifest.ts';

const FEED = 'Microsoft.Athena.TrickleFeedService';
/** What genuine files say for every column that is not text. */
const LENGTH_OF_OTHERS = 4000;

/** A finding and the file it is in. */
export interface FoundAt extends Found {
  readonly path: string;
}

const LABEL = ['IsUserLocalizedLabel', 'LocalizedLabelLanguageCode', 'LocalizedLabel'];
/** Fields of the lists in EntityMetadata.json, in the order of the lists. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  StateMetadata: ['EntityName', 'State', ...LABEL],
  StatusMetadata: ['EntityName', 'State', 'Status', ...LABEL],
  GlobalOptionSetMetadata: ['OptionSetName', 'Option', ...LABEL, 'GlobalOptionSetName'],
  OptionSetMetadata: ['EntityName', 'OptionSetName', 'Option', ...LABEL],
  TargetMetadata: ['EntityName', 'AttributeName', 'ReferencedEntity', 'ReferencedAttribute'],
  AttributeMetadata: [
    'EntityName',
    'AttributeName',
    'AttributeType',
    'AttributeTypeCode',
    'Version',
    'Timestamp',
    'MetadataId',
    'Precision',
    'MaxLength',
  ],
};

/** A table's own manifest: what it says of the table (null when it does not), and what is wrong with it. */
export interface OwnModel {
  readonly own: ManifestEntity | null;
  readonly problems: readonly FoundAt[];
}

/**
 * The table's own manifest says the same as the main one. Where the main one names snapshots it may be ahead of them:
 * it describes the near real-time files. In folders it may be missing, in the root it may not.
 */
export async function ownModel(
  lake: LakeReader,
  {
    folder,
    entity,
    required,
  }: { readonly folder: string; readonly entity: ManifestEntity; readonly required: boolean },
): Promise<OwnModel> {
  const path = `${folder}${FEED}/${entity.name}-model.json`;
  const wrong = (problem: string): OwnModel => ({ own: null, problems: [{ rule: 'feed/model', path, problem }] });
  const model = await readManifest(lake, path);
  if (model === null) return required ? wrong('missing') : { own: null, problems: [] };
  if (typeof model === 'string') return wrong(model);
  const [own, ...others] = model;
  if (own?.name !== entity.name || others.length > 0) return wrong(`does not hold ${entity.name} alone`);
  if (same(own.attributes, entity.attributes) || namesSnapshots(entity)) return { own, problems: [] };
  return wrong('its attributes are not those of the main model.json');
}

function namesSnapshots({ partitions }: ManifestEntity): boolean {
  return partitions.some(({ location }) => location.includes('/Snapshot/'));
}

export async function metadataProblems(lake: LakeReader, entity: ManifestEntity): Promise<FoundAt[]> {
  const path = `${FEED}/${entity.name}-EntityMetadata.json`;
  const bytes = await lake.read(path);
  const metadata = bytes === null ? null : objectOf(parseJson(bytes));
  if (metadata === null) return [{ rule: 'feed/metadata', path, problem: 'missing' }];
  const form = metadataForm(metadata);
  if (form !== null) return [{ rule: 'feed/metadata', path, problem: form }];
  return attributeRows(metadata, entity).map(problem => ({ rule: 'feed/attributes', path, problem }));
}

function metadataForm(metadata: Json): string | null {
  if (keysOf(metadata) !== Object.keys(SECTIONS).join(', ')) return `its lists are ${keysOf(metadata)}`;
  for (const [section, fields] of Object.entries(SECTIONS)) {
    // In files of 2021 rows of global choices have no EntityName; in later ones they have.
    const forms = [fields.join(', '), ...(section.startsWith('Global') ? [[...fields, 'EntityName'].join(', ')] : [])];
    const odd = listOf(metadata[section]).find(row => !forms.includes(keysOf(row)));
    if (odd !== undefined || !Array.isArray(metadata[section]))
      return `rows of ${section} are not ${fields.join(', ')}`;
  }
  return null;
}

function attributeRows(metadata: Json, { attributes }: ManifestEntity): string[] {
  const rows = listOf(metadata.AttributeMetadata).map(objectOf);
  const byName = new Map(rows.map(row => [textOf(row.AttributeName), row]));
  const missing = attributes.filter(({ name }) => !byName.has(name)).map(({ name }) => `no row for ${name}`);
  const extra = rows.length - attributes.length + missing.length;
  const lengths = attributes.filter(({ name, dataType, maxLength }) => {
    const row = byName.get(name);
    return row !== undefined && row.MaxLength !== (dataType === 'string' ? maxLength : LENGTH_OF_OTHERS);
  });
  return [
    ...missing,
    ...(extra > 0 ? [`${extra} rows that are of no column`] : []),
    ...lengths.map(({ name }) => `another length for ${name}`),
  ];
}

/** What a column of an option-set file holds. */
type Kind = 'table' | 'column' | 'other-table' | 'text' | 'integer' | 'flag';

const LABELS: readonly Kind[] = ['flag', 'integer', 'text'];
const FILES: Readonly<Record<string, readonly Kind[]>> = {
  OptionsetMetadata: ['table', 'column', 'integer', ...LABELS],
  GlobalOptionsetMetadata: ['column', 'integer', ...LABELS, 'text', 'table'],
  StateMetadata: ['table', 'integer', ...LABELS],
  StatusMetadata: ['table', 'integer', 'integer', ...LABELS],
  TargetMetadata: ['table', 'column', 'other-table', 'text'],
};
/** Newer global files end in one more column, ExternalValue. */
const FURTHER: Readonly<Record<string, number>> = { GlobalOptionsetMetadata: 1 };

/** The five option-set files beside a manifest. `folder` is empty or ends in `/`. */
export async function optionSetProblems(
  lake: LakeReader,
  { folder, entities }: { readonly folder: string; readonly entities: readonly ManifestEntity[] },
): Promise<FoundAt[]> {
  const columns = new Map(entities.map(({ name, attributes }) => [name, new Set(attributes.map(one => one.name))]));
  const problems: FoundAt[] = [];
  for (const name of Object.keys(FILES)) {
    const path = `${folder}OptionsetMetadata/${name}.csv`;
    const bytes = await lake.read(path);
    const found: readonly Found[] =
      bytes === null ? [{ rule: 'options/there', problem: 'missing' }] : fileProblems(bytes, { name, columns });
    problems.push(...found.map(one => ({ ...one, path })));
  }
  return problems;
}

type Columns = ReadonlyMap<string, ReadonlySet<string>>;

function fileProblems(
  bytes: Uint8Array,
  { name, columns }: { readonly name: string; readonly columns: Columns },
): Found[] {
  const kinds = FILES[name] ?? [];
  const widest = kinds.length + (FURTHER[name] ?? 0);
  const problems: Found[] = [];
  for (const [at, fields] of optionRows(bytes).entries()) {
    if (typeof fields === 'string') return [{ rule: 'options/columns', problem: fields }];
    const row = `row ${at + 1}`;
    if (fields.length < kinds.length || fields.length > widest) {
      problems.push({ rule: 'options/columns', problem: `${row}: ${fields.length} fields, not ${kinds.length}` });
      continue;
    }
    const odd = kinds.findIndex((kind, place) => !fits(kind, fields[place]?.text ?? ''));
    if (odd !== -1) problems.push({ rule: 'options/columns', problem: `${row}: field ${odd + 1} is of another kind` });
    else if (!isKnown(kinds, fields, columns)) {
      problems.push({
        rule: 'options/names',
        problem: `${row}: names a table or column that model.json does not have`,
      });
    }
  }
  return problems;
}

/** The rows; in their place a text that says what is wrong. */
function optionRows(bytes: Uint8Array): readonly (readonly Field[] | string)[] {
  try {
    const reader = new CsvReader();
    const rows = reader.push(bytes);
    reader.end();
    return rows;
  } catch (failure) {
    if (failure instanceof CsvProblem) return [failure.message];
    throw failure;
  }
}

function fits(kind: Kind, text: string): boolean {
  switch (kind) {
    case 'table':
    case 'column':
    case 'other-table':
      return /^[A-Za-z_]\w*$/.test(text);
    case 'flag':
      return /^(True|False)$/.test(text);
    case 'integer':
      // A choice without labels has no language code.
      return /^-?\d*$/.test(text);
    case 'text':
      return true;
  }
}

function isKnown(kinds: readonly Kind[], fields: readonly Field[], columns: Columns): boolean {
  const names = columns.get(fields[kinds.indexOf('table')]?.text ?? '');
  if (names === undefined) return false;
  const column = kinds.indexOf('column');
  return column === -1 || names.has(fields[column]?.text ?? '');
}
