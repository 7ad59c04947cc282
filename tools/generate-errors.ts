/** Writes docs/errors.md from the table in src/core/fault.ts; with --check only says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorsPage } from './errors-page.ts';

const path = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

function current(): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

if (process.argv.includes('--check')) {
  if (current() !== errorsPage()) {
    console.error('docs/errors.md is not current: node --import tsx tools/generate-errors.ts');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, errorsPage());
}
