import { badQuery } from './errors.ts';
import type { QueryOptions } from './query-options.ts';

/** Where the next page of a read begins: what the opaque `$skiptoken` carries. */
export interface PageCookie {
  readonly pageNumber: number;
  readonly tracking: boolean;
  readonly element: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The text of `$skiptoken`, ready for a URL: an XML cookie around a doubly encoded one, as the platform writes it.
 */
export function encodePageCookie({ pageNumber, tracking, element, attributes }: PageCookie): string {
  const list = Object.entries(attributes)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');
  const inner = encodeURIComponent(`<cookie page="${pageNumber - 1}"><${element} ${list} /></cookie>`);
  const lower = inner.replace(/%[0-9A-F]{2}/g, one => one.toLowerCase());
  const outer = `<cookie pagenumber="${pageNumber}" pagingcookie="${lower}" istracking="${tracking ? 'True' : 'False'}" />`;
  return encodeURI(outer);
}

/** @throws WireError for a token that this environment did not make. */
export function decodePageCookie(text: string): PageCookie {
  const outer = /^<cookie pagenumber="(\d{1,9})" pagingcookie="([^"]*)" istracking="(True|False)" \/>$/.exec(text);
  const inner = /^<cookie page="\d+"><(\w+) (.*) \/><\/cookie>$/.exec(unescaped(outer?.[2] ?? ''));
  if (outer === null || inner === null) throw badQuery('Malformed XML in the Paging Cookie');
  const attributes: Record<string, string> = {};
  for (const [, name = '', value = ''] of (inner[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)) attributes[name] = value;
  return { pageNumber: Number(outer[1]), tracking: outer[3] === 'True', element: inner[1] ?? '', attributes };
}

/** The caller's own query without some options, its text untouched. */
export function queryWithout(options: QueryOptions, names: readonly string[]): string {
  return options.raw
    .split('&')
    .filter(part => part !== '' && !names.includes(unescaped(part.split('=')[0] ?? '')))
    .join('&');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
