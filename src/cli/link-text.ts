import type { LinkAnswer } from '../api/contract.ts';
import type { Terminal } from './terminal.ts';
import { textTable } from './text-table.ts';

/** One line per link. */
export function linkListLines(links: readonly LinkAnswer[], terminal: Terminal): string[] {
  return textTable({
    columns: [
      { title: 'Link' },
      { title: 'Tables', right: true },
      { title: 'State' },
      { title: 'Output', dropOrder: 3 },
      { title: 'Environment', dropOrder: 1 },
      { title: 'Lake', dropOrder: 2 },
    ],
    rows: links.map(link => [
      link.name,
      String(link.tables.length),
      stateText(link),
      link.output,
      link.environmentUrl,
      link.lakePath,
    ]),
    width: terminal.columns(),
  });
}

/** Everything that was chosen, and what is wrong. */
export function linkLines(link: LinkAnswer): string[] {
  const trouble = link.error === null ? [] : [`error           ${link.error.message}`];
  const remedy = link.error?.remedy == null ? [] : [`what to do      ${link.error.remedy}`];
  const paused = link.paused === null ? [] : [`paused          ${link.paused}`];
  return [
    `link            ${link.name}`,
    `state           ${stateText(link)}`,
    ...paused,
    ...trouble,
    ...remedy,
    `environment     ${link.environmentUrl}`,
    `organization    ${link.organizationId}`,
    `tenant          ${link.tenantId}`,
    `application     ${link.clientId}`,
    `lake            ${link.lakePath}`,
    `lake database   ${link.lakeName}`,
    `output          ${outputText(link)}`,
    `partitions      by ${link.partitionStrategy}`,
    `poll, publish   every ${link.pollSeconds} s, every ${link.publishSeconds} s`,
    `created         ${link.createdAt}`,
    `tables          ${link.tables.map(one => tableText(link, one)).join(', ')}`,
  ];
}

function outputText(link: LinkAnswer): string {
  if (link.output === 'incremental') return `incremental folders, every ${link.incrementalMinutes} min`;
  if (link.snapshotMinutes === null) return 'replica, no snapshots';
  return `replica, snapshots every ${link.snapshotMinutes} min, ${link.snapshotsKept} kept`;
}

/** A table with what of it differs from its link's usual, as it is typed: `lead:append`, `task:month`. */
function tableText(link: LinkAnswer, { table, appendOnly, partitionStrategy, paused }: LinkAnswer['tables'][number]) {
  const strategy = partitionStrategy === link.partitionStrategy ? '' : `:${partitionStrategy}`;
  return `${table}${strategy}${appendOnly ? ':append' : ''}${paused === null ? '' : ' (paused)'}`;
}

function stateText(link: LinkAnswer): string {
  if (link.error !== null) return `stopped [${link.error.code}]`;
  if (link.paused !== null) return 'paused';
  return link.running ? 'running' : 'stopped';
}
