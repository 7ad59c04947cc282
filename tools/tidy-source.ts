import ts from 'typescript';
import { type Finding, isTest, type TextFile } from './tidy-files.ts';

/** Rooms that may touch the clock, chance, timers, the network and the process: everyone else is given them. */
const MAY_TOUCH_THE_WORLD = [
  'src/app/',
  'src/store/',
  'src/sandbox/',
  'src/cli/',
  'src/dataverse/transport.ts',
  'src/verify/transport.ts',
  'test/',
  'tools/',
  'bench/',
];

const FUNCTION_LINES_MAX = 60;
const FILE_LINES_MAX = 400;

/** Files that may be longer, each with its reason. Prefer to split. */
const LONG_FILES: Readonly<Record<string, string>> = {};

/** Checks one TypeScript file: what it touches, and the size of files and functions. */
export function checkSource(file: TextFile): Finding[] {
  if (file.path.endsWith('.generated.ts')) return [];
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const worldly = MAY_TOUCH_THE_WORLD.some(place => file.path.startsWith(place)) || isTest(file.path);
  return [
    ...checkLength(file),
    ...(worldly ? [] : checkWorld(source)),
    // A test's describe blocks are lists, not functions to read in one go.
    ...(isTest(file.path) ? [] : checkFunctions(source)),
  ];
}

function checkLength({ path, text }: TextFile): Finding[] {
  const lines = text.split('\n').length - 1;
  if (lines <= FILE_LINES_MAX || LONG_FILES[path] !== undefined) return [];
  return [{ path, line: null, problem: `${lines} lines; at most ${FILE_LINES_MAX}` }];
}

function checkWorld(source: ts.SourceFile): Finding[] {
  const own = declaredNames(source);
  return nodesOf(source).flatMap(node => {
    const touched = worldTouchedBy(node, own);
    return touched === null ? [] : [finding(source, node, `${touched} is not an input here`)];
  });
}

const GLOBAL_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'randomUUID']);
const PROPERTIES = new Set(['Date.now', 'Math.random', 'process.env', 'performance.now', 'crypto.randomUUID']);

/** What of the world a node reaches for; null when nothing. */
function worldTouchedBy(node: ts.Node, own: ReadonlySet<string>): string | null {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0) {
    return 'new Date()';
  }
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText().replace(/^globalThis\./, '');
    return PROPERTIES.has(name) ? name : null;
  }
  if (ts.isImportSpecifier(node)) {
    const name = (node.propertyName ?? node.name).text;
    return GLOBAL_CALLS.has(name) && fromNode(node) ? name : null;
  }
  if (!ts.isIdentifier(node) || !GLOBAL_CALLS.has(node.text) || own.has(node.text)) return null;
  return isValue(node) ? node.text : null;
}

function fromNode(specifier: ts.ImportSpecifier): boolean {
  const from = specifier.parent.parent.parent.moduleSpecifier;
  return ts.isStringLiteral(from) && from.text.startsWith('node:');
}

/** Whether a name stands for a value here, and not for a property, a member or a type. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isTypeQueryNode(parent) || ts.isTypeReferenceNode(parent)) return false;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent)
  );
}

/** Names that the file declares itself, so that they are not the global ones. */
function declaredNames(source: ts.SourceFile): Set<string> {
  const names = nodesOf(source).flatMap(node => {
    const declares = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node);
    if ((declares || ts.isFunctionDeclaration(node)) && node.name !== undefined && ts.isIdentifier(node.name)) {
      return [node.name.text];
    }
    return [];
  });
  return new Set(names);
}

function checkFunctions(source: ts.SourceFile): Finding[] {
  return nodesOf(source).flatMap(node => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return [];
    const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
    const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
    const lines = last - first + 1;
    if (lines <= FUNCTION_LINES_MAX) return [];
    return [finding(source, node, `a function of ${lines} lines; at most ${FUNCTION_LINES_MAX}`)];
  });
}

function nodesOf(source: ts.SourceFile): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return nodes;
}

function finding(source: ts.SourceFile, node: ts.Node, problem: string): Finding {
  const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  return { path: source.fileName, line, problem };
}
