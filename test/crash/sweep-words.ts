import type { LinkPace } from '../../src/app/wiring.ts';

/** Where a process is to die, of what it was told. A place is `step|site`; the n-th pass of it is `place#n`. */
export interface Orders {
  readonly step: string;
  /** How often each place was passed by the lives before. */
  readonly passed: Readonly<Record<string, number>>;
  readonly targets: readonly string[];
  /** Sites at which it dies at once, in whichever step. */
  readonly sites: readonly string[];
  /** It dies at every site that is not one of these; null: at none for that. */
  readonly known: readonly string[] | null;
}

/** What the parent asks of the service's process. */
export type Ask =
  | {
      readonly do: 'start';
      readonly orders: Orders;
      readonly environment: Readonly<Record<string, string>>;
      readonly pace: LinkPace;
      readonly rowsPerPage: number;
    }
  | { readonly do: 'orders'; readonly orders: Orders }
  | { readonly do: 'create'; readonly request: object }
  | { readonly do: 'remove'; readonly link: string; readonly table: string }
  | { readonly do: 'add'; readonly link: string; readonly table: string; readonly appendOnly: boolean }
  | { readonly do: 'snapshots'; readonly link: string }
  | { readonly do: 'status' }
  | { readonly do: 'stop' };

/** Written at its end by a process that kills itself. */
export interface LastWords {
  readonly died: { readonly place: string; readonly site: string; readonly nth: number };
  readonly passed: Readonly<Record<string, number>>;
}
