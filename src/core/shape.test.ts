import { describe, expect, test } from 'vitest';
import { column, shapeOf } from '../../test/kit/log-values.ts';
import { type ColumnKind, decimalScale, lakeColumns, orderColumns } from './shape.ts';

const lookup = (name: string, kind: ColumnKind = 'lookup') =>
  column(name, kind, { property: `_${name}_value`, typeProperty: `_${name}_value@type` });

describe('order of columns', () => {
  test('follows the groups of genuine files: state, status, choices, multi-select, booleans, lookups, owner, customer, money, the rest', () => {
    const given = [
      column('name', 'string'),
      column('revenue', 'money'),
      lookup('customerid', 'customer'),
      lookup('ownerid', 'owner'),
      lookup('primarycontactid'),
      column('donotemail', 'boolean'),
      column('colors', 'multichoice'),
      column('industrycode', 'choice'),
      column('statuscode', 'status'),
      column('statecode', 'state'),
      column('createdon', 'datetime'),
    ];
    expect(orderColumns(given).map(one => one.name)).toEqual([
      'statecode',
      'statuscode',
      'industrycode',
      'colors',
      'donotemail',
      'primarycontactid',
      'ownerid',
      'customerid',
      'revenue',
      'name',
      'createdon',
    ]);
  });

  test('keeps the given order inside a group and loses no column', () => {
    const given = [column('b', 'choice'), column('z', 'string'), column('a', 'choice'), column('y', 'guid')];
    expect(orderColumns(given).map(one => one.name)).toEqual(['b', 'a', 'z', 'y']);
  });
});

describe('columns of the lake', () => {
  test('begin with Id and the Sink dates, and each lookup is followed at once by its target type', () => {
    const columns = lakeColumns(shapeOf([lookup('ownerid', 'owner'), lookup('masterid'), column('name', 'string')]));
    expect(columns.map(one => one.name)).toEqual([
      'Id',
      'SinkCreatedOn',
      'SinkModifiedOn',
      'ownerid',
      'ownerid_entitytype',
      'masterid',
      'masterid_entitytype',
      'name',
    ]);
    expect(columns[4]).toMatchObject({ sqlType: 'VARCHAR', modelType: 'string', maxLength: 128, role: 'target-type' });
  });

  test.each<[ColumnKind, string, string]>([
    ['guid', 'UUID', 'guid'],
    ['string', 'VARCHAR', 'string'],
    ['memo', 'VARCHAR', 'string'],
    ['multichoice', 'VARCHAR', 'string'],
    ['entityname', 'VARCHAR', 'string'],
    ['integer', 'INTEGER', 'int64'],
    ['choice', 'INTEGER', 'int64'],
    ['state', 'INTEGER', 'int64'],
    ['bigint', 'BIGINT', 'int64'],
    ['decimal', 'DECIMAL(38,10)', 'decimal'],
    ['money', 'DECIMAL(38,4)', 'decimal'],
    ['double', 'DOUBLE', 'decimal'],
    ['boolean', 'BOOLEAN', 'boolean'],
    ['dateonly', 'DATE', 'dateTime'],
    ['timezoneindependent', 'TIMESTAMP', 'dateTime'],
    ['datetime', 'TIMESTAMPTZ', 'dateTime'],
  ])('%s is %s in SQL and %s in model.json', (kind, sqlType, modelType) => {
    expect(lakeColumns(shapeOf([column('x', kind)]))[3]).toMatchObject({ sqlType, modelType });
  });

  test('createdon alone carries an offset', () => {
    expect(lakeColumns(shapeOf([column('createdon', 'datetime')]))[3]?.modelType).toBe('dateTimeOffset');
  });

  test('only text has a length', () => {
    const columns = lakeColumns(shapeOf([column('a', 'string', { maxLength: 160 }), column('b', 'integer')]));
    expect(columns.map(one => one.maxLength)).toEqual([-1, -1, -1, 160, -1]);
  });
});

test('decimal places are never fewer than what the platform stores', () => {
  expect(decimalScale(column('a', 'money', { precision: 2 }))).toBe(4);
  expect(decimalScale(column('a', 'decimal', { precision: 2 }))).toBe(10);
  expect(decimalScale(column('exchangerate', 'decimal', { precision: 12 }))).toBe(12);
});
