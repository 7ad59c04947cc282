import { expect, test } from 'vitest';
import { parseLinkFile } from './link-file.ts';

const OLD = {
  format: 1,
  revision: 3,
  linkId: 'one',
  name: 'sales',
  environmentUrl: 'https://contoso.crm.dynamics.com',
  organizationId: 'org-1',
  tables: ['account', 'lead'],
  partitionStrategy: 'year',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const NEW = {
  ...OLD,
  output: 'replica',
  snapshotMinutes: null,
  snapshotsKept: 5,
  incrementalMinutes: 15,
  choices: [{ table: 'account', appendOnly: true, partitionStrategy: 'day' }],
  lakeName: 'dataverse-contoso-org1',
  tenantId: 'tenant',
  clientId: 'client',
  authorityUrl: null,
  pollSeconds: 0.5,
  publishSeconds: 15,
};
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

test('a mark comes back as it was written; one of an earlier version lacks what it did not know (I-7)', () => {
  expect(parseLinkFile(bytesOf(NEW))).toEqual(NEW);
  expect(parseLinkFile(bytesOf(OLD))).toEqual(OLD);
});

test('what a later version adds is kept out of the way', () => {
  expect(parseLinkFile(bytesOf({ ...NEW, later: 1 }))).toMatchObject(NEW);
});

test.each([
  ['a table that is no name', { ...NEW, choices: [{ table: '../x', appendOnly: true, partitionStrategy: 'day' }] }],
  ['a strategy that is none', { ...NEW, partitionStrategy: 'week' }],
  ['an output that is none', { ...NEW, output: 'delta' }],
  ['a pace that is none', { ...NEW, pollSeconds: 0 }],
  ['half a file', { format: 1 }],
])('%s is refused as damaged', (_, value) => {
  expect(() => parseLinkFile(bytesOf(value))).toThrow(expect.objectContaining({ code: 'lake/corrupt' }));
});
