import { Fault } from '../core/fault.ts';
import type { PackageFile } from './package-files.ts';
import { readXml, type XmlElement } from './package-xml.ts';

/** One `<field>` of a package's schema. */
export interface SchemaField {
  readonly name: string;
  /** `guid`, `string`, `optionsetvalue` …, lower case, as the file says. */
  readonly type: string;
  readonly displayName: string;
  readonly targets: readonly string[];
  readonly isCustom: boolean;
}

/** One many-to-many `<relationship>`; the intersect table bears its name. */
export interface SchemaRelationship {
  readonly name: string;
  readonly intersectTable: string;
  readonly target: string;
  readonly targetKey: string;
  readonly isReflexive: boolean;
}

export interface SchemaEntity {
  readonly name: string;
  readonly displayName: string;
  readonly typeCode: number | null;
  readonly primaryId: string;
  readonly primaryName: string | null;
  readonly fields: ReadonlyMap<string, SchemaField>;
  readonly relationships: readonly SchemaRelationship[];
}

interface Draft extends Omit<SchemaEntity, 'fields' | 'relationships'> {
  readonly fields: Map<string, SchemaField>;
  readonly relationships: SchemaRelationship[];
}

const NAME = /^[a-z][a-z0-9_]{0,127}$/;

/** Reads `data_schema.xml`: the tables of the package by name. */
export async function readSchema(
  file: PackageFile,
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, SchemaEntity>> {
  const entities = new Map<string, SchemaEntity>();
  let draft: Draft | undefined;
  await readXml(file, {
    root: 'entities',
    signal,
    handler: {
      open: (element, path) => {
        if (path.length === 2 && element.name === 'entity') {
          draft = draftOf(element, file.name);
          if (entities.has(draft.name)) throw invalid(file.name, element, `table ${draft.name} is described twice`);
          entities.set(draft.name, draft);
        } else if (draft !== undefined && element.name === 'field' && path.at(-2) === 'fields') {
          const field = fieldOf(element, file.name);
          draft.fields.set(field.name, field);
        } else if (draft !== undefined && element.name === 'relationship' && path.at(-2) === 'relationships') {
          if (element.attributes.manyToMany === 'true') draft.relationships.push(relationshipOf(element, file.name));
        }
      },
    },
  });
  if (entities.size === 0) throw new Fault('package/invalid', { path: file.name, reason: 'it describes no table' });
  return entities;
}

function draftOf(element: XmlElement, file: string): Draft {
  const { displayname, etc, primarynamefield } = element.attributes;
  const code = Number(etc);
  const primaryName = primarynamefield?.toLowerCase();
  return {
    name: nameIn(element, 'name', file),
    displayName: displayname ?? '',
    typeCode: Number.isInteger(code) && code > 0 ? code : null,
    primaryId: nameIn(element, 'primaryidfield', file),
    primaryName: primaryName !== undefined && NAME.test(primaryName) ? primaryName : null,
    fields: new Map(),
    relationships: [],
  };
}

function fieldOf(element: XmlElement, file: string): SchemaField {
  const { type, displayname, lookupType, customfield } = element.attributes;
  if (type === undefined) throw invalid(file, element, 'a field has no type');
  return {
    name: nameIn(element, 'name', file),
    type: type.toLowerCase(),
    displayName: displayname ?? '',
    targets: (lookupType ?? '')
      .toLowerCase()
      .split('|')
      .filter(target => NAME.test(target)),
    isCustom: customfield === 'true',
  };
}

function relationshipOf(element: XmlElement, file: string): SchemaRelationship {
  const intersectTable = nameIn(element, 'relatedEntityName', file);
  return {
    name: element.attributes.name ?? intersectTable,
    intersectTable,
    target: nameIn(element, 'm2mTargetEntity', file),
    targetKey: nameIn(element, 'm2mTargetEntityPrimaryKey', file),
    isReflexive: element.attributes.isreflexive === 'true',
  };
}

/** A logical name out of an attribute; it becomes the name of a table or column, so nothing else will do. */
export function nameIn(element: XmlElement, attribute: string, file: string): string {
  const name = element.attributes[attribute]?.toLowerCase();
  if (name === undefined) throw invalid(file, element, `<${element.name}> has no ${attribute}`);
  if (!NAME.test(name)) throw invalid(file, element, `${attribute} of <${element.name}> is not a logical name`);
  return name;
}

export function invalid(file: string, element: { readonly line: number }, reason: string): Fault {
  return new Fault('package/invalid', { path: file, line: element.line, reason });
}
