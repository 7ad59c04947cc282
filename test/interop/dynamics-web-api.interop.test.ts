import { DynamicsWebApi } from 'dynamics-web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crateId, openSandboxWorld, type SandboxWorld } from '../kit/sandbox-wire.ts';

interface Crate {
  readonly crateid: string;
  readonly name: string;
  readonly pieces?: number;
}

/** The npm package `dynamics-web-api`, written against the real service, over HTTP and unmodified. */
describe('dynamics-web-api', () => {
  let world: SandboxWorld;
  let client: DynamicsWebApi;

  beforeEach(async () => {
    world = await openSandboxWorld();
    client = new DynamicsWebApi({
      serverUrl: world.sandbox.url,
      dataApi: { version: '9.2' },
      onTokenRefresh: () => world.token(),
    });
  });
  afterEach(async () => world.close());

  test('creates, retrieves, updates, upserts and deletes a row', async () => {
    const id = await client.create<Crate, string>({ collection: 'crates', data: { name: 'one', pieces: 1 } as Crate });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const row = await client.retrieve<Crate>({ collection: 'crates', key: id, select: ['name', 'pieces'] });
    expect(row).toMatchObject({ name: 'one', pieces: 1, crateid: id });
    const changed = await client.update<Partial<Crate>, Crate>({
      collection: 'crates',
      key: id,
      data: { name: 'changed' },
      returnRepresentation: true,
      select: ['name'],
    });
    expect(changed.name).toBe('changed');
    await client.updateSingleProperty({ collection: 'crates', key: id, fieldValuePair: { pieces: 7 } });
    await client.upsert({ collection: 'crates', key: crateId(77), data: { name: 'upserted' } });
    expect((await client.retrieve<Crate>({ collection: 'crates', key: crateId(77) })).name).toBe('upserted');
    expect((await client.retrieve<Crate>({ collection: 'crates', key: id })).pieces).toBe(7);
    await client.deleteRecord({ collection: 'crates', key: id });
    await client.deleteRecord({ collection: 'crates', key: crateId(77) });
    await expect(client.retrieve({ collection: 'crates', key: id })).rejects.toMatchObject({ status: 404 });
  });

  test('updates only the version it has seen', async () => {
    await client.create({ collection: 'crates', data: { crateid: crateId(5), name: 'five' } });
    const seen = await client.retrieve<{ '@odata.etag': string }>({ collection: 'crates', key: crateId(5) });
    const ifmatch = seen['@odata.etag'];
    await client.update({ collection: 'crates', key: crateId(5), data: { name: 'six' }, ifmatch });
    // The package answers false where the row is newer than the one seen.
    expect(await client.update({ collection: 'crates', key: crateId(5), data: { name: 'seven' }, ifmatch })).toBe(
      false,
    );
    expect(await client.deleteRecord({ collection: 'crates', key: crateId(5), ifmatch })).toBe(false);
    await client.deleteRecord({ collection: 'crates', key: crateId(5) });
  });

  test('pages through rows, filters, orders, counts and expands them', async () => {
    await fill(1, 25);
    const all = await client.retrieveAll<Crate>({ collection: 'crates', select: ['name'], maxPageSize: 10 });
    expect(all.value.map(row => row.name).sort()).toEqual(names(1, 25));
    const first = await client.retrieveMultiple<Crate>({
      collection: 'crates',
      maxPageSize: 10,
      orderBy: ['name desc'],
    });
    expect(first.value.map(row => row.name)).toEqual(names(16, 25).reverse());
    const second = await client.retrieveMultiple<Crate>({ collection: 'crates', maxPageSize: 10 }, first.oDataNextLink);
    expect(second.value.map(row => row.name)).toEqual(names(6, 15).reverse());
    const few = await client.retrieveMultiple<Crate>({
      collection: 'crates',
      filter: "pieces gt 3 and contains(name,'crate') and pieces le 6",
      count: true,
      top: 2,
      orderBy: ['pieces asc'],
    });
    expect(few.value.map(row => row.pieces)).toEqual([4, 5]);
    expect(few.oDataCount).toBe(3);
    expect(await client.count({ collection: 'crates', filter: 'pieces ge 20' })).toBe(6);
    await client.create({
      collection: 'crates',
      data: { crateid: crateId(90), name: 'child', 'ParentId_crate@odata.bind': `crates(${crateId(1)})` },
    });
    const child = await client.retrieve<{ ParentId_crate: Crate }>({
      collection: 'crates',
      key: crateId(90),
      select: ['name'],
      expand: [{ property: 'ParentId_crate', select: ['name'] }],
    });
    expect(child.ParentId_crate.name).toBe('crate 01');
  });

  test('tracks changes: a first read, then what was created, changed and deleted since', async () => {
    await fill(1, 12);
    const start = await client.retrieveMultiple<Crate>({ collection: 'crates', select: ['name'], trackChanges: true });
    expect(start.value).toHaveLength(12);
    await client.update({ collection: 'crates', key: crateId(2), data: { name: 'changed' } });
    await client.create({ collection: 'crates', data: { crateid: crateId(13), name: 'new' } });
    await client.deleteRecord({ collection: 'crates', key: crateId(3) });
    const next = await client.retrieveMultiple<Crate & { readonly reason?: string; readonly id?: string }>(
      { collection: 'crates' },
      start.oDataDeltaLink,
    );
    expect(next.value.filter(row => row.reason === undefined).map(row => row.name)).toEqual(['changed', 'new']);
    expect(next.value.filter(row => row.reason === 'deleted').map(row => row.id)).toEqual([crateId(3)]);
    const quiet = await client.retrieveMultiple({ collection: 'crates' }, next.oDataDeltaLink);
    expect(quiet.value).toEqual([]);
    expect(quiet.oDataDeltaLink).toBeDefined();
  });

  test('sends a batch whose change set holds as a whole or not at all', async () => {
    // Between the two calls the package only collects: what these answer is in the batch's answer.
    client.startBatch();
    void client.create({ collection: 'crates', data: { crateid: crateId(1), name: 'first' } });
    void client.create({ collection: 'crates', data: { crateid: crateId(2), name: 'second' } });
    void client.retrieveMultiple({ collection: 'crates', select: ['name'] });
    const answers = await client.executeBatch();
    expect(answers.slice(0, 2)).toEqual([crateId(1), crateId(2)]);
    expect((answers[2] as { value: Crate[] }).value.map(row => row.name).sort()).toEqual(['first', 'second']);
    client.startBatch();
    void client.create({ collection: 'crates', data: { crateid: crateId(3), name: 'third' } });
    void client.create({ collection: 'crates', data: { crateid: crateId(1), name: 'a duplicate' } });
    await expect(client.executeBatch()).rejects.toBeDefined();
    expect((await client.retrieveAll<Crate>({ collection: 'crates' })).value).toHaveLength(2);
  });

  test('associates and disassociates rows, by a collection and by a single value', async () => {
    await fill(1, 2);
    await client.create({ collection: 'boxes', data: { boxid: crateId(50), name: 'box' } });
    const pair = { collection: 'crates', primaryKey: crateId(1), relationshipName: 'crate_boxes' } as const;
    await client.associate({ ...pair, relatedCollection: 'boxes', relatedKey: crateId(50) });
    expect((await client.retrieveAll({ collection: 'crate_boxset' })).value).toHaveLength(1);
    await client.disassociate({ ...pair, relatedKey: crateId(50) });
    expect((await client.retrieveAll({ collection: 'crate_boxset' })).value).toHaveLength(0);
    const single = { collection: 'crates', primaryKey: crateId(1), navigationProperty: 'ParentId_crate' } as const;
    await client.associateSingleValued({ ...single, relatedCollection: 'crates', relatedKey: crateId(2) });
    const bound = await client.retrieve<{ _parentid_value: string }>({ collection: 'crates', key: crateId(1) });
    expect(bound._parentid_value).toBe(crateId(2));
    await client.disassociateSingleValued(single);
    const free = await client.retrieve<{ _parentid_value: string | null }>({ collection: 'crates', key: crateId(1) });
    expect(free._parentid_value).toBeNull();
  });

  test('reads definitions', async () => {
    const tables = await client.retrieveEntities<{ LogicalName: string }>({ select: ['LogicalName'] });
    expect(tables.value.map(table => table.LogicalName)).toContain('crate');
    const attributes = await client.retrieveAttributes<{ LogicalName: string }>({
      entityKey: "LogicalName='crate'",
      castType: 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
    });
    expect(attributes.value.map(one => one.LogicalName)).toEqual(['colour']);
  });

  async function fill(from: number, to: number): Promise<void> {
    for (let number = from; number <= to; number += 1) {
      const name = `crate ${String(number).padStart(2, '0')}`;
      await client.create({ collection: 'crates', data: { crateid: crateId(number), name, pieces: number } });
    }
  }
});

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `crate ${String(from + at).padStart(2, '0')}`);
}
