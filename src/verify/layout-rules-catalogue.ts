/** A rule of the layout, for people and for docs/layout-rules.md. */
export interface LayoutRule {
  /** Which lakes it is about. */
  readonly of: 'every lake' | 'replicas' | 'incremental folders';
  /** What holds, as a sentence. */
  readonly says: string;
  /** Which readers rely on it, or where it is known from. */
  readonly readers: string;
}

/** Readers whose code was read for these rules, and the word for files that the original wrote. */
const [ESTUARY, ARCANE, ARASDK, FASTTRACK, DATABRICKS, TO_SQL, FILES] = [
  'Estuary',
  'Arcane',
  'the arasdk notebook',
  'FastTrack T-SQL',
  'the Databricks sample',
  'DataverseToSql',
  'genuine files',
];
const ALL_FOUR = `${ESTUARY}, ${ARCANE}, ${ARASDK}, ${FASTTRACK}`;

/** Every rule that `verify --layout` checks. */
export const layoutRules = {
  'model/json': {
    of: 'every lake',
    says: 'model.json is there, is UTF-8 and JSON, and has entities with attributes and partitions',
    readers: `${ALL_FOUR}, ${DATABRICKS}, ${TO_SQL}`,
  },
  'model/top': {
    of: 'every lake',
    says: 'model.json has the keys name, description, version and entities, in this order, and is named cdm in version 1.0',
    readers: FILES,
  },
  'model/tables-distinct': { of: 'every lake', says: 'A table is listed once', readers: `${ALL_FOUR}, ${TO_SQL}` },
  'model/entity': {
    of: 'every lake',
    says: 'A table is a LocalEntity with name, description (the name again), annotations, attributes and partitions, in this order',
    readers: `${FILES}, ${ARCANE}`,
  },
  'model/annotations': {
    of: 'every lake',
    says: 'A table carries granularity, state and completion time of its initial sync, in this order; the time is in US form once it is Completed',
    readers: `${DATABRICKS}, ${TO_SQL}`,
  },
  'model/attribute': {
    of: 'every lake',
    says: 'An attribute is name, dataType of the known ones, and maxLength, which is -1 for all but strings',
    readers: `${ESTUARY}, ${FASTTRACK}, ${FILES}`,
  },
  'model/traits': {
    of: 'every lake',
    says: 'Traits of an attribute are is.constrained with the maxLength, or is.dataFormat.numeric.shaped with precision before scale',
    readers: `${FASTTRACK} (by position), ${ARCANE}`,
  },
  'model/head': {
    of: 'every lake',
    says: 'The first columns are Id, SinkCreatedOn and SinkModifiedOn',
    readers: ALL_FOUR,
  },
  'model/columns-distinct': {
    of: 'every lake',
    says: 'Column names differ in more than capital letters',
    readers: `${FASTTRACK} (SQL does not tell them apart)`,
  },
  'model/partition': {
    of: 'every lake',
    says: 'A partition is name, location, fileFormatSettings and annotations, in this order, with the settings of genuine files',
    readers: FILES,
  },
  'model/partition-name': {
    of: 'every lake',
    says: 'A partition is named by the table’s granularity (2024, 2024-03, 2024-03-09, with _001 for further parts; 1 for rows without a date), and once',
    readers: `${TO_SQL}, ${DATABRICKS}`,
  },
  'model/partition-annotations': {
    of: 'every lake',
    says: 'Athena:PartitionYear and Athena:PartitionMonth of a partition say what its name says',
    readers: FILES,
  },
  'model/location': {
    of: 'every lake',
    says: 'Every location leads to a file that is there, in the table’s own folder',
    readers: `${TO_SQL}, ${DATABRICKS}`,
  },
  'files/readable-names': {
    of: 'replicas',
    says: 'Files directly in a table’s folder start with a digit and end in .csv',
    readers: `${DATABRICKS} (they list by that pattern)`,
  },
  'files/named': {
    of: 'replicas',
    says: 'Files directly in a table’s folder are all named by model.json, or are all near real-time partitions of a table whose snapshots are named',
    readers: DATABRICKS,
  },
  'files/one-moment': {
    of: 'replicas',
    says: 'A table’s partitions are all snapshots or all near real-time files',
    readers: TO_SQL,
  },
  'snapshot/name': {
    of: 'replicas',
    says: 'A snapshot is <table>/Snapshot/<partition>_<unix seconds>.csv, and is named for its partition',
    readers: FILES,
  },
  'snapshot/generations': {
    of: 'replicas',
    says: 'At most five generations of a partition’s snapshot are kept, or as many as the link is told to keep',
    readers: 'documentation of the original',
  },
  'feed/model': {
    of: 'every lake',
    says: 'A table’s own model.json in Microsoft.Athena.TrickleFeedService is there and has the attributes of the main one; where that names snapshots, it has those of the near real-time files',
    readers: `${ESTUARY} (its fallback)`,
  },
  'feed/metadata': {
    of: 'replicas',
    says: 'EntityMetadata.json is there, with its six lists in their order and the fields of each',
    readers: TO_SQL,
  },
  'feed/attributes': {
    of: 'replicas',
    says: 'AttributeMetadata has exactly one row for each column, of its length (4000 for what is not text)',
    readers: FILES,
  },
  'options/there': {
    of: 'every lake',
    says: 'The five files of OptionsetMetadata are there: in the root of a lake of replicas, in every finished folder of an incremental one',
    readers: `${FASTTRACK}, ${TO_SQL}`,
  },
  'options/columns': {
    of: 'every lake',
    says: 'The five files of OptionsetMetadata have their columns in the order that readers take by position',
    readers: `${FASTTRACK}, ${TO_SQL}`,
  },
  'options/names': {
    of: 'every lake',
    says: 'Tables and columns named in OptionsetMetadata are in model.json',
    readers: FASTTRACK,
  },
  'csv/dialect': {
    of: 'every lake',
    says: 'CSV is UTF-8 without a mark, comma and line feed, quotes around whole fields and doubled inside, without NUL',
    readers: `${ALL_FOUR}, ${DATABRICKS}`,
  },
  'csv/width': {
    of: 'every lake',
    says: 'A row has no more fields than the table has columns, and none ends before IsDelete',
    readers: ESTUARY,
  },
  'csv/ragged': { of: 'every lake', says: 'Rows of a file may grow wider, never narrower', readers: ESTUARY },
  'csv/key': { of: 'every lake', says: 'Id and the Sink dates are never null', readers: ALL_FOUR },
  'csv/type': {
    of: 'every lake',
    says: 'Every cell is a value of its column’s type; decimals have no exponent, guids no braces, date-times a T',
    readers: `${ALL_FOUR}, ${DATABRICKS}`,
  },
  'csv/sink-date': {
    of: 'every lake',
    says: 'Sink dates are M/d/yyyy h:mm:ss tt',
    readers: `${ESTUARY}, ${DATABRICKS}`,
  },
  'csv/offset-date': {
    of: 'every lake',
    says: 'A date with an offset has seven decimals and +00:00; only a delete’s may lack the offset',
    readers: `${ARCANE}, documentation of the original`,
  },
  'csv/text-length': {
    of: 'every lake',
    says: 'No text is longer than its column’s maxLength',
    readers: `${FASTTRACK} (SQL columns of that length)`,
  },
  'csv/is-delete': { of: 'every lake', says: 'IsDelete is empty or True', readers: ALL_FOUR },
  'csv/delete-row': {
    of: 'every lake',
    says: 'A delete fills Id, the Sink dates, versionnumber, createdon and IsDelete, and nothing else',
    readers: `${ESTUARY}, ${ARCANE}`,
  },
  'csv/sink-order': {
    of: 'every lake',
    says: 'SinkModifiedOn never falls down a file to which rows are appended',
    readers: ESTUARY,
  },
  'csv/version-order': {
    of: 'every lake',
    says: 'The versionnumber of an id, but for a 0, never falls down a file to which rows are appended',
    readers: ESTUARY,
  },
  'csv/one-row': {
    of: 'replicas',
    says: 'An id of a table that is updated in place has one row in all files that are read together',
    readers: `${TO_SQL}, ${DATABRICKS}`,
  },
  'folder/name': {
    of: 'incremental folders',
    says: 'Folders are named yyyy-MM-ddTHH.mm.ssZ, with dots',
    readers: `${FASTTRACK}, ${ARASDK}`,
  },
  'folder/changelog': {
    of: 'incremental folders',
    says: 'Changelog/changelog.info holds the name of the folder being written and nothing else, not even a line end',
    readers: `${ESTUARY}, ${ARCANE}`,
  },
  'folder/order': {
    of: 'incremental folders',
    says: 'No folder is later than the one being written',
    readers: `${ESTUARY}, ${ARASDK}`,
  },
  'folder/in-progress': {
    of: 'incremental folders',
    says: 'The folder being written has no model.json, or an empty one',
    readers: `${ESTUARY}, ${ARASDK}`,
  },
  'folder/finished': {
    of: 'incremental folders',
    says: 'Every folder before the one being written has a complete model.json',
    readers: ALL_FOUR,
  },
  'folder/all-tables': {
    of: 'incremental folders',
    says: 'A folder’s model.json lists every table, with no partitions where it has nothing of it. One that had left the link comes back with a full copy',
    readers: `${FASTTRACK}, ${ARASDK}`,
  },
  'folder/is-delete': {
    of: 'incremental folders',
    says: 'Every table has the boolean column IsDelete, spelt so',
    readers: ALL_FOUR,
  },
  'folder/named': {
    of: 'incremental folders',
    says: 'Every CSV of a finished folder is named by its model.json',
    readers: `${ESTUARY}, ${FASTTRACK}`,
  },
  'folder/changed': {
    of: 'incremental folders',
    says: 'A finished folder has a row',
    readers: 'documentation of the original (folders come only with changes)',
  },
  'folder/one-kind': {
    of: 'incremental folders',
    says: 'A file holds only rows or only deletes',
    readers: ESTUARY,
  },
  'folder/one-word': {
    of: 'incremental folders',
    says: 'A folder has one word on an id: its rows are in one file, since the order of files says nothing',
    readers: `${ESTUARY}, ${FASTTRACK}, ${ARCANE}`,
  },
  'folder/delete-date': {
    of: 'incremental folders',
    says: 'The createdon of a delete is in the year 1',
    readers: ARCANE,
  },
} as const satisfies Readonly<Record<string, LayoutRule>>;

export type RuleId = keyof typeof layoutRules;

/** Something that breaks a rule. The text names places and columns, never a value. */
export interface Found {
  readonly rule: RuleId;
  readonly problem: string;
}
