/**
 * The project's own checks, beside format, lint, types and walls. Prints what is wrong, one line each, and exits 1.
 * With --faults a fault code that nothing uses is wrong too; without it they are only listed.
 */
import { fileURLToPath } from 'node:url';
import { type Finding, readProject, type TextFile } from './tidy-files.ts';
import { checkSource } from './tidy-source.ts';
import { checkInvariants, checkLinks, checkWords, unusedFaults } from './tidy-text.ts';

const SELF = /^tools\/tidy[\w-]*\.(test\.)?ts$/;

export function tidy(files: readonly TextFile[]): Finding[] {
  const code = files.filter(({ path }) => path.endsWith('.ts'));
  const others = files.filter(({ path }) => !SELF.test(path));
  return [
    ...code.flatMap(checkSource),
    ...others.flatMap(checkWords),
    ...checkInvariants(files.filter(({ path }) => !SELF.test(path))),
    ...checkLinks(files),
  ];
}

function main(): void {
  const files = readProject(fileURLToPath(new URL('..', import.meta.url)));
  const findings = tidy(files);
  const unused = unusedFaults(files);
  if (unused.length > 0) console.log(`fault codes that nothing uses: ${unused.join(', ')}`);
  for (const { path, line, problem } of findings)
    console.error(`${path}${line === null ? '' : `:${line}`}: ${problem}`);
  const failed = findings.length > 0 || (process.argv.includes('--faults') && unused.length > 0);
  console.log(failed ? `tidy: ${findings.length} findings` : `tidy: ${files.length} files in order`);
  process.exitCode = failed ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
