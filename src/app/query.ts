import { Fault } from '../core/fault.ts';
import type { LinkName } from '../core/names.ts';
import type { Settings } from './settings.ts';

/** A query's answer: values as the embedded engine shows them; wide numbers, decimals, dates and ids are text. */
export interface LakeAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Queries a lake's near real-time tables, whether a service works on it or not. */
export async function queryLake(_options: {
  /** Null when a lake's path is given. */
  readonly settings: Settings | null;
  readonly link: LinkName | null;
  readonly lakePath: string | null;
  readonly sql: string;
  readonly signal: AbortSignal;
}): Promise<LakeAnswer> {
  throw new Fault('input/sql', { reason: 'queries are not wired yet' });
}
