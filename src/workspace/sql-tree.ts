import { Fault } from '../core/fault.ts';

/** A node of the parser's tree, read with care: its form belongs to the engine. */
export type Tree = { readonly [key: string]: unknown };

/**
 * A name in the form in which the engine compares names: only A to Z lose their case. `toLowerCase` would make `k` of the
 * Kelvin sign, so that a WITH name could stand for a table of the engine's own that it does not hide.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase());
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function tree(value: unknown): Tree {
  if (!isTree(value)) throw new Fault('internal/bug', { reason: 'the parser answered in an unknown form' });
  return value;
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Fault('internal/bug', { reason: 'the parser answered in an unknown form' });
  return value;
}
