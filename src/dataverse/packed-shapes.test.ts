import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { parseTableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import { attribute, CRATE } from './canned-environment.test-kit.ts';
import { PackedShapes } from './packed-shapes.ts';
import { shapeFromMetadata } from './shape.ts';

const crate = parseTableName('crate');
const box = parseTableName('box');
const put = { nowMs: 0, round: 1 };

function shapeOf(table: typeof crate, columns = 3): TableShape {
  const Attributes = Array.from({ length: columns }, (_, n) => attribute(`column${n}`, 'IntegerType'));
  return shapeFromMetadata({ json: { ...CRATE, LogicalName: table, Attributes }, table, primaryIdOf: () => null });
}

test('a shape that somebody holds comes back as the same object', () => {
  const shapes = new PackedShapes();
  const shape = shapeOf(crate);
  shapes.put(shape, { ...put, ids: ['a'] });
  expect(shapes.shape(crate)).toBe(shape);
  expect(shapes.shape(box)).toBeNull();
});

test('a shape that nobody holds takes no heap, and comes back as it was', async () => {
  const shapes = new PackedShapes();
  const text = (() => {
    const shape = shapeOf(crate, 300);
    shapes.put(shape, { ...put, ids: ['a'] });
    return JSON.stringify(shape);
  })();
  // References are kept until the turn ends.
  await new Promise(done => setImmediate(done));
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  expect(shapes.isAlive(crate)).toBe(false);
  expect(JSON.stringify(shapes.shape(crate))).toBe(text);
  expect(shapes.isAlive(crate)).toBe(true);
});

test('tables are dropped by the ids of what was deleted of them, others stay', () => {
  const shapes = new PackedShapes();
  shapes.put(shapeOf(crate), { ...put, ids: ['id-1', 'id-2'] });
  shapes.put(shapeOf(box), { ...put, ids: null });
  shapes.dropOwners(['id-3', 'id-2']);
  expect(shapes.names()).toEqual([box]);
  expect(shapes.known(box)?.ids).toBeNull();
});
