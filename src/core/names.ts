import { Fault } from './fault.ts';

declare const brand: unique symbol;
export type TableName = string & { readonly [brand]: 'table' };
export type LinkName = string & { readonly [brand]: 'link' };

/** A Dataverse logical name: starts with a letter, then letters, digits and `_`, lower case, at most 128. */
const LOGICAL_NAME = /^[a-z][a-z0-9_]{0,127}$/;

/** Names that Windows refuses as a file or folder name whatever the ending. */
const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** Parses a table's logical name at the border, before it becomes a path or an SQL identifier. */
export function parseTableName(text: unknown): TableName {
  if (typeof text !== 'string' || !LOGICAL_NAME.test(text) || RESERVED_ON_WINDOWS.test(text)) {
    throw new Fault('input/table-name', { given: typeof text === 'string' ? text.slice(0, 130) : typeof text });
  }
  return text as TableName;
}

/** A link's name: 1 to 63 lower-case letters, digits and single hyphens, not at the ends. */
export function parseLinkName(text: unknown): LinkName {
  if (
    typeof text !== 'string' ||
    text.length > 63 ||
    !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) ||
    RESERVED_ON_WINDOWS.test(text)
  ) {
    throw new Fault('input/link-name', { given: typeof text === 'string' ? text.slice(0, 80) : typeof text });
  }
  return text as LinkName;
}

/** Whether a text is a column's logical name. */
export function isLogicalName(text: string): boolean {
  return LOGICAL_NAME.test(text);
}

/**
 * Name of a lake's container and database: `dataverse-<environment>-<organization>`, lower case, letters, digits and
 * single hyphens, at most 63 characters (the limit of an Azure container).
 */
export function lakeName(environment: { readonly name: string; readonly organization: string }): string {
  const clean = (text: string) =>
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '');
  const parts = ['dataverse', clean(environment.name), clean(environment.organization)].filter(part => part !== '');
  return parts.join('-').slice(0, 63).replace(/-+$/, '');
}
