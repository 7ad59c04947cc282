import { isTree, type Tree } from '../sql-tree.ts';
import { queryFault, sqlStates } from './query-fault.ts';
import { similarPattern } from './similar.ts';
import { engineTimeFormat } from './to-char.ts';
import { callOf, caseOf, castOf, comparison, constantOf, numberNode, textNode } from './tree-nodes.ts';

/*
 * Calls that the engine and PostgreSQL 15 both have and that mean different things: said so that the engine answers what
 * PostgreSQL would. What differs still is in docs/sql-dialect.md.
 */

/** What an argument is copied for, so often within each other: a tree must not grow without end. */
const COPIES_MAX = 6;

export class PgMeaning {
  /** How deep copies stand in copies below a node of ours. */
  readonly #copies = new WeakMap<object, number>();

  /** Null: it means the same, or is none of ours. `textThere`: two characters of the author's text at the node. */
  of(call: Tree, textThere: string): Tree | null {
    const args = Array.isArray(call.children) ? call.children.filter(isTree) : [];
    const [first, second, third] = args;
    if (first === undefined) return null;
    const name = String(call.function_name).toLowerCase();
    if (second === undefined) return ofOne(name, { call, first });
    switch (name) {
      case '/':
      case '%':
      case 'mod':
        return this.#division(call, first, second);
      case '~~':
      case '!~~':
      case '~~*':
      case '!~~*':
        return like(call, name, second);
      case 'regexp_full_match':
        return textThere === '' || /^re/i.test(textThere) ? null : similar(call, second);
      case 'substring':
      case 'substr':
        return this.#substring(call, { text: first, start: second, length: third });
      case 'date_part':
      case 'datepart':
        return secondsOf(call, first, second);
      case 'to_char':
        return callOf(call, 'strftime', [first, textNode(engineTimeFormat(constantOf(second)))]);
      case 'decode':
      case 'encode':
        return coded(call, name, first, constantOf(second));
      case 'array_length':
        return constantOf(second) === 1 ? callOf(call, 'nullif', [callOf(null, 'len', [first]), numberNode(0)]) : null;
      case 'lpad':
      case 'rpad':
        return third === undefined ? callOf(call, name, [first, second, textNode(' ')]) : null;
      case 'btrim':
        return callOf(call, 'trim', [first, second]);
      default:
        return null;
    }
  }

  /** The engine answers NULL when it divides by zero. */
  #division(call: Tree, left: Tree, right: Tree): Tree | null {
    const divisor = constantOf(right);
    if (typeof divisor === 'number' && divisor !== 0) return null;
    // The engine could no longer find out what type a bare parameter is.
    if (isNullIfZero(right) || right.class === 'PARAMETER') return null;
    const level = this.#level([right]);
    const check = { when: comparison('EQUAL', right, numberNode(0)), result: failing('division by zero') };
    return this.#counted({ ...call, children: [left, caseOf([check], right)] }, level);
  }

  /** A start before the text counts into the length; to the engine it would count from the end. */
  #substring(
    call: Tree,
    { text, start, length }: { readonly text: Tree; readonly start: Tree; readonly length: Tree | undefined },
  ): Tree | null {
    const at = constantOf(start);
    if (typeof at === 'string') {
      throw queryFault(sqlStates.unsupported, 'substring takes no pattern here: regexp_extract does');
    }
    const count = length === undefined ? 0 : constantOf(length);
    if (typeof at === 'number' && at > 0 && typeof count === 'number' && count >= 0) return null;
    const level = this.#level(length === undefined ? [start] : [start, length]);
    const one = numberNode(1);
    const isBefore = comparison('LESSTHAN', start, one);
    const children = [text, caseOf([{ when: isBefore, result: one }], start)];
    if (length !== undefined) {
      const end = operation('+', start, length);
      const isNegative = comparison('LESSTHAN', length, numberNode(0));
      const isOutside = comparison('LESSTHAN', end, one);
      const inside = caseOf([{ when: isOutside, result: numberNode(0) }], operation('-', end, one));
      const cases = [
        { when: isNegative, result: failing('negative substring length not allowed') },
        { when: isBefore, result: inside },
      ];
      children.push(caseOf(cases, length));
    }
    return this.#counted({ ...call, children }, level);
  }

  #level(copied: readonly Tree[]): number {
    const level = 1 + Math.max(0, ...copied.map(node => this.#deepest(node)));
    if (level > COPIES_MAX) {
      throw queryFault(
        sqlStates.tooComplex,
        `divisors and places of substrings stand within each other more than ${COPIES_MAX} deep`,
      );
    }
    return level;
  }

  #deepest(value: unknown): number {
    if (Array.isArray(value)) return Math.max(0, ...value.map(each => this.#deepest(each)));
    if (!isTree(value)) return 0;
    return this.#copies.get(value) ?? this.#deepest(Object.values(value));
  }

  #counted(node: Tree, level: number): Tree {
    this.#copies.set(node, level);
    return node;
  }
}

