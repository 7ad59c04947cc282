import type { LinkName } from '../core/names.ts';
import { type CompareProgress, compareLakes } from '../verify/compare-lakes.ts';
import { type CompareReport, renderComparison } from '../verify/compare-report.ts';
import { findLink } from './links-at-rest.ts';
import type { Settings } from './settings.ts';

/** Which lake is ours: a link's (null: of the only link), or a folder. */
export type OwnLake = { readonly link: LinkName | null } | { readonly path: string };

/** Holds a lake of ours against that of a running original; the report, and its text for a person. Needs no service. */
export async function compareWithOriginal(options: {
  readonly settings: Settings;
  /** Folder with the original's container: a copy or a mount. */
  readonly originalPath: string;
  readonly own: OwnLake;
  /** Null: every table that either has. */
  readonly tables: readonly string[] | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CompareProgress) => void;
}): Promise<{ readonly report: CompareReport; readonly text: string }> {
  const { own } = options;
  const root = 'path' in own ? own.path : (await findLink(options.settings, own.link)).link.lakePath;
  const report = await compareLakes({
    original: { root: options.originalPath },
    ours: { root },
    tables: options.tables ?? undefined,
    signal: options.signal,
    onProgress: options.onProgress,
  });
  return { report, text: renderComparison(report) };
}
