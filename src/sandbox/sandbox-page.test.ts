import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openSandboxWorld } from '../../test/kit/sandbox-wire.ts';
import { standardBehaviour } from './behaviour.ts';
import { faultDetails, faultKinds } from './faults.ts';

const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'sandbox.md'), 'utf8');

test('the page names every fault with its fields, every option with its standard first, and no others', () => {
  const faults = rowsOf('Faults').map(([kind = '', , fields = '']) => [kind, namesIn(fields)] as const);
  expect(faults.map(([kind]) => kind)).toEqual(faultKinds.map(kind => `\`${kind}\``));
  for (const kind of faultKinds) {
    const fields = faults.find(([name]) => name === `\`${kind}\``)?.[1] ?? [];
    expect(
      fields.filter(field => /^[a-z]+[A-Z]?/.test(field)),
      kind,
    ).toEqual(expect.arrayContaining([...faultDetails[kind]]));
  }
  const options = Object.fromEntries(rowsOf('Options').map(([name = '', values = '']) => [namesIn(name)[0], values]));
  expect(Object.keys(options).sort()).toEqual(Object.keys(standardBehaviour).sort());
  for (const [name, value] of Object.entries(standardBehaviour)) {
    expect(options[name]?.replaceAll('`', ''), name).toMatch(new RegExp(`^${value}\\b`));
  }
});

test('every lever of the page is there, and there are no others', async () => {
  const world = await openSandboxWorld();
  const offered = (await (await fetch(`${world.sandbox.url}/__sandbox/`)).json()) as { error: string };
  const named = rowsOf('Levers').flatMap(([names = '']) => namesIn(names));
  expect(named.sort()).toEqual(offered.error.replace('the sandbox offers ', '').split(', ').sort());
  await world.close();
});

test('what the page shows to post is taken, in its order', async () => {
  const world = await openSandboxWorld();
  const examples = [...page.matchAll(/`([a-z-]+)`:\n\n```json\n(.*?)^```/gms)];
  expect(examples.length).toBe(page.split('```json').length - 1);
  for (const [, lever = '', body = ''] of examples) {
    const response = await fetch(`${world.sandbox.url}/__sandbox/${lever}`, { method: 'POST', body });
    expect([lever, response.status, await response.text()]).toEqual([lever, 204, '']);
  }
  await world.close();
});

/** The cells of a section's table, without its head. */
function rowsOf(section: string): readonly (readonly string[])[] {
  const text = page.split(/^## /m).find(one => one.startsWith(`${section}\n`)) ?? '';
  const lines = text.split('\n').filter(line => line.startsWith('|'));
  return lines.slice(2).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}
