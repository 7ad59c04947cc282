import { Fault } from '../../core/fault.ts';
import { isTree, type Tree } from '../sql-tree.ts';
import { positionOfByte, queryFault, sqlStates } from './query-fault.ts';

/** What a failed query was, to say where in it the failure lies. */
export interface FailedQuery {
  readonly node: Tree;
  readonly text: string;
}

/**
 * A failure of the engine as a client may see it. The engine's words are passed on where they speak of the query's text;
 * those about a failed computation may quote a row's value, which must not enter an error's text, so only their kind is said.
 */
export function engineFailure(failure: unknown, query: FailedQuery): unknown {
  if (!(failure instanceof Fault)) return failure;
  const { cause } = failure;
  if (!(cause instanceof Error)) return failure;
  if (failure.code === 'store/full') return new Fault('sql/temp-disk', {}, { cause });
  if (failure.code !== 'batch/engine') return failure;
  const [words = ''] = cause.message.split('\n\nLINE ');
  const match = /^([A-Z][A-Za-z/ ]{0,40}?) Error: /.exec(words);
  if (match === null) return failure;
  const kind = match[1] ?? '';
  const said = words.slice(match[0].length);
  if (kind === 'Out of Memory') {
    const isDisk = /max_temp_directory_size|offload data block/i.test(said);
    return new Fault(isDisk ? 'sql/temp-disk' : 'sql/memory', {}, { cause });
  }
  const ofValue = VALUE_STATES[kind];
  if (ofValue !== undefined) return ofValue(said, cause);
  const hidden = /^Column "(.+?)" referenced that exists in the SELECT clause/.exec(said)?.[1];
  if (hidden !== undefined) {
    const reason = `column "${hidden}" does not exist`;
    return queryFault(sqlStates.unknownColumn, reason, { position: placeOf(reason, query), cause });
  }
  if (/Max expression depth/i.test(said))
    return queryFault(sqlStates.tooComplex, 'the query is nested too deeply', { cause });
  const state = stateOfText(kind, said);
  if (state === null) return failure;
  // What stands in brackets of our own making is no part of the client's text.
  // Nor are the columns it proposes the table's: it has only those that the query uses.
  const own = said.replace(/\s*Candidate bindings: [\s\S]*$/, '');
  const reason = own.replaceAll(/"?lakelink:\d+"?/g, 'it').trim();
  return queryFault(state, reason, { position: placeOf(reason, query), cause });
}

type OfValue = (said: string, cause: Error) => Fault;

const VALUE_STATES: Readonly<Record<string, OfValue>> = {
  Conversion: (said, cause) => {
    const isTime = /date|time|interval|timestamp/i.test(said.replace(/'[^']*'|"[^"]*"/g, ''));
    const state = isTime ? '22007' : /out of range|overflow/i.test(said) ? sqlStates.numberRange : sqlStates.badText;
    return queryFault(state, 'a value does not fit its type; TRY_CAST gives null instead', { cause });
  },
  'Out of Range': (_, cause) => queryFault(sqlStates.numberRange, 'a value is out of range', { cause }),
  'Invalid Input': (said, cause) => {
    if (/parameter|prepared/i.test(said))
      return queryFault(sqlStates.unknownParameter, 'a parameter has no value', { cause });
    if (/More than one row returned by a subquery/i.test(said)) {
      return queryFault('21000', 'more than one row returned by a subquery used as an expression', { cause });
    }
    // Words of our own (pg-meaning.ts).
    if (said === 'division by zero') return queryFault('22012', said, { cause });
    if (said === 'negative substring length not allowed') return queryFault('22011', said, { cause });
    return queryFault(sqlStates.badValue, 'a function was given a value that it does not take', { cause });
  },
  'Mismatch Type': (_, cause) => queryFault(sqlStates.wrongType, 'a value has another type than is needed', { cause }),
  'Invalid type': (_, cause) => queryFault(sqlStates.wrongType, 'a value has another type than is needed', { cause }),
  'Divide by Zero': (_, cause) => queryFault('22012', 'division by zero', { cause }),
};

/** Null: the failure is none of the query's text. */
function stateOfText(kind: string, said: string): string | null {
  switch (kind) {
    case 'Parser':
    case 'Syntax':
      return sqlStates.syntax;
    case 'Not implemented':
      return sqlStates.unsupported;
    case 'Catalog':
      return catalogState(said);
    case 'Binder':
      return binderState(said);
    default:
      return null;
  }
}

function catalogState(said: string): string {
  if (/^Type with name/i.test(said)) return sqlStates.unknownType;
  if (/Function with name/i.test(said)) return sqlStates.unknownFunction;
  if (/^Table with name/i.test(said)) return sqlStates.unknownTable;
  return sqlStates.unknownType;
}

/** Names in quotes may say anything, so the words around them are what counts. */
function binderState(said: string): string {
  const words = said.replace(/"[^"]*"/g, '""');
  return BINDER_STATES.find(([pattern]) => pattern.test(words))?.[1] ?? '42000';
}

const BINDER_STATES: readonly (readonly [RegExp, string])[] = [
  [/^Referenced column/i, sqlStates.unknownColumn],
  [/Referenced table|table .* not found/i, sqlStates.unknownTable],
  [
    /column .* (not found|was not found|does not exist|not in)|does not have a column|Could not find (key|column)/i,
    sqlStates.unknownColumn,
  ],
  [/^Ambiguous/i, '42702'],
  [/No function matches|function .* does not exist|cannot be called|No overload/i, sqlStates.unknownFunction],
  [/must appear in the GROUP BY|aggregate|window function/i, '42803'],
  [/Duplicate alias|duplicate/i, '42712'],
  [/could not determine|type of parameter/i, sqlStates.unclearType],
  [/cannot (compare|mix|cast|combine)|type mismatch|Unimplemented type|explicit cast|of type/i, sqlStates.wrongType],
  [/(has|returns|have) .*columns|out of range/i, sqlStates.syntax],
];

/** Where the first name that an error quotes stands in the query. */
function placeOf(reason: string, { node, text }: FailedQuery): number | null {
  for (const [, quoted, call] of reason.matchAll(/"([^"]+)"|'?([A-Za-z_]\w*)\(/g)) {
    const name = (quoted ?? call ?? '').toLowerCase();
    const byte = name === '' ? null : findName(node, name);
    if (byte !== null) return positionOfByte(text, byte);
  }
  return null;
}

function findName(value: unknown, name: string): number | null {
  if (Array.isArray(value)) {
    for (const each of value) {
      const found = findName(each, name);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isTree(value)) return null;
  const place = Number(value.query_location ?? -1);
  if (place >= 0 && namesOf(value).some(each => String(each).toLowerCase() === name)) return place;
  return findName(Object.values(value), name);
}

function namesOf({ column_names: columns, function_name: call, table_name: table }: Tree): readonly unknown[] {
  return [...(Array.isArray(columns) ? columns : []), call ?? '', table ?? ''];
}
