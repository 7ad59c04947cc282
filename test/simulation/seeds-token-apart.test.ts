import { afterEach, expect, test } from 'vitest';
import type { PageRequest } from '../../src/core/source.ts';
import { CrateEnvironment } from './crate-environment.ts';
import { CrateWorld } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const id = (number: number) => `crate-${String(number).padStart(5, '0')}`;

function worldOf(rows: number): CrateWorld {
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page' });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const world = new CrateWorld(environment);
  worlds.push(world);
  return world;
}

/** Last pages carry a token only when no annotations are asked for. */
function dropTokens(environment: CrateEnvironment, afterPage: (request: PageRequest) => void): void {
  const page = environment.page.bind(environment);
  environment.page = async request => {
    const answer = await page(request);
    if (request.read === 'narrow' || request.plain === true) return answer;
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    const { '@odata.deltaLink': _, ...rest } = JSON.parse(new TextDecoder().decode(Buffer.concat(chunks))) as Record<
      string,
      unknown
    >;
    afterPage(request);
    return (async function* () {
      yield new TextEncoder().encode(JSON.stringify(rest));
    })();
  };
}

test.each(['empty', 'not empty'] as const)(
  'what changes between a page (%s) and the token that was asked for apart from it is not lost (I-2)',
  async kind => {
    const world = worldOf(3);
    let changes = 0;
    dropTokens(world.environment, ({ read }) => {
      if (read !== 'delta' || changes === 0) return;
      changes -= 1;
      world.environment.put(id(1), 'changed between page and token');
    });
    // Each poll asks the table itself.
    world.environment.changes = async questions => questions.map(() => ({ is: 'changed' }));
    const process = world.start();
    await world.untilEqual(process);
    changes = 1;
    if (kind === 'not empty') world.environment.put(id(0), 'on the page');
    await world.until('it changed', () => changes === 0);
    await world.untilEqual(process);
    expect((await world.committedRows()).find(row => row.id === id(1))?.text).toBe('changed between page and token');
    await process.runner.stop();
  },
);
