import { isLosslessNumber, parse, stringify } from 'lossless-json';
import { createRow, updateRow } from './data-write.ts';
import { badPayload } from './errors.ts';
import { tableOfSet } from './row-address.ts';
import type { Answer, Call, Environment, Handler, PathParts } from './wire.ts';
import { json } from './wire.ts';

/**
 * `POST accounts/Microsoft.Dynamics.CRM.CreateMultiple` with `{"Targets": [...]}`: all rows or none; answers their ids
 * ("Bulk operation messages").
 */
export const createMultiple: Handler = (environment, call, parts) => {
  const ids = inOneTransaction(environment, call, parts, target => {
    const answer = atOnce(createRow(environment, { ...call, body: target.body }, parts));
    return idOfUrl(answer.headers?.['OData-EntityId']);
  });
  const context = `${environment.apiUrl}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse`;
  return json({ '@odata.context': context, Ids: ids });
};

/** `POST accounts/Microsoft.Dynamics.CRM.UpdateMultiple`: each target names its row; an unknown one ends it all. */
export const updateMultiple: Handler = (environment, call, parts) => {
  inOneTransaction(environment, call, parts, target => {
    const headers = { ...call.headers, 'if-match': '*' };
    atOnce(updateRow(environment, { ...call, headers, body: target.body }, { ...parts, key: target.id }));
  });
  return { status: 204 };
};

/** `POST accounts/Microsoft.Dynamics.CRM.UpsertMultiple`: each target is updated, or created where its row is unknown. */
export const upsertMultiple: Handler = (environment, call, parts) => {
  inOneTransaction(environment, call, parts, target => {
    atOnce(updateRow(environment, { ...call, body: target.body }, { ...parts, key: target.id }));
  });
  return { status: 204 };
};

interface Target {
  readonly body: string;
  /** The row it names, as in the brackets of a path; empty when it names none. */
  readonly id: string;
}

function inOneTransaction<T>(
  environment: Environment,
  call: Call,
  parts: PathParts,
  work: (target: Target) => T,
): readonly T[] {
  const table = tableOfSet(environment, parts.set);
  const targets = targetsOf(call.body, table.entitySetName).map(target => targetOf(target, table.primaryId));
  const results = environment.database.transaction(() => targets.map(work));
  call.noted.rows = targets.length;
  return results;
}

/** A target names its row by the primary key, by `@odata.id`, or by an alternate key in it. */
function targetOf(given: Record<string, unknown>, primaryId: string): Target {
  const named = given['@odata.id'];
  const key = typeof named === 'string' ? /\(([^()]*)\)$/.exec(named)?.[1] : undefined;
  const id = typeof given[primaryId] === 'string' ? String(given[primaryId]) : (key ?? '');
  return { body: stringify(given) ?? '{}', id };
}

function targetsOf(body: string, set: string): readonly Record<string, unknown>[] {
  try {
    const { Targets: targets } = parse(body) as { readonly Targets?: unknown };
    if (Array.isArray(targets) && targets.length > 0 && targets.every(isObject)) return targets;
  } catch {
    // Falls to the same refusal as a body without targets.
  }
  throw badPayload({ set, reason: 'The parameter Targets must be a collection of rows.' });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Only what is answered at once can be part of a transaction. */
function atOnce(answer: Answer | Promise<Answer>): Answer {
  if (answer instanceof Promise) throw new Error('an operation in a transaction did not answer at once');
  return answer;
}

function idOfUrl(url: string | undefined): string {
  return /\(([^()]*)\)$/.exec(url ?? '')?.[1] ?? '';
}
