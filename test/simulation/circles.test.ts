import { afterEach, expect, test } from 'vitest';
import { CrateEnvironment } from './crate-environment.ts';
import { type CrateProcess, CrateWorld } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function id(number: number): string {
  return `crate-${String(number).padStart(5, '0')}`;
}

/** An environment whose page at `from` names `to` as the next one, for as long as `isOn`. */
function circling(
  rows: number,
  broken: { read: 'full' | 'delta' | 'narrow'; from: string; to: string; isOn: boolean },
) {
  const environment = new CrateEnvironment({ pageSize: 2, tokenMintedAt: 'last-page' });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const page = environment.page.bind(environment);
  environment.page = async request => {
    const answer = await page(request);
    if (!broken.isOn || request.read !== broken.read || request.link !== broken.from) return answer;
    return (async function* () {
      for await (const bytes of answer) {
        const { value } = JSON.parse(new TextDecoder().decode(bytes)) as { value: unknown[] };
        yield new TextEncoder().encode(JSON.stringify({ value, '@odata.nextLink': broken.to }));
      }
    })();
  };
  const world = new CrateWorld(environment);
  worlds.push(world);
  return { environment, world };
}

const isBroken = (process: CrateProcess) => process.runner.status().error?.code === 'source/answer-broken';

for (const read of ['full', 'narrow'] as const) {
  test(`pages of a ${read} read that lead in a circle are a fault, and the read goes on when they no longer do`, async () => {
    const broken = { read, from: id(5), to: id(1), isOn: true };
    const { world, environment } = circling(12, broken);
    const process = world.start();
    await world.until('it is noticed', () => isBroken(process));
    expect(environment.requests.filter(request => request === `${read} ${id(3)}`)).toHaveLength(1);
    const before = environment.requests.length;
    await world.pass(120);
    // Again and again, but not for ever round and round.
    expect(environment.requests.length - before).toBeLessThan(1_000);
    broken.isOn = false;
    await world.untilEqual(process);
    await process.runner.stop();
  });
}

test('changes whose pages lead in a circle are a fault, and arrive when they no longer do', async () => {
  const broken = { read: 'delta' as const, from: '106 112 4', to: '106 112 2', isOn: true };
  const { world, environment } = circling(6, broken);
  const process = world.start();
  await world.untilEqual(process);
  for (let number = 0; number < 6; number += 1) environment.put(id(number), `second ${number}`);
  await world.until('it is noticed', () => isBroken(process));
  expect(process.runner.state?.pending.length).toBeLessThan(6);
  broken.isOn = false;
  await world.untilEqual(process);
  await process.runner.stop();
});

test('a process that begins inside a circle notices it, and is not held by it afterwards', async () => {
  for (let pages = 2; pages < 7; pages += 1) {
    const broken = { read: 'full' as const, from: id(7), to: id(1), isOn: true };
    const { world, environment } = circling(12, broken);
    const first = world.start();
    await world.until('some pages are there', () => environment.requests.length >= pages);
    await first.runner.stop();
    const second = world.start();
    await world.until('it is noticed', () => isBroken(second));
    broken.isOn = false;
    await world.untilEqual(second);
    await second.runner.stop();
  }
});
