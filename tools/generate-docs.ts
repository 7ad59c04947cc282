/** Writes the generated pages of docs/ from what they describe; with --check only says which are not current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorsPage } from './errors-page.ts';
import { layoutRulesPage } from './layout-rules-page.ts';
import { referencePage } from './reference-page.ts';
import { settingsPage } from './settings-page.ts';

const pages: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/layout-rules.md': layoutRulesPage,
  'docs/reference.md': referencePage,
  'docs/settings.md': settingsPage,
};

for (const [name, page] of Object.entries(pages)) {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  if (!process.argv.includes('--check')) writeFileSync(path, page());
  else if (current(path) !== page()) {
    console.error(`${name} is not current: npm run docs`);
    process.exitCode = 1;
  }
}

function current(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
