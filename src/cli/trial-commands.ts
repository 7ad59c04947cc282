import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ImportableProfile } from '../app/profile-import.ts';
import { parseLinkName } from '../core/names.ts';
import { parseTables } from './choice-options.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { addEnvironmentOptions, type EnvironmentOptions } from './environment-options.ts';
import { exitCodes, usage } from './exit.ts';
import { writeNew } from './new-file.ts';
import { progressLine } from './query-commands.ts';
import { readSecret } from './secret-option.ts';
import { textTable } from './text-table.ts';

interface ImportOptions extends EnvironmentOptions {
  readonly profile?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** A trial beside a running original: its choices taken over, its lake held against ours. */
export function registerTrial(program: Command, context: CommandContext): void {
  registerImport(program, context);
  registerCompare(program, context);
}

function registerImport(program: Command, { terminal }: CommandContext): void {
  addEnvironmentOptions(
    program
      .command('import-profile')
      .description(
        "list an environment's own profiles of Azure Synapse Link, or take one over as the choices of a link",
      ),
  )
    .option('--profile <name>', 'name or id of the profile to take over (default: list them)')
    .option('--out <file>', 'where its choices are written, for lakelink link create --choices <file>')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink import-profile --environment-url https://contoso.crm.dynamics.com \\',
        '    --tenant-id <id> --client-id <id> --client-secret-env CONTOSO_SECRET',
        'lakelink import-profile --environment-url https://contoso.crm.dynamics.com \\',
        '    --tenant-id <id> --client-id <id> --client-secret-env CONTOSO_SECRET \\',
        '    --profile finance --out finance.json',
      ]),
    )
    .action(async (options: ImportOptions) => {
      if (options.out !== undefined && options.profile === undefined) {
        throw usage('--out', 'name the profile to be written: --profile <name>');
      }
      const { readSettings } = await import('../app/settings.ts');
      const { importableProfiles } = await import('../app/profile-import.ts');
      const found = await importableProfiles({
        settings: readSettings(terminal.environment),
        address: {
          environmentUrl: options.environmentUrl,
          tenantId: options.tenantId,
          clientId: options.clientId,
          clientSecret: await readSecret(options, terminal),
          authorityUrl: options.authorityUrl ?? null,
        },
        signal: terminal.interrupted,
      });
      if (options.profile === undefined) {
        const profiles = found.map(({ choicesText: _, ...one }) => one);
        print(terminal, options, { profiles }, () => listLines(found, terminal.columns()));
        return;
      }
      const chosen = chosenProfile(found, options.profile);
      const file = options.out === undefined ? null : resolve(options.out);
      if (file !== null) await writeNew(file, chosen.choicesText);
      const { profile, choices, notes } = chosen;
      print(terminal, options, { profile, choices, notes, file }, () => chosenLines(chosen, file));
    });
}

interface CompareOptions {
  readonly link?: string;
  readonly lake?: string;
  readonly tables?: string;
  readonly json?: boolean;
}

function registerCompare(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('compare')
    .description(
      'hold a lake against that of a running original, before readers are switched; exit code 1 while a difference is unexplained',
    )
    .argument('<folder>', "the original's container: a copy or a mount, with model.json in it")
    .option('--link <name>', 'the link whose lake is compared (default: the only one)')
    .option('--lake <folder>', 'a lake folder, without a link')
    .option('--tables <names>', 'only these tables, separated by commas')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink compare /mnt/dataverse-prod-org1',
        'lakelink compare /mnt/dataverse-prod-org1 --link sales --tables account,contact',
      ]),
    )
    .action(async (folder: string, options: CompareOptions) => {
      const { link, lake, tables } = options;
      if (link !== undefined && lake !== undefined) throw usage('--lake', 'give --link or --lake');
      const { readSettings } = await import('../app/settings.ts');
      const { compareWithOriginal } = await import('../app/comparison.ts');
      const { report, text } = await compareWithOriginal({
        settings: readSettings(terminal.environment),
        originalPath: resolve(folder),
        own: lake === undefined ? { link: link === undefined ? null : parseLinkName(link) } : { path: resolve(lake) },
        tables: tables === undefined ? null : parseTables(tables),
        signal: terminal.interrupted,
        onProgress: progressLine(terminal, options.json === true),
      });
      terminal.out(options.json === true ? `${JSON.stringify(report)}\n` : text);
      finish(report.ready ? exitCodes.done : exitCodes.failed);
    });
}

/** By id, or by name whatever its case; one that is not deleted goes before. */
function chosenProfile(found: readonly ImportableProfile[], wanted: string): ImportableProfile {
  const fits = found.filter(
    ({ profile }) => profile.id === wanted.toLowerCase() || profile.name.toLowerCase() === wanted.toLowerCase(),
  );
  const live = fits.filter(({ profile }) => profile.state !== 'Deleted');
  const [first, ...others] = live.length > 0 ? live : fits;
  if (first === undefined) {
    const names = found.map(({ profile }) => profile.name).join(', ');
    throw usage('--profile', names === '' ? 'the environment has no profiles' : `the profiles are: ${names}`);
  }
  if (others.length > 0) {
    const ids = [first, ...others].map(({ profile }) => profile.id).join(', ');
    throw usage('--profile', `several have this name; give an id: ${ids}`);
  }
  return first;
}

function listLines(found: readonly ImportableProfile[], width: number): string[] {
  if (found.length === 0) return ['the environment has no profiles of Azure Synapse Link'];
  return textTable({
    columns: [
      { title: 'Profile' },
      { title: 'State' },
      { title: 'Output' },
      { title: 'Tables', right: true },
      { title: 'Can be taken over', right: true },
      { title: 'Notes', right: true, dropOrder: 1 },
    ],
    rows: found.map(({ profile, choices, notes }) => [
      profile.name,
      profile.state,
      outputText(profile),
      String(profile.tables.length),
      String(choices.tables.length),
      String(notes.length),
    ]),
    width,
  });
}

function outputText({ output, incrementalMinutes, snapshotMinutes }: ImportableProfile['profile']): string {
  if (output === 'incremental') return `incremental folders, every ${incrementalMinutes ?? '?'} min`;
  if (output === 'delta') return `Delta Lake, every ${incrementalMinutes ?? '?'} min`;
  return snapshotMinutes === null ? 'table replica' : `table replica, snapshots every ${snapshotMinutes} min`;
}

function chosenLines({ profile, choices, notes, choicesText }: ImportableProfile, file: string | null): string[] {
  const said = notes.map(({ table, is, reason }) => `  ${table ?? 'profile'} [${is}]: ${reason}`);
  const head = [
    `profile ${profile.name} (${profile.state}): ${outputText(profile)}`,
    `${choices.tables.length} of ${profile.tables.length} tables can be taken over`,
    ...(said.length === 0 ? [] : ['not carried over as it is there:', ...said]),
  ];
  if (file === null) return [...head, choicesText.trimEnd()];
  return [...head, `choices written to ${file}`, `next: lakelink link create <name> --choices ${file} ...`];
}
