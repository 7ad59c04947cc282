import { Fault, type FaultDetails } from '../../core/fault.ts';

/** An error in PostgreSQL's words. */
export interface Refusal {
  /** SQLSTATE. */
  readonly state: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** From 1, in UTF-16 units of the client's text. */
  readonly position?: number;
}

/** A refusal as a fault; `sqlstates.ts` makes the client's message of it. */
export function refusal({ state, message, detail, hint, position }: Refusal): Fault {
  return new Fault('input/sql', { sqlstate: state, reason: message, detail, hint, position });
}

/** Moves the position of an error in a part of a text to where that part stands in the whole (`offset`: UTF-16 units). */
export function movedBy(offset: number, fault: Fault): Fault {
  const { position } = fault.details;
  if (typeof position !== 'number') return fault;
  return withDetails(fault, { position: position + offset });
}

/** The same fault without a position: the text it points into is not the client's. */
export function withoutPosition(fault: Fault): Fault {
  return withDetails(fault, { position: null });
}

function withDetails(fault: Fault, details: FaultDetails): Fault {
  return new Fault(fault.code, { ...fault.details, ...details }, { cause: fault.cause ?? fault });
}
