import type { LinkName } from '../core/names.ts';
import { verifyLayout } from '../verify/layout-rules.ts';
import { renderReport, type VerifyReport } from '../verify/report.ts';
import { verifyLink } from '../verify/verify-link.ts';
import { systemClock } from './clock.ts';
import { findLink } from './links-at-rest.ts';
import { fetchOver, networkOf } from './network.ts';
import type { Settings } from './settings.ts';

export interface ProofProgress {
  readonly table: string;
  readonly phase: string;
  readonly rows: number;
}

/**
 * Proves a link's lake against its environment; the report, and its text for a person. `atRest`: no service works on
 * the lake, so nothing is waited for.
 */
export async function proveLink(options: {
  readonly settings: Settings;
  readonly link: LinkName;
  /** Null: every table with a log in the lake. */
  readonly tables: readonly string[] | null;
  readonly atRest: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProofProgress) => void;
}): Promise<{ readonly report: VerifyReport; readonly text: string }> {
  const { link, secret } = await findLink(options.settings, options.link);
  const report = await verifyLink({
    environment: {
      url: link.environmentUrl,
      tenantId: link.tenantId,
      clientId: link.clientId,
      clientSecret: secret,
      ...(link.authorityUrl === null ? {} : { authority: link.authorityUrl }),
    },
    lake: { root: link.lakePath },
    tables: options.tables ?? undefined,
    atRest: options.atRest,
    clock: systemClock,
    fetch: fetchOver(networkOf(options.settings)),
    signal: options.signal,
    onProgress: options.onProgress,
  });
  return { report, text: renderReport(report) };
}

/**
 * Checks a lake by the rules of its layout alone: the environment is not asked. The lake is a folder, whoever wrote it,
 * or that of a link (null: the only link).
 */
export async function proveLayout(options: {
  readonly settings: Settings;
  readonly lake: { readonly path: string } | { readonly link: LinkName | null };
  /** Null: every table. */
  readonly tables: readonly string[] | null;
  readonly atRest: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ProofProgress) => void;
}): Promise<{ readonly report: VerifyReport; readonly text: string }> {
  const { settings, lake, tables, atRest, signal, onProgress } = options;
  const { lakePath, snapshotsKept } =
    'path' in lake ? { lakePath: lake.path, snapshotsKept: undefined } : (await findLink(settings, lake.link)).link;
  const report = await verifyLayout({
    lake: { root: lakePath },
    snapshotsKept,
    tables: tables ?? undefined,
    atRest,
    clock: systemClock,
    signal,
    onProgress,
  });
  return { report, text: renderReport(report) };
}
