import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { PageRequest } from '../../src/core/source.ts';
import { CrateEnvironment } from './crate-environment.ts';
import { CrateWorld } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function id(number: number): string {
  return `crate-${String(number).padStart(5, '0')}`;
}

function worldOf(rows: number): CrateWorld {
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page' });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const world = new CrateWorld(environment);
  worlds.push(world);
  return world;
}

/** Lists leave out the rows that `hides` names, for as long as it does. */
function hideRows(environment: CrateEnvironment, hides: (crateid: string, request: PageRequest) => boolean): void {
  const page = environment.page.bind(environment);
  environment.page = async request => {
    const answer = await page(request);
    return (async function* () {
      for await (const bytes of answer) {
        const body = JSON.parse(new TextDecoder().decode(bytes)) as { value: { crateid?: string }[] };
        const value = body.value.filter(row => row.crateid === undefined || !hides(row.crateid, request));
        yield new TextEncoder().encode(JSON.stringify({ ...body, value }));
      }
    })();
  };
}

test('a role cut down to a part of the organization deletes no row: the table pauses, and goes on when it is given back (I-6)', async () => {
  const world = worldOf(12);
  const { environment } = world;
  let isCut = false;
  const hidden = new Set([id(2), id(7), id(11)]);
  hideRows(environment, crateid => isCut && hidden.has(crateid));
  const row = environment.row.bind(environment);
  const rowVersion = environment.rowVersion.bind(environment);
  const refuse = (crateid: string) => {
    if (isCut && hidden.has(crateid)) throw new Fault('source/forbidden', { table: 'crate' });
  };
  environment.row = async (shape, crateid) => {
    refuse(crateid);
    return row(shape, crateid);
  };
  environment.rowVersion = async (shape, crateid) => {
    refuse(crateid);
    return rowVersion(shape, crateid);
  };
  const process = world.start();
  await world.untilEqual(process);
  isCut = true;
  environment.expireTokens();
  await world.until('the table is paused', () => process.runner.status().error?.code === 'source/forbidden');
  await world.pass(1_000);
  expect(await world.committedRows()).toHaveLength(12);
  expect(process.runner.state).toMatchObject({ deletesCommitted: 0, epoch: 0 });
  isCut = false;
  await world.untilEqual(process);
  expect(process.runner.state?.deletesCommitted).toBe(0);
  await process.runner.stop();
});

test('rows that shifted pages hide from a full read, from the narrow pass, or from both, are all there (I-6)', async () => {
  const world = worldOf(12);
  const { environment } = world;
  const from = { full: new Set([id(1), id(3)]), narrow: new Set([id(2), id(3)]) };
  hideRows(environment, (crateid, { read }) => read !== 'delta' && from[read].has(crateid));
  const first = world.start();
  // A row that neither shows is not known at all before the next full read.
  await world.until('the table is active', () => first.runner.status().label === 'Active');
  expect((await world.committedRows()).map(row => row.id)).toEqual(
    environment.rows().flatMap(row => (row.crateid === id(3) ? [] : [row.crateid])),
  );
  from.full.clear();
  environment.expireTokens();
  await world.untilEqual(first);
  from.full.add(id(3));
  environment.expireTokens();
  await world.pass(60);
  await world.untilEqual(first);
  expect(first.runner.state?.deletesCommitted).toBe(0);
  await first.runner.stop();
});
