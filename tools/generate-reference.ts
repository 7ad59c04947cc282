/** Writes docs/reference.md from the command line itself; with --check only says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { referencePage } from './reference-page.ts';

const path = fileURLToPath(new URL('../docs/reference.md', import.meta.url));

function current(): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

if (process.argv.includes('--check')) {
  if (current() !== referencePage()) {
    console.error('docs/reference.md is not current: node --import tsx tools/generate-reference.ts');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, referencePage());
}