function ofOne(name: string, { call, first }: { readonly call: Tree; readonly first: Tree }): Tree | null {
  switch (name) {
    case 'to_hex':
      return callOf(call, 'lower', [callOf(null, 'to_hex', [first])]);
    case 'btrim':
      return callOf(call, 'trim', [first]);
    case 'every':
      return { ...call, function_name: 'bool_and', schema: '' };
    default:
      return null;
  }
}

const ESCAPED: Readonly<Record<string, string>> = {
  '~~': 'like_escape',
  '!~~': 'not_like_escape',
  '~~*': 'ilike_escape',
  '!~~*': 'not_ilike_escape',
};

/** A backslash of a pattern takes its meaning from the character behind it; the engine has none unless it is said. */
function like(call: Tree, name: string, pattern: Tree): Tree | null {
  const text = constantOf(pattern);
  if (typeof text === 'string' && !text.includes('\\')) return null;
  const children = Array.isArray(call.children) ? call.children.filter(isTree) : [];
  return callOf(call, ESCAPED[name] ?? '', [...children, textNode('\\')]);
}

/** The engine takes the pattern for a regular expression, which `%` and `_` do not mean anything in. */
function similar(call: Tree, pattern: Tree): Tree {
  const text = constantOf(pattern);
  if (typeof text !== 'string') {
    throw queryFault(sqlStates.unsupported, 'SIMILAR TO takes a pattern that is written there; ~ takes any');
  }
  const [value] = Array.isArray(call.children) ? call.children.filter(isTree) : [];
  if (value === undefined) return call;
  return callOf(call, 'regexp_full_match', [value, textNode(similarPattern(text)), textNode('s')]);
}

/** PostgreSQL's seconds have their fractions. */
function secondsOf(call: Tree, part: Tree, time: Tree): Tree | null {
  const name = String(constantOf(part)).toLowerCase();
  const scale = /^seconds?$/.test(name) ? '0.000001' : /^milliseconds?$/.test(name) ? '0.001' : null;
  if (scale === null) return null;
  const whole = castOf(callOf(null, 'date_part', [textNode('microsecond'), time]), 18, 0);
  return { ...operation('*', whole, castOf(textNode(scale), 7, scale.length - 2)), alias: call.alias };
}

function coded(call: Tree, name: 'decode' | 'encode', value: Tree, form: unknown): Tree {
  const isDecoding = name === 'decode';
  if (form === 'hex') {
    return isDecoding ? callOf(call, 'unhex', [value]) : callOf(call, 'lower', [callOf(null, 'hex', [value])]);
  }
  if (form === 'base64') return callOf(call, isDecoding ? 'from_base64' : 'to_base64', [value]);
  throw queryFault(sqlStates.unsupported, `${name} takes 'hex' or 'base64' here`);
}

/** `nullif(x, 0)`: its author knows. */
function isNullIfZero(node: Tree): boolean {
  const [, other] = Array.isArray(node.children) ? node.children.filter(isTree) : [];
  const isNullIf = node.function_name === 'nullif' || node.type === 'OPERATOR_NULLIF';
  return isNullIf && other !== undefined && constantOf(other) === 0;
}

function operation(sign: string, left: Tree, right: Tree): Tree {
  return { ...callOf(null, sign, [left, right]), is_operator: true };
}

/** Only what is written here: the engine's words about values are not passed on, and these are told by them. */
function failing(words: string): Tree {
  return callOf(null, 'error', [textNode(words)]);
}
